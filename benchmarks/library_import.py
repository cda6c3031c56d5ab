"""How many requests and seconds does the import of a library take, for 2,000 and 50,000 games?

Through the three assets, in a Dagster instance in memory, against simulators in a process of their own that enforce
IGDB's limits (4 requests in any second, 8 open) and have odd names, several rows for one app and titles without a row.
The request budget and the token are the shared ones in PostgreSQL. The first import knows nothing; the second asks
Steam for the library again and finds everything else remembered.

The baseline is the obvious way, one request to IGDB a game: it needs games / 4 seconds by IGDB's limit alone, computed
and not run, and is flattered by counting nothing else of it. The floor is what the requests that were made need at
IGDB's four a second. Wall time depends on what else the machine does, so the processor time of this process is told.

    uv run python benchmarks/library_import.py [--quick] [--json]
"""

import argparse
import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from os import getloadavg
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import dagster as dg

from steampulse_dagster.assets import library
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.igdb import IgdbSource
from steampulse_dagster.clients.limiter import HostLimiter, Limiter, host_name
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.config import get_settings
from steampulse_dagster.jobs import import_library_job
from steampulse_dagster.logs import configure_logs
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.partitions import STEAM_IDS
from steampulse_dagster.resources.igdb import IgdbResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.services.host_budget import HostBudgetLedger
from steampulse_dagster.services.igdb_tokens import SharedTokens
from steampulse_dagster.simulators.large_library import OWNER, LargeLibraryWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.simulators.traffic import (
    TrafficLog,
    TrafficRules,
    build_traffic,
    count_most_started,
    read_traffic,
)
from steampulse_dagster.utils.db import Database
from tests.helpers import fresh_database, running_server
from tests.library_world import CLIENT, rows_of

SIZES, QUICK_SIZES = (2_000, 50_000), (2_000,)
IGDB_A_SECOND = 4
ASSETS = ("library_raw", "library_enriched", "library_import")
AIMS = {"2000_first_igdb_requests": 12, "2000_first_seconds": 30.0, "50000_first_over_floor": 2.5}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="2,000 games only")
    parser.add_argument("--games", type=int, metavar="N", help="a library of this size only")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    configure_logs(get_settings())
    figures: dict[str, Any] = {}
    with running_server() as server:
        for games in (arguments.games,) if arguments.games else QUICK_SIZES if arguments.quick else SIZES:
            with fresh_database(server) as url:
                measured = measure(url, games)
            figures |= {f"{games}_{name}": value for name, value in measured.items()}
    figures["load_average"] = round(getloadavg()[0], 2)
    result = summarize(figures)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in {**figures, **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
        print(f"{name:52} {value}")
    print("met" if result["met"] else "NOT met")


def summarize(figures: dict[str, Any]) -> dict[str, Any]:
    aims: dict[str, float] = {
        **{name: aim for name, aim in AIMS.items() if name in figures},
        **{name: 0 for name in figures if name.endswith(("refused_429", "second_igdb_requests", "wrong_matches"))},
    }
    return {"figures": figures, "aims": aims, "met": all(figures[name] <= aim for name, aim in aims.items())}


def measure(database_url: str, games: int) -> dict[str, Any]:
    """Two imports of one library of this size."""
    world = LargeLibraryWorld(games)
    database = Database(database_url, pool_size=8)
    with tempfile.TemporaryDirectory() as folder, serving(games, Path(folder) / "log") as url:
        definitions = build_definitions(database, database_url, url, Path(folder) / "objects")
        with dg.DagsterInstance.ephemeral() as instance:
            instance.add_dynamic_partitions(STEAM_IDS.name or "", [OWNER])
            first = run_all(definitions, instance, Path(folder) / "log")
            second = run_all(definitions, instance, Path(folder) / "log")
        size = sum(path.stat().st_size for path in (Path(folder) / "objects" / "enriched").iterdir()) / 2
    matched = rows_of(database, "select appid, igdb_id from imported_games where igdb_id is not null")
    wrong = {row["appid"]: row["igdb_id"] for row in matched}.items() ^ world.matched.items()
    database.close()
    floor = first["igdb_requests"] / IGDB_A_SECOND
    return {
        **{f"first_{name}": value for name, value in first.items()},
        **{f"second_{name}": value for name, value in second.items()},
        "first_over_floor": round(first["seconds"] / floor, 2),
        "one_request_a_game_seconds": games / IGDB_A_SECOND,
        "one_request_a_game_over_first": round(games / IGDB_A_SECOND / first["seconds"], 1),
        "matched": len(matched),
        "wrong_matches": len(wrong),
        "enriched_file_mb": round(size / 1e6, 1),
        "max_memory_mb": round(getrusage(RUSAGE_SELF).ru_maxrss / 1024),
    }


def run_all(definitions: dg.Definitions, instance: dg.DagsterInstance, log: Path) -> dict[str, Any]:
    """One import, step by step."""
    before = len(read_traffic(log))
    cpu, started = time.process_time(), time.perf_counter()
    seconds: dict[str, float] = {}
    for name in ASSETS:
        begun = time.perf_counter()
        result = definitions.resolve_job_def("import_library_job").execute_in_process(
            instance=instance, partition_key=OWNER, asset_selection=[dg.AssetKey(name)], run_config=QUIET
        )
        assert result.success
        seconds[f"{name}_seconds"] = round(time.perf_counter() - begun, 2)
    seen = read_traffic(log)[before:]
    igdb = [each for each in seen if each.path.startswith("/igdb")]
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        **seconds,
        "igdb_requests": len(igdb),
        "steam_requests": sum(1 for each in seen if each.path.startswith("/steam")),
        "token_requests": sum(1 for each in seen if each.path.startswith("/twitch")),
        "refused_429": sum(1 for each in seen if each.status == 429),
        "most_igdb_requests_in_a_second": count_most_started(igdb, window_seconds=1.0) if igdb else 0,
    }


QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def build_definitions(database: Database, database_url: str, url: str, folder: Path) -> dg.Definitions:
    """The product's assets over resources that point at the simulators, put together as `bootstrap_library` does."""

    class Postgres(PostgresResource):
        def get_database(self) -> Database:
            return database

    class Steam(SteamResource):
        @asynccontextmanager
        async def open(self):  # noqa: ANN202
            async with build_http_client(concurrency=8) as http:
                limiter = HostLimiter(requests_per_second=None, concurrency=8)
                urls = {"api_url": f"{url}/steam", "store_url": f"{url}/store"}
                yield SteamDataSource(http, **urls, key="any", limiter=limiter)
                await limiter.close()

    class Igdb(IgdbResource):
        @asynccontextmanager
        async def open(self):  # noqa: ANN202
            rate = get_settings().igdb_requests_per_second
            budgets = {
                host_name(f"{url}/igdb/v4"): HostBudget(requests_per_second=rate, concurrency=8),
                host_name(f"{url}/twitch"): HostBudget(concurrency=2),
            }
            limiter = Limiter(HostBudgetLedger(Database(database_url, pool_size=1), budgets, block_hours=1))
            tokens = SharedTokens(database, **CLIENT, auth_url=url)
            where = {"api_url": f"{url}/igdb/v4", "auth_url": f"{url}/twitch"}
            async with build_http_client(concurrency=8) as http:
                yield IgdbSource(http, **where, **CLIENT, limiter=limiter, tokens=tokens)
            await limiter.close()

    class Store(ObjectStoreResource):
        def get_store(self) -> FolderStore:
            return FolderStore(folder)

    return dg.Definitions(
        assets=[library.library_raw, library.library_enriched, library.library_import],
        jobs=[import_library_job],
        resources={"postgres": Postgres(), "steam": Steam(), "igdb": Igdb(), "object_store": Store()},
    )


@contextmanager
def serving(games: int, log: Path) -> Iterator[str]:
    """Base URL of simulators in a process of their own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, games, log), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send(None)
        process.join()


def _serve(pipe: Any, games: int, log: Path) -> None:
    middleware = [build_traffic(TrafficLog(file=log), TrafficRules())]
    with running_simulators(LargeLibraryWorld(games), middleware=middleware) as url:
        pipe.send(url)
        pipe.recv()


if __name__ == "__main__":
    main()
