"""How close does a crawl under a rate limit come to the least time that the limit allows, alone and as two processes?

With R requests a second and N requests to send, nobody can be faster than N ÷ R. The simulator answers each request
200 ms late, and answers 429 to what goes beyond R (by more than the blocks named below). The crawl is the real one:
SteamDataSource → CrawlService → PostgreSQL over real HTTP, every game of a small synthetic world, 48 games at once;
simulator, PostgreSQL and each crawling process are processes of their own on one machine.

- **bound**: the requests that the simulator counted ÷ R. It holds every request that the crawl chose to send, so this
  says how well the limit is used, not how few requests are needed.
- **wall**: from the start of the first request to the end of the last answer, by the simulator's clock. The start of
  the Python processes is not in it; the latency of the last answer is.
- **alone**: one process crawls all games. **two**: two processes crawl half of them each and share one budget; the
  same bound holds for both together. They start at the same time as far as the machine lets them.
- **most in any 5 seconds** must be within 5 R plus the quarter of a second that may be made up for and, for each
  process, a block of a quarter of a second that may be late. With a budget for each process it would be 10 R.

--quick crawls fewer games: the same rate and latency, but the constant costs (first and last request) weigh more.

    uv run python benchmarks/shared_rate_budget.py [--quick] [--json] [--games N] [--rate R]
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from os import cpu_count, getloadavg, getpid
from pathlib import Path
from typing import Any

import structlog

from benchmarks.synthetic_steam import SyntheticWorld, list_appids, running_server
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import Limiter, host_name
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.host_budget import HostBudgetLedger
from steampulse_dagster.simulators.server import serve
from steampulse_dagster.simulators.traffic import (
    Seen,
    TrafficLog,
    TrafficRules,
    build_traffic,
    count_most_open,
    count_most_started,
    read_traffic,
)
from steampulse_dagster.utils.db import Database, fetch_one

LATENCY_SECONDS = 0.2
CONCURRENCY = 48
REVIEWS = 5
WINDOW_SECONDS = 5.0
AIM_OF_BOUND = 1.1
START_SECONDS = 60.0
SPAWN = multiprocessing.get_context("spawn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer games: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--games", type=int, help="default 1,000, or 120 with --quick")
    parser.add_argument("--rate", type=float, default=30.0, help="requests a second, for all processes together")
    chosen = parser.parse_args()
    result = run(games=chosen.games or (120 if chosen.quick else 1000), rate=chosen.rate)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in {**result["figures"], **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
        print(f"{name:44} {value}")
    print("met" if result["met"] else "NOT met")


def run(*, games: int, rate: float) -> dict[str, Any]:
    """Crawl alone and as two; the figures, the aims and whether they are met."""
    figures: dict[str, Any] = {"games": games, "requests_per_second": rate, "latency_ms": 1000 * LATENCY_SECONDS}
    with running_server() as server:
        for name, processes in (("alone", 1), ("two", 2)):
            with server.fresh_url() as database_url:
                seen = _crawl(database_url, games=games, rate=rate, processes=processes)
                figures |= _describe(name, seen, rate=rate)
                figures[f"{name}_reviews_stored"] = _count_reviews(database_url)
    figures["load_average"] = round(getloadavg()[0], 2)
    limit = _allowed(rate, WINDOW_SECONDS, processes=2)
    aims = {
        "alone_of_bound": AIM_OF_BOUND,
        "two_of_bound": AIM_OF_BOUND,
        "two_most_in_5_seconds": limit,
        "two_most_open": CONCURRENCY,
        "reviews_stored": games * REVIEWS,
    }
    met = (
        figures["alone_of_bound"] <= AIM_OF_BOUND
        and figures["two_of_bound"] <= AIM_OF_BOUND
        and figures["two_most_in_5_seconds"] <= limit
        and figures["two_most_open"] <= CONCURRENCY
        and figures["alone_reviews_stored"] == figures["two_reviews_stored"] == games * REVIEWS
    )
    machine = f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}"
    return {"benchmark": "shared_rate_budget", "machine": machine, "figures": figures, "aims": aims, "met": met}


def _allowed(rate: float, seconds: float, *, processes: int) -> int:
    block = max(1, int(rate / 4))
    return int(rate * seconds) + (1 + processes) * block


def _describe(name: str, seen: Sequence[Seen], *, rate: float) -> dict[str, Any]:
    wall = max(each.ended for each in seen) - min(each.started for each in seen)
    return {
        f"{name}_requests": len(seen),
        f"{name}_bound_seconds": round(len(seen) / rate, 2),
        f"{name}_wall_seconds": round(wall, 2),
        f"{name}_of_bound": round(wall / (len(seen) / rate), 3),
        f"{name}_most_in_5_seconds": count_most_started(seen, window_seconds=WINDOW_SECONDS),
        f"{name}_most_open": count_most_open(seen),
        f"{name}_answered_429": sum(each.status == 429 for each in seen),
    }


def _crawl(database_url: str, *, games: int, rate: float, processes: int) -> list[Seen]:
    """Crawl in so many processes; what the simulator saw."""
    with tempfile.TemporaryDirectory(prefix="steampulse-benchmark-") as folder:
        traffic = Path(folder) / "traffic.jsonl"
        with _running_steam(Path(folder), games=games, rate=rate, processes=processes) as url:
            appids = list_appids(games)
            crawlers = [
                SPAWN.Process(target=_crawl_some, args=(database_url, url, appids[part::processes], rate))
                for part in range(processes)
            ]
            for crawler in crawlers:
                crawler.start()
            for crawler in crawlers:
                crawler.join()
            if any(crawler.exitcode for crawler in crawlers):
                raise SystemExit("A crawling process failed; its own message is above.")
        return read_traffic(traffic)


@contextmanager
def _running_steam(folder: Path, *, games: int, rate: float, processes: int) -> Iterator[str]:
    announce = folder / "steam.json"
    limit = _allowed(rate, WINDOW_SECONDS, processes=processes)
    server = SPAWN.Process(
        target=_serve,
        args=(games, announce, folder / "traffic.jsonl", limit, getpid()),
    )
    server.start()
    try:
        yield _wait_for(announce, server)
    finally:
        server.terminate()
        server.join()


def _wait_for(announce: Path, server: BaseProcess) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not announce.exists():
        if not server.is_alive() or time.monotonic() > deadline:
            raise SystemExit("The simulator of the benchmark did not start.")
        time.sleep(0.05)
    return str(json.loads(announce.read_text())["url"])


def _serve(games: int, announce: Path, traffic: Path, limit: int, parent: int) -> None:
    rules = TrafficRules(prefix="/steam", latency_seconds=LATENCY_SECONDS, limit=limit, limit_seconds=WINDOW_SECONDS)
    world = SyntheticWorld(games=games, reviews=REVIEWS)
    serve(world, announce=announce, parent=parent, middleware=[build_traffic(TrafficLog(traffic), rules)])


def _crawl_some(database_url: str, url: str, appids: Sequence[int], rate: float) -> None:
    """One crawling process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(_crawl_games(database_url, url, appids, rate))


