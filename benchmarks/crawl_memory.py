"""Does the memory of a crawl stay flat in the number of games and in the number of reviews?

Each crawl runs in a process of its own: the whole path of a run (LineageService, 16 games at once as by default) from
the simulator, in another process, into PostgreSQL. The peak of that process (its resident set as the kernel counts it)
is compared with the base: what the same process has resident after a warm-up crawl of as many small games as are
driven at once, with all modules loaded and all connections open.

- games: N and 10 N games of 100 reviews each;
- reviews: one game with n and 10 n reviews.

The figures also say what each game and each review beyond the first N cost; a review that is kept costs 2,000 bytes, a
task that waits 4,000. What may grow by design: a walk keeps the cursors of the list it is on (about 100 bytes a page
of 100 reviews, so that a loop is seen: 5 MB for a game of 5,000,000 reviews), and up to 10,000 ids.

Aims: ten times the games, or the reviews, takes at most 1.2 times the memory, and at most 2 kB more for each further
game and 100 bytes more for each further review. With --quick the last two are shown but are no aims: the allocator
settles by about a megabyte in any crawl, which so few games do not outweigh.

    uv run python benchmarks/crawl_memory.py [--quick] [--json]
"""

import argparse
import asyncio
import json
import logging
import platform
import resource
import subprocess
import sys
from collections.abc import Sequence
from os import cpu_count
from pathlib import Path
from typing import Any

import structlog

from benchmarks.synthetic_steam import Server, list_appids, running_server, running_steam
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.lineage import LineageService, StageOutcome
from steampulse_dagster.services.progress import Progress
from steampulse_dagster.utils.db import Database

CONCURRENCY = 16
AIMS = {"games_ratio": 1.2, "reviews_ratio": 1.2}
AIMS_IN_BYTES = {"bytes_per_further_game": 2048.0, "bytes_per_further_review": 100.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer games and reviews: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--crawl", nargs=4, metavar=("STEAM", "DATABASE", "GAMES", "SKIP"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.crawl:
        steam_url, database_url, games, skip = chosen.crawl
        print(json.dumps(asyncio.run(crawl(steam_url, database_url, games=int(games), skip=int(skip)))))
        return
    result = run(quick=chosen.quick)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in {**result["figures"], **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
        print(f"{name:32} {value}")
    print("met" if result["met"] else "NOT met")


def run(*, quick: bool) -> dict[str, Any]:
    """Measure both growths; the figures, the aims and whether they are met."""
    games, reviews = (40, 1_500) if quick else (200, 20_000)
    aims = AIMS if quick else AIMS | AIMS_IN_BYTES
    with running_server() as server:
        few = _measure(server, games=games, reviews=100)
        many = _measure(server, games=10 * games, reviews=100)
        small = _measure(server, games=1, reviews=reviews)
        large = _measure(server, games=1, reviews=10 * reviews)
    figures = {
        "games": f"{games} and {10 * games} of 100 reviews",
        "reviews": f"{reviews} and {10 * reviews} of one game",
        "base_mb": round(few["base"] / 2**20, 1),
        "peak_mb_few_games": round(few["peak"] / 2**20, 1),
        "peak_mb_many_games": round(many["peak"] / 2**20, 1),
        "peak_mb_small_game": round(small["peak"] / 2**20, 1),
        "peak_mb_large_game": round(large["peak"] / 2**20, 1),
        "games_ratio": round(many["peak"] / few["peak"], 3),
        "reviews_ratio": round(large["peak"] / small["peak"], 3),
        "bytes_per_further_game": round(_growth(few, many) / (9 * games), 1),
        "bytes_per_further_review": round(_growth(small, large) / (9 * reviews), 2),
    }
    return {
        "benchmark": "crawl_memory",
        "machine": f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}",
        "figures": figures,
        "aims": aims,
        "met": all(float(figures[name]) <= aim for name, aim in aims.items()),
    }


def _growth(few: dict[str, int], many: dict[str, int]) -> int:
    """Bytes that the larger crawl took beyond its own base, more than the smaller one did."""
    return (many["peak"] - many["base"]) - (few["peak"] - few["base"])


def _measure(server: Server, *, games: int, reviews: int) -> dict[str, int]:
    """Resident bytes of a crawling process: after the warm-up, and at its peak."""
    # The warm-up has a world of its own: games of one page, as many as are driven at once.
    with (
        running_steam(games=games, reviews=reviews) as steam,
        running_steam(games=CONCURRENCY, reviews=100) as warm_up,
        server.fresh_url() as first,
        server.fresh_url() as second,
    ):
        command = [sys.executable, "-m", "benchmarks.crawl_memory", "--crawl"]
        worlds = f"{warm_up.url},{steam.url}", f"{first},{second}"
        done = subprocess.run(
            [*command, *worlds, str(games), str(CONCURRENCY)],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"The crawl failed: {done.stderr[-2000:]}")
        measured: dict[str, int] = json.loads(done.stdout)
        if measured.pop("stored") != games * reviews:
            sys.exit("The crawl did not store all reviews: nothing measured here would mean anything.")
        return measured


async def crawl(steam_urls: str, database_urls: str, *, games: int, skip: int) -> dict[str, int]:
    """Warm up, note the base, crawl; resident bytes and how many reviews were stored."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    (warm, steam), (first, second) = steam_urls.split(","), database_urls.split(",")
    await _drive(warm, first, list_appids(skip))
    base = _resident()
    stored = await _drive(steam, second, list_appids(games))
    return {"base": base, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "stored": stored}


async def _drive(steam_url: str, database_url: str, appids: Sequence[int]) -> int:
    database = Database(database_url)
    progress = Progress()
    try:
        async with build_http_client(concurrency=CONCURRENCY) as http:
            limiter = HostLimiter(requests_per_second=None, concurrency=CONCURRENCY)
            steam = SteamDataSource(
                http, api_url=f"{steam_url}/steam", store_url=f"{steam_url}/store", key=None, limiter=limiter
            )
            reviews = CrawlService(database, steam, fresh_hours=6.0)
            # The other services belong to stages that are not driven here.
            others: dict[str, Any] = dict.fromkeys(("games", "analysis", "reports", "due", "jobs"))
            lineage = LineageService(crawl=reviews, concurrency=CONCURRENCY, **others)
            await lineage.run(appids, stages=[Stage.REVIEWS], force=False, progress=progress, on_outcome=_forget)
    finally:
        database.close()
    return progress.reviews_stored


async def _forget(_: StageOutcome) -> None:
    """Nobody keeps what became of each game."""


def _resident() -> int:
    """Resident bytes of this process now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    main()
