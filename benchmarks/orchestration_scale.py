"""Does orchestration stay quick with 100,000 games followed?

On PostgreSQL, with the production instance file: 100,000 tracked games, most crawled, half of them with a report, some
due, some failed; each with its partition, added by the product's own sensor; and in Dagster's event log a
materialization of all four assets for each of them, a tenth of the newest of which failed. Then: one tick of each
sensor and of the nightly schedule, evaluated as the daemon does; the nightly plan; the UI's query for the partitions of
an asset, over HTTP from the webserver; and the time that the definitions take to load, beside `import dagster` itself
and beside the same on an empty database.

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

from steampulse_dagster.key_set_events import KeySetRecorder
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.utils.db import Database, execute
from tests.deployment import ASSETS, ROOT, Deployment, deployed
from tests.small_games import FIRST_APPID

AIMS = {"tick": 2.0, "plan": 5.0, "page": 3.0, "load beyond dagster": 1.0}
"""Seconds."""
SEED_PRODUCT = (
    """
    insert into app_catalog (appid, name, steam_last_modified, first_seen_at)
        select appid, 'Game ' || appid, now() - interval '30 days', now() - interval '90 days' from game
    """,
    """
    insert into tracked_games (appid, name, reason, tracked_at)
        select appid, 'Game ' || appid, 'manual', now() - interval '60 days' from game
    """,
    """
    insert into crawl_state (appid, phase, stored, completeness, finished_at, next_due_at, due_every, reviews_per_day,
            consecutive_failures, last_error, last_error_kind, last_failed_at, reported)
        select appid, 'updates', 20 + mod(appid, 900), 1.0, now() - interval '3 days',
            now() + (mod(appid, 100) - 10) * interval '1 hour', interval '3 days', (mod(appid, 50)) / 10.0,
            (mod(appid, 200) = 0)::int, case when mod(appid, 200) = 0 then 'Steam answered 503' end,
            case when mod(appid, 200) = 0 then 'unavailable' end, case when mod(appid, 200) = 0 then now() end,
            '{"total_reviews": 900, "total_positive": 600, "total_negative": 300}'::jsonb
        from game where mod(appid, 20) <> 1
    """,
    """
    insert into reports (appid, report_key, analyst_key, report)
        select appid, 'key ' || appid, 'local', '{}'::jsonb from game where mod(appid, 2) = 0
    """,
    """
    insert into report_heads (appid, report_id, analyst_key, reviews, positive, newest_review_at)
        select appid, report_id, 'local', 20 + mod(appid, 700), 10, now() - interval '10 days' from reports
    """,
    "analyze",
)
SEED_EVENTS = """
    insert into event_logs (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
    select model.run_id, replace(model.event, '"1000"', '"' || appid || '"'), model.dagster_event_type, model.timestamp,
        model.step_key, model.asset_key, appid::text
    from event_logs model, generate_series(%(first)s + 1, %(last)s) appid
    where model.partition = '1000' and (model.dagster_event_type = 'ASSET_MATERIALIZATION' or mod(appid, 10) = 0)
    order by model.id
"""
PAGE = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
  partitionKeyConnection(limit: 200, ascending: true) { results hasMore }
  partitionStats { numMaterialized numPartitions numFailed numMaterializing }
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions materializingPartitions unmaterializedPartitions } }
} } }"""


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
        print(f"{name:46} {value}")
    print("met" if result["met"] else "NOT met")


def run(*, games: int) -> dict[str, Any]:
    """The figures of one deployment of this size."""
    with deployed(settings={}) as deployment:
        os.environ.update({name: value for name, value in deployment.environment.items() if name.isupper()})
        empty = _time_load(deployment)
        with deployment.open_database() as database:
            _seed_product(database, games)
        with deployment.open_instance() as instance:
            partitions = _add_partitions(instance, games)
            _seed_events(deployment, instance, games)
            ticks = _time_ticks(instance)
            plan = _time_plan()
        deployment.start("code", "webserver")
        deployment.wait_for_webserver()
        pages = _time_pages(deployment)
        full = _time_load(deployment)
    figures: dict[str, Any] = {
        "games": games,
        **partitions,
        **{f"tick of {name}, seconds": round(seconds, 2) for name, seconds in ticks.items()},
        "nightly plan, seconds": round(plan, 2),
        **{name: round(seconds, 2) for name, seconds in pages.items()},
        "import dagster, seconds": round(full["dagster"], 2),
        "load definitions, empty database, seconds": round(empty["definitions"], 2),
        "load definitions, seconds": round(full["definitions"], 2),
        "load": [round(load, 1) for load in os.getloadavg()],
    }
    met = (
        max(ticks.values()) <= AIMS["tick"]
        and plan <= AIMS["plan"]
        and max(pages.values()) <= AIMS["page"]
        and full["definitions"] - full["dagster"] <= AIMS["load beyond dagster"]
    )
    return {"figures": figures, "aims": AIMS, "met": met}


def _seed_product(database: Database, games: int) -> None:
    with database.transaction() as conn:
        sql = "create temporary table game as select generate_series(%(first)s::bigint, %(last)s::bigint) as appid"
        execute(conn, sql, {"first": FIRST_APPID, "last": FIRST_APPID + games - 1})
        for statement in SEED_PRODUCT:
            execute(conn, statement)


def _add_partitions(instance: dg.DagsterInstance, games: int) -> dict[str, Any]:
    """By the product's sensor: slice by slice, until every tracked game has its partition."""
    from steampulse_dagster.definitions import defs
    from steampulse_dagster.sensors.partitions import partitions_sensor

    longest, ticks, cursor, started = 0.0, 0, None, time.perf_counter()
    while len(instance.get_dynamic_partitions(str(APPIDS.name))) < games:
        began = time.perf_counter()
        with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs) as context:
            result = partitions_sensor(context)
        longest, ticks = max(longest, time.perf_counter() - began), ticks + 1
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
        for change in result.dynamic_partitions_requests or []:
            instance.add_dynamic_partitions(str(APPIDS.name), list(change.partition_keys))
    return {
        "partitions added in, seconds": round(time.perf_counter() - started, 1),
        "by ticks": ticks,
        "longest of them, seconds": round(longest, 2),
    }


