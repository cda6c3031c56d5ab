"""Does an export's memory stay flat, however many reviews it writes?

`steampulse export reviews --all` of a database of one size and of one four times as large, in each format, each in a
process of its own whose largest memory the kernel tells. The same program writes the same kind of rows both times; only
their number differs, so what grows between the two grows with the number. The server's own memory is not counted: it
reads from a cursor in the order of the table's key.

    uv run python benchmarks/export_memory.py [--quick] [--rows 2000000] [--json]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.sized_reviews import drop_indexes, fill_reviews, fresh_database
from steampulse_dagster.embedded.supervisor import acquire, stop
from steampulse_dagster.models.exports import ExportFormat
from steampulse_dagster.utils.db import Database, execute
from tests.helpers import short_lived_folder

AIM_GROWTH = 1.1
"""Four times the rows in at most a tenth more memory."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="400,000 rows: under 50 seconds")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the larger table")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    result = run(400_000 if arguments.quick else arguments.rows)
    print(json.dumps(result) if arguments.json else json.dumps(result, indent=2))


def run(rows: int) -> dict[str, Any]:
    """Both sizes, all formats."""
    figures: dict[str, Any] = {}
    with short_lived_folder() as folder, acquire(folder / "data") as lease:
        try:
            for name, size in (("small", rows // 4), ("large", rows)):
                with fresh_database(lease.url("postgres")) as database:
                    _fill(database, size)
                    for format in ExportFormat:
                        figures.update(_export(database, format, name, folder))
        finally:
            stop(folder / "data")
    growth = {format: figures[f"{format}_large_mb"] / figures[f"{format}_small_mb"] for format in ExportFormat}
    figures["growth"] = {format.value: round(value, 2) for format, value in growth.items()}
    return {
        "benchmark": "export_memory",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "figures": {"rows": rows, **figures},
        "aims": {"growth": AIM_GROWTH},
        "met": all(value <= AIM_GROWTH for value in growth.values()),
    }


def _fill(database: Database, rows: int) -> None:
    with database.transaction() as conn:
        execute(conn, "truncate reviews")
        again = [statement for statement in drop_indexes(conn) if "reviews_by_words" not in statement]
        fill_reviews(conn, rows)
        for statement in again:
            execute(conn, statement)


def _export(database: Database, format: ExportFormat, name: str, folder: Path) -> dict[str, Any]:
    """Largest memory of the process in MB, its time, and the size of the file."""
    with tempfile.NamedTemporaryFile() as file:
        program = Path(sys.executable).with_name("steampulse")
        command = [str(program), "export", "reviews", "--all", "--format", format, "--output", file.name]
        environment = {**os.environ, "DATABASE_URL": database._url, "STEAMPULSE_DATA_DIR": str(folder / "exports")}
        begin = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        return {
            f"{format}_{name}_mb": round(usage.ru_maxrss / 1024, 1),
            f"{format}_{name}_seconds": round(time.perf_counter() - begin, 1),
            f"{format}_{name}_file_mb": round(Path(file.name).stat().st_size / 1e6, 1),
        }


if __name__ == "__main__":
    main()
