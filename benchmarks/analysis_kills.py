"""Does an analysis that is killed at any moment pay twice, submit twice, or write another report?

Child processes analyse several games through the product's own services against the simulated Bedrock over HTTP, half
of them by bulk jobs and half in real time, and kill themselves (SIGKILL) before a randomly chosen line of the code that
spends money: between any two statements of submit, collect, claim, call and settle, in whatever thread. Killed children
are followed by others until a round ends. Then: no question was asked again whose answer had been stored, every
question that was asked has its row in the ledger, no question is in two jobs, every job of the service is one of ours,
the sums of spending are those of the calls and hold nothing, and the reports are those of a round without kills.

It compares with what the service was asked, which the service counts, and with a round that nobody hurt. Real-time
reservations of a dead child run out at once here, not after 90 seconds: time is all that this saves.

    uv run python -m benchmarks.analysis_kills [--quick] [--json] [--kills N] [--seed N]
"""

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bulk_kills import KillHarness
from tests.helpers import running_server

AIMS = (
    "paid_again",
    "unbooked",
    "jobs_doubled",
    "jobs_unbooked",
    "money_astray",
    "reports_differ",
    "failed_children",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer kills: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--kills", type=int, help="how many; default 200, with --quick 24")
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    result = run(kills=arguments.kills or (24 if arguments.quick else 200), seed=arguments.seed)
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result["figures"].items():
            print(f"{name:20} {value}")
        print("met" if result["met"] else "NOT met")


def run(*, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many children; what was seen, and whether all of it is as it must be."""
    started = time.perf_counter()
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        report = KillHarness(server, Path(folder), games=4, chunks=2, seed=seed).run(kills=kills)
    figures = {**asdict(report), "seconds": round(time.perf_counter() - started, 1)}
    aims = {"kills": kills, **dict.fromkeys(AIMS, 0)}
    met = report.kills >= kills and not any(figures[name] for name in AIMS)
    return {"figures": figures, "aims": aims, "met": met}


if __name__ == "__main__":
    main()
