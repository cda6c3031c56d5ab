"""How long does the catalogue take: 190,000 apps for the first time, unchanged, and with 200 changes?

The baseline is the least that any way of doing it needs: the four answers of 50,000 apps over HTTP from the simulator
(a process of its own), unread, and the bare COPY of the same rows into an empty table of the same shape and indexes,
its text made beforehand. It is generous, because the walk also reads the JSON, checks each entry, cleans the names,
counts what is new, renamed and modified, and upserts, so that it can be repeated. The ratio to the COPY alone is told
too.

The unchanged walk asks for the whole list again, as `--force` does; the usual walk asks for changes since the last.
While the first walk runs, a clock ticks in the same event loop: its longest pause is how long other games had to wait.

Wall time depends on what else the machine does, so the processor time of this process is reported beside it.

    uv run python benchmarks/catalog_refresh.py [--quick] [--json]
"""

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from os import getloadavg
from resource import RUSAGE_SELF, getrusage
from typing import Any

import httpx

from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import APP_LIST_PAGE, SteamDataSource
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.simulators.large_catalog import LargeCatalogWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.db import Database, execute
from tests.helpers import fresh_database, running_server

APPS, CHANGES = 190_000, 200
TICK_SECONDS = 0.005
AIM_FIRST_CPU_SECONDS = 5.0
AIM_OVER_FLOOR = 6.0
AIM_INCREMENTAL_SHARE = 0.15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one run in place of three: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    with running_server() as server:
        runs = []
        for _ in range(1 if arguments.quick else 3):
            with fresh_database(server) as url:
                runs.append(asyncio.run(measure(url)))
    result = _summarize(min(runs, key=lambda run: run["first_over_answers_and_copy"]))
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in {**result["figures"], **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
        print(f"{name:32} {value}")
    print("met" if result["met"] else "NOT met")


async def measure(database_url: str) -> dict[str, Any]:
    """All walks on one database; seconds by name."""
    database = Database(database_url, pool_size=2)
    now = datetime(2026, 11, 2, tzinfo=UTC)
    try:
        with serving(modified=False) as url:
            answers = await _timed(lambda: _fetch_answers(url))
            cpu = time.process_time()
            first, stall = await _timed_with_stall(lambda: _walk(database, url, now))
            cpu = time.process_time() - cpu
            unchanged = await _timed(lambda: _walk(database, url, now, force=True))
        copied = await asyncio.to_thread(_copy_bare, database)
        with serving(modified=True) as url:
            later = now + timedelta(days=2)
            incremental = await _timed(lambda: _walk(database, url, later, changed=CHANGES))
    finally:
        database.close()
    return {
        "apps": APPS,
        "first_walk_seconds": round(first, 2),
        "unchanged_walk_seconds": round(unchanged, 2),
        "incremental_walk_seconds": round(incremental, 3),
        "incremental_share_of_first": round(incremental / first, 4),
        "first_walk_cpu_seconds": round(cpu, 2),
        "bare_copy_seconds": round(copied, 2),
        "answers_alone_seconds": round(answers, 2),
        "first_over_answers_and_copy": round(first / (answers + copied), 2),
        "first_over_bare_copy": round(first / copied, 2),
        "longest_pause_of_the_loop_ms": round(1000 * stall),
        "max_memory_mb": round(getrusage(RUSAGE_SELF).ru_maxrss / 1024),
        "load_average": round(getloadavg()[0], 2),
    }


def _summarize(figures: dict[str, Any]) -> dict[str, Any]:
    aims = {
        "first_walk_cpu_seconds": AIM_FIRST_CPU_SECONDS,
        "first_over_answers_and_copy": AIM_OVER_FLOOR,
        "incremental_share_of_first": AIM_INCREMENTAL_SHARE,
    }
    return {"figures": figures, "aims": aims, "met": all(figures[name] <= aim for name, aim in aims.items())}


async def _walk(
    database: Database, url: str, now: datetime, *, force: bool = False, changed: int | None = None
) -> None:
    limiter = HostLimiter(requests_per_second=None, concurrency=2)
    async with build_http_client(concurrency=2) as http:
        steam = SteamDataSource(http, api_url=url + "/steam", store_url=url + "/store", key="any", limiter=limiter)
        changes = await CatalogService(database, steam, clock=lambda: now).refresh(force=force)
    assert changes.stored == APPS
    if changed is not None:
        assert (changes.seen, changes.modified, changes.renamed) == (changed, changed, changed // 2)


async def _fetch_answers(url: str) -> None:
    """The four answers as bytes, unread."""
    params = {"key": "any", "max_results": str(APP_LIST_PAGE)}
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        for start in range(0, APPS, APP_LIST_PAGE):
            page = {**params, "last_appid": str(10 * start)}
            (await http.get("/steam/IStoreService/GetAppList/v1/", params=page)).raise_for_status()


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


async def _timed_with_stall(work: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            longest = max(longest, time.perf_counter() - before - TICK_SECONDS)

    ticking = asyncio.create_task(tick())
    seconds = await _timed(work)
    ticking.cancel()
    return seconds, longest


def _copy_bare(database: Database) -> float:
    rows = StringIO()
    with database.transaction() as conn:
        with conn.cursor() as cur:
            columns = "(appid, name, steam_last_modified, price_change_number)"
            cur.copy_expert(f"copy app_catalog {columns} to stdout", rows)
            execute(conn, "create table bare_catalog (like app_catalog including all)")
        rows.seek(0)
        started = time.perf_counter()
        with conn.cursor() as cur:
            cur.copy_expert(f"copy bare_catalog {columns} from stdin", rows)
        return time.perf_counter() - started


@contextmanager
def serving(*, modified: bool) -> Iterator[str]:
    """Base URL of simulators in a process of their own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, modified), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


def _serve(pipe: Any, modified: bool) -> None:
    world = LargeCatalogWorld(APPS)
    if modified:
        world.modify(CHANGES, modified_at=int((datetime(2026, 11, 3, tzinfo=UTC)).timestamp()))
    with running_simulators(world) as url:
        pipe.send(url)
        pipe.recv()


if __name__ == "__main__":
    main()
