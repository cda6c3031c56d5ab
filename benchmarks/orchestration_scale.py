"""Does orchestration stay quick with 100,000 games followed?

On PostgreSQL, with the production instance file: 100,000 tracked games, most crawled, half of them with a report, some
due, some failed; each with its partition, added by the product's own sensor; and in Dagster's event log a
materialization of all four assets for each of them, a tenth of the newest of which failed. Then: one tick of each
sensor and of the nightly schedule, evaluated as the daemon does; the nightly plan; pages of the UI, by the fields that
it asks for, over HTTP from the webserver; and the time that the definitions take to load, beside `import dagster`
itself and beside the same on an empty database, in turns.

The page of an asset is asked for with Dagster's cache of statuses empty, as Dagster leaves it whenever a game is
followed or let go (told, without an aim: the product fills the cache before a page asks); first after that filling;
first after the runs of a night; and then again.

    uv run python -m benchmarks.orchestration_scale [--quick] [--json] [--games N]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import dagster as dg

from benchmarks.orchestration_world import add_partitions, record_night, seed_events, seed_product
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database, execute
from tests.deployment import ROOT, Deployment, deployed
from tests.helpers import with_database
from tests.small_games import FIRST_APPID

AIMS = {
    "longest tick of a sensor, seconds": 2.0,
    "nightly plan, seconds": 5.0,
    "page of an asset, first after a game was followed, seconds": 3.0,
    "page of an asset, first after a night, seconds": 3.0,
    "page of an asset, then, seconds": 3.0,
    "dialog of Materialize, seconds": 3.0,
    "page of runs, seconds": 3.0,
    "page of a backfill of all games, seconds": 3.0,
    "definitions beyond import dagster, seconds": 1.0,
    "definitions, all games ÷ empty database": 1.2,
}
"""At most. "Unchanged" is a fifth: two medians of one thing differ by a tenth on a busy machine."""
NIGHT_RUNS = 5
PAGE = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionKeyConnection(limit: 200, ascending: true) { results hasMore }
  partitionStats { numMaterialized numPartitions numFailed numMaterializing }
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions materializingPartitions unmaterializedPartitions } }
} } }"""
DIALOG = """
query PartitionHealthQuery($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { id
  partitionKeysByDimension { name type partitionKeys }
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions materializingPartitions failedPartitions } }
} } }"""
RUNS = """
query RunsFeedRootQuery { runsFeedOrError(limit: 30, view: ROOTS) { ... on RunsFeedConnection { cursor hasMore results {
  __typename id runStatus creationTime startTime endTime tags { key value } jobName assetSelection { path }
  ... on Run { canTerminate hasReExecutePermission repositoryOrigin { id repositoryName } }
  ... on PartitionBackfill { backfillStatus: status partitionSetName numPartitions numCancelable isAssetBackfill }
} } } }"""
BACKFILL = """
query BackfillDetailsQuery($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {
  id status timestamp endTimestamp numPartitions isAssetBackfill assetSelection { path } numCancelable
  assetBackfillData { rootTargetedPartitions { partitionKeys ranges { start end } }
    assetBackfillStatuses { ... on AssetPartitionsStatusCounts { assetKey { path } numPartitionsTargeted
      numPartitionsInProgress numPartitionsMaterialized numPartitionsFailed } } } } } }"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the games")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--games", type=int, help="default 100,000")
    arguments = parser.parse_args()
    result = run(games=arguments.games or (10_000 if arguments.quick else 100_000))
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result["figures"].items():
        print(f"{name:62} {value}{'  (missed)' if name in result['missed'] else ''}")
    print("met" if result["met"] else f"NOT met: {', '.join(result['missed'])}")


def run(*, games: int) -> dict[str, Any]:
    """The figures of one deployment of this size."""
    with deployed(settings={}) as deployment:
        os.environ.update({name: value for name, value in deployment.environment.items() if name.isupper()})
        with deployment.open_database() as database:
            seed_product(database, games)
        with deployment.open_instance() as instance:
            figures: dict[str, Any] = {"games": games, **add_partitions(instance, games)}
            seed_events(deployment, instance, games)
            ticks = _time_ticks(instance)
            figures |= {f"tick of {name}, seconds": seconds for name, seconds in ticks.items()}
            figures["longest tick of a sensor, seconds"] = max(
                seconds for name, seconds in ticks.items() if "sensor" in name
            )
            figures["nightly plan, seconds"] = _time_plan()
            deployment.start("code", "webserver")
            deployment.wait_for_webserver()
            figures |= _time_pages(deployment, instance, games)
        figures |= _time_load(deployment)
    figures["load"] = list(os.getloadavg())
    figures = {name: _shorten(value) for name, value in figures.items()}
    missed = [name for name, most in AIMS.items() if figures[name] > most]
    return {"figures": figures, "aims": AIMS, "missed": missed, "met": not missed}


def _time_ticks(instance: dg.DagsterInstance) -> dict[str, float]:
    """The second tick of each sensor, and one of the night: the first opens connections."""
    from steampulse_dagster.definitions import defs
    from steampulse_dagster.schedules import nightly_backfill_schedule

    times = {}
    for sensor in defs.get_repository_def().sensor_defs:
        for _ in range(2):
            with dg.build_sensor_context(instance=instance, definitions=defs, sensor_name=sensor.name) as context:
                times[sensor.name] = _time(partial(sensor.evaluate_tick, context))
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=datetime.now(UTC)) as context:
        times["nightly_backfill_schedule"] = _time(lambda: nightly_backfill_schedule(context))
    return times


def _time_plan() -> float:
    from steampulse_dagster.bootstrap_orchestration import build_night_service

    return _time(lambda: build_night_service().plan_night(under_way=frozenset()))


def _time_pages(deployment: Deployment, instance: dg.DagsterInstance, games: int) -> dict[str, float]:
    def time_page() -> float:
        return _time(lambda: deployment.ask(PAGE, key={"path": ["reviews"]}))

    deployment.ask("{ __typename }")
    _empty_caches(deployment)
    times = {"page of an asset, its cache empty, seconds": time_page()}
    times |= _follow_one_more(deployment, instance, games)
    times["page of an asset, first after a game was followed, seconds"] = time_page()
    settled = record_night(instance, runs=NIGHT_RUNS, games=games // 100)
    times["end of a run: what the UI shows is checked, seconds"] = statistics.median(settled)
    times["page of an asset, first after a night, seconds"] = time_page()
    times["page of an asset, then, seconds"] = statistics.median(time_page() for _ in range(5))
    times["dialog of Materialize, seconds"] = _time(lambda: deployment.ask(DIALOG, key={"path": ["reviews"]}))
    keys = instance.get_dynamic_partitions(APPIDS.name or "")
    backfills = list[str]()
    times["submitting a backfill of all games, seconds"] = _time(
        lambda: backfills.append(deployment.backfill(map(int, keys)))
    )
    times["page of a backfill of all games, seconds"] = _time(lambda: deployment.ask(BACKFILL, id=backfills[0]))
    times["page of runs, seconds"] = _time(lambda: deployment.ask(RUNS))
    return times


def _empty_caches(deployment: Deployment) -> None:
    database = Database(deployment.dagster_dsn, pool_size=1)
    with database.transaction() as conn:
        execute(conn, "update asset_keys set cached_status_data = null")
    database.close()


def _follow_one_more(deployment: Deployment, instance: dg.DagsterInstance, games: int) -> dict[str, float]:
    """Follow a game: one tick of the sensor adds its partition, the next asks for the run that fills the caches."""
    from steampulse_dagster.assets.tracking import fill_statuses_job
    from steampulse_dagster.definitions import defs
    from steampulse_dagster.sensors.partitions import partitions_sensor

    with deployment.open_database() as database, database.transaction() as conn:
        names = {FIRST_APPID + games: "One more"}
        TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=utc_now())
    requested = list[dg.RunRequest]()
    for _ in range(2):
        with dg.build_sensor_context(instance=instance, definitions=defs) as context:
            result = partitions_sensor(context)
        assert isinstance(result, dg.SensorResult)
        requested = list(result.run_requests or [])
        for change in result.dynamic_partitions_requests or []:
            instance.add_dynamic_partitions(APPIDS.name or "", list(change.partition_keys))
    if [request.job_name for request in requested] != [fill_statuses_job.name]:
        return {}  # too few partitions for that
    return {
        "its run that fills the caches, seconds": _time(lambda: fill_statuses_job.execute_in_process(instance=instance))
    }


def _time_load(deployment: Deployment) -> dict[str, float]:
    """Medians of processes that only import, in turns; the interpreter's own start is in all of them."""

    def load(code: str, **settings: str) -> float:
        command = [sys.executable, "-W", "ignore", "-c", code]
        environment = {**deployment.environment, **settings}
        return _time(lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True))

    definitions, nothing = "import steampulse_dagster.definitions", with_database(deployment.database_url, "postgres")
    rounds = [(load("import dagster"), load(definitions, DATABASE_URL=nothing), load(definitions)) for _ in range(3)]
    dagster, empty, full = (statistics.median(times) for times in zip(*rounds, strict=True))
    return {
        "import dagster, seconds": dagster,
        "load definitions, empty database, seconds": empty,
        "load definitions, seconds": full,
        "definitions beyond import dagster, seconds": full - dagster,
        "definitions, all games ÷ empty database": full / empty,
    }


def _shorten(value: Any) -> Any:
    match value:
        case float():
            return round(value, 2)
        case list():
            return [round(one, 1) for one in value]
        case _:
            return value


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
