"""Does the import of a library that is killed at any moment lose, repeat or half-write anything?

Children import a library of 300 games; each is killed after a random number of requests and a random pause, every
third round two at once. After each kill rows and runs must have come together and every file must be whole; after each
round's unhurt import, apps, playtimes, matches, items and the sum of the runs' new rows must be right. There is no
rival to compare with: the aim of every figure but the number of kills is 0.

    uv run python benchmarks/library_kills.py [--quick] [--json]
"""

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.helpers import fresh_database, running_server
from tests.library_kills import KillHarness

KILLS, QUICK_KILLS = 200, 6
COUNTS_OF_KILLS = ("kills", "kills_in_pairs", "rounds")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_KILLS} kills in place of {KILLS}")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--seed", type=int, default=3)
    arguments = parser.parse_args()
    kills, games = (QUICK_KILLS, 100) if arguments.quick else (KILLS, 300)
    with running_server() as server, fresh_database(server) as url, tempfile.TemporaryDirectory() as folder:
        figures = asdict(KillHarness(url, Path(folder), games=games, seed=arguments.seed).run(kills=kills))
    aims = {name: 0 for name in figures if name not in COUNTS_OF_KILLS}
    result = {"figures": figures, "aims": aims, "met": all(figures[name] <= aim for name, aim in aims.items())}
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in figures.items():
        print(f"{name:20} {value}")
    print("met" if result["met"] else "NOT met")


if __name__ == "__main__":
    main()
