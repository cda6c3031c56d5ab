"""Does the API answer thousands of made-up calls as its own document says?

The long form of tests/integration/api/test_document.py: schemathesis makes up right and wrong calls of each operation
from the OpenAPI document, on the tests' database, and each answer is held against the document: no 5xx, a documented
status, content type, headers and schema; wrong calls are refused. Nothing is compared with: the aim is none that fails.

    uv run python benchmarks/api_document.py [--quick] [--examples 200] [--json]
"""

import argparse
import json
import platform
import tempfile
from pathlib import Path
from typing import Any

from steampulse_dagster.api.access import Access
from steampulse_dagster.api.app import create_app
from steampulse_dagster.bootstrap_reading import build_reading_services
from steampulse_dagster.config import Settings
from steampulse_dagster.logs import configure_logs
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.utils.db import Database
from tests.document_checks import DocumentChecker
from tests.helpers import fresh_database, running_server
from tests.integration.api.conftest import build_reading_world
from tests.integration.api.test_document import KNOWN

QUICK_EXAMPLES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under 50 seconds")
    parser.add_argument("--examples", type=int, default=200, help="calls of each kind of an operation")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    configure_logs(Settings(log_level="ERROR"))
    result = run(QUICK_EXAMPLES if arguments.quick else arguments.examples)
    print(json.dumps(result) if arguments.json else json.dumps(result, indent=2))


def run(examples: int) -> dict[str, Any]:
    """Make the calls; what failed, by operation."""
    with running_server() as server, fresh_database(server) as url, tempfile.TemporaryDirectory() as folder:
        database, exports = Database(url), Database(url, pool_size=2)
        build_reading_world(database, Path(folder))
        services = build_reading_services(database, exports=ExportService(exports))
        checker = DocumentChecker(create_app(services, access=Access(token=None, trusts_loopback=True)), known=KNOWN)
        checker.check(examples=examples, number=7)
        database.close(), exports.close()
    calls = {str(status): count for status, count in sorted(checker.calls.items())}
    failures = sorted(set(checker.failures))
    figures = {
        "calls": sum(checker.calls.values()),
        "by_status": calls,
        "failures": len(failures),
        "seen": failures[:20],
    }
    return {
        "benchmark": "api_document",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "figures": figures,
        "aims": {"failures": 0},
        "met": not failures,
    }


if __name__ == "__main__":
    main()
