"""How much slower are storing and reading reviews when the table already holds ten million of them?

Storing: the same batches of 100 go through the product's own `ReviewRepository.upsert_many`, each in a transaction of
its own as a crawl's pages do, into the large table and into one that holds nothing but the 12,000 reviews of the old
games that the batches speak of. Four kinds: pages of new games, new reviews of old games (96,000 of either), pages in
which nothing changed, and pages of edits (a fifth with a new text, the rest with new votes). At the end what words
still wait are put into their index, and the time is counted on both sides. `ingest_ratio`, which the aim is held
against, takes a row of each kind for alike, however many there were. Reading: the queries of analysis, of
`status` and of the pages that an API shows, for the same games in the large table and in one of nothing but these.

Why it is fair: one server and one run; both sides take turns batch by batch and question by question, and the side that
begins changes each time; statements, settings, indexes and rows are the same. The large table is shuffled harder than
years of crawling would (benchmarks/sized_reviews.py says how). What fits into memory is read from there; `pages_*`
counts the pages of 8 kB that hold a game's reviews, which a cold disk would have to read, and `log bytes` what the
server wrote to its log of changes for a row. Designs take turns one after another, not batch by batch: compare them by
sizes, bytes, pages and ratios.

    uv run python benchmarks/ingest_at_size.py [--quick | --rows N] [--designs first,hash64,...] [--json]
"""

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.review_designs import DESIGNS
from benchmarks.size_measures import measure_design
from benchmarks.sized_reviews import server_on_disk

AIM_INGEST = 0.8
AIM_READ = 0.5
"""Twice the time: a game's rows lie on pages of their own in a large table, next to each other in a small one."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="300,000 rows: under 50 seconds")
    parser.add_argument(
        "--rows", type=int, default=10_000_000, help="rows of the large table (10,000,000: 7 GB of disk)"
    )
    parser.add_argument("--designs", default="product", help=f"by comma, of: {', '.join(DESIGNS)}")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    designs = arguments.designs.split(",")
    if unknown := [design for design in designs if design not in DESIGNS]:
        parser.error(f"no such design: {', '.join(unknown)}; there are {', '.join(DESIGNS)}")
    os.nice(10)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a killed run stops its server and drops its files
    result = run(
        rows=300_000 if arguments.quick else arguments.rows, designs=designs, batches=25 if arguments.quick else 160
    )
    if arguments.json:
        print(json.dumps(result))
        return
    for design, figures in result["figures"].items():
        for name, value in figures.items():
            print(f"{design:10} {name:34} {value}")
    print(f"aims {result['aims']}: {'met' if result['met'] else 'NOT met'}")


def run(*, rows: int, designs: Sequence[str], batches: int) -> dict[str, Any]:
    """Measure each design; the aims are held against the first of them."""
    with server_on_disk() as (url, _):
        figures = {}
        for design in designs:
            figures[design] = measure_design(url, design, rows, batches)
            print(json.dumps({design: figures[design]}), file=sys.stderr, flush=True)
    first = figures[designs[0]]
    aims = {"ingest_ratio": AIM_INGEST, "reading_ratio": AIM_READ, "giant_ratio": AIM_READ}
    return {
        "benchmark": "ingest_at_size",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "figures": figures,
        "aims": aims,
        "met": all(first[name] >= aim for name, aim in aims.items()),
    }


if __name__ == "__main__":
    main()