def _seed_events(deployment: Deployment, instance: dg.DagsterInstance, games: int) -> None:
    @dg.op
    def record(context: dg.OpExecutionContext) -> None:
        recorder = KeySetRecorder(context)
        for asset in ASSETS:
            recorder.add(dg.AssetMaterialization(asset, partition="1000", metadata={"pages fetched": 3}))
        recorder.flush()
        recorder.plan(ASSETS, ["1000"])
        raise dg.Failure("the planned ones fail", allow_retries=False)

    @dg.job
    def record_job() -> None:
        record()

    record_job.execute_in_process(instance=instance, raise_on_error=False)
    database = Database(deployment.dagster_dsn, pool_size=1)
    with database.transaction() as conn:
        execute(conn, SEED_EVENTS, {"first": FIRST_APPID, "last": FIRST_APPID + games - 1})
        execute(conn, "analyze event_logs")
        # As the recorder leaves it: each asset's row points at its newest materialization.
        newest = """
            select asset_key, max(id) as id from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'
            group by asset_key
        """
        execute(
            conn,
            f"""
            update asset_keys set cached_status_data = null, last_materialization = regexp_replace(
                last_materialization, '"storage_id": [0-9]+', '"storage_id": ' || newest.id)
            from ({newest}) newest where newest.asset_key = asset_keys.asset_key
            """,  # noqa: S608  # a constant
        )
    database.close()


def _time_ticks(instance: dg.DagsterInstance) -> dict[str, float]:
    """The second tick of each sensor, and one of the night: the first opens connections."""
    from steampulse_dagster.definitions import defs
    from steampulse_dagster.schedules import nightly_backfill_schedule

    repository = defs.get_repository_def()
    times = {}
    for sensor in repository.sensor_defs:
        for _ in range(2):
            with dg.build_sensor_context(instance=instance, definitions=defs, sensor_name=sensor.name) as context:
                times[sensor.name] = _time(partial(sensor.evaluate_tick, context))
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=datetime.now(UTC)) as context:
        times["nightly_backfill_schedule"] = _time(lambda: nightly_backfill_schedule(context))
    return times


def _time_plan() -> float:
    from steampulse_dagster.bootstrap_orchestration import build_night_service

    return _time(lambda: build_night_service().plan_night(under_way=frozenset()))


def _time_pages(deployment: Deployment) -> dict[str, float]:
    times = [_time(lambda: deployment.ask(PAGE, key={"path": ["reviews"]})) for _ in range(6)]
    return {
        "page of an asset, first, seconds": times[0],
        "page of an asset, then, seconds": statistics.median(times[1:]),
    }


def _time_load(deployment: Deployment) -> dict[str, float]:
    """Medians of processes that only import; the interpreter's own start is in both."""

    def load(code: str) -> float:
        command = [sys.executable, "-W", "ignore", "-c", code]
        return statistics.median(
            _time(lambda: subprocess.run(command, cwd=ROOT, env=deployment.environment, check=True)) for _ in range(3)
        )

    return {"dagster": load("import dagster"), "definitions": load("import steampulse_dagster.definitions")}


def _time(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
