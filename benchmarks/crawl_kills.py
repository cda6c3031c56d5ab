"""Does a crawl that is killed at any moment lose, repeat or skip anything?

Child processes crawl several games at once through the product's own service, from a simulator with latency, and are
killed (SIGKILL) at random moments. After each kill Postgres must say the truth: every review above a saved cursor is
stored with its current text, the saved count is the count of rows, no review and no earlier text is there twice. At
the end of each round the stored reviews are exactly the world's, every text that a review ever had is kept, and one
more crawl asks Steam for nothing. Rounds after the first begin with a tenth of the reviews edited and a tenth new.

It compares with what the world holds, which is fair because the world stands still while a round lasts.

    uv run python -m benchmarks.crawl_kills [--quick] [--json] [--kills N] [--seed N]
"""

import argparse
import json
import time
from dataclasses import asdict
from typing import Any

from tests.crawl_kills import KillHarness
from tests.helpers import fresh_database, running_server

AIMS = (
    "lost",
    "twice",
    "cursor_ahead",
    "miscounted",
    "texts_lost",
    "pages_after_whole",
    "failed_children",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer kills: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--kills", type=int, help="how many; default 210, with --quick 24")
    parser.add_argument("--seed", type=int, default=20261115)
    arguments = parser.parse_args()
    result = run(kills=arguments.kills or (24 if arguments.quick else 210), seed=arguments.seed)
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result["figures"].items():
            print(f"{name:20} {value}")
        print("met" if result["met"] else "NOT met")


def run(*, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many children; what was seen, and whether all of it is as it must be."""
    started = time.perf_counter()
    with running_server() as server, fresh_database(server) as url:
        report = KillHarness(url, games=6, reviews=900, seed=seed).run(kills=kills)
    figures = {**asdict(report), "seconds": round(time.perf_counter() - started, 1)}
    aims = {"kills": kills, **dict.fromkeys(AIMS, 0)}
    met = report.kills >= kills and not any(figures[name] for name in AIMS)
    return {"figures": figures, "aims": aims, "met": met}


if __name__ == "__main__":
    main()