async def _crawl_games(database_url: str, url: str, appids: Sequence[int], rate: float) -> None:
    budget = HostBudget(requests_per_second=rate, concurrency=CONCURRENCY)
    ledger = HostBudgetLedger(Database(database_url, pool_size=1), {host_name(f"{url}/steam"): budget}, block_hours=6)
    limiter = Limiter(ledger)
    database = Database(database_url)
    slots = asyncio.Semaphore(CONCURRENCY)
    async with build_http_client(concurrency=CONCURRENCY) as http:
        steam = SteamDataSource(http, api_url=f"{url}/steam", store_url=f"{url}/store", key="any", limiter=limiter)
        crawl = CrawlService(database, steam, fresh_hours=6)

        async def drive(appid: int) -> None:
            async with slots:
                await crawl.crawl_reviews(appid)

        async with asyncio.TaskGroup() as group:
            for appid in appids:
                group.create_task(drive(appid))
    await limiter.close()
    await asyncio.to_thread(database.close)


def _count_reviews(database_url: str) -> int:
    database = Database(database_url, pool_size=1)
    try:
        with database.connection() as conn:
            row = fetch_one(conn, "select count(*) as reviews from reviews")
        return int(row["reviews"]) if row else 0
    finally:
        database.close()


if __name__ == "__main__":
    main()
