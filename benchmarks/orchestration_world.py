"""A deployment with many followed games, for `orchestration_scale.py`: seeds the product's tables and Dagster's event
log, and records a night's runs as the product's own step does."""

import time
from collections.abc import Sequence
from typing import Any

import dagster as dg

from steampulse_dagster.key_set_events import KeySetRecorder
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.utils.db import Database, execute
from tests.deployment import ASSETS, Deployment
from tests.small_games import FIRST_APPID

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


def seed_product(database: Database, games: int) -> None:
    with database.transaction() as conn:
        sql = "create temporary table game as select generate_series(%(first)s::bigint, %(last)s::bigint) as appid"
        execute(conn, sql, {"first": FIRST_APPID, "last": FIRST_APPID + games - 1})
        for statement in SEED_PRODUCT:
            execute(conn, statement)


def add_partitions(instance: dg.DagsterInstance, games: int) -> dict[str, Any]:
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


def seed_events(deployment: Deployment, instance: dg.DagsterInstance, games: int) -> None:
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


def record_night(instance: dg.DagsterInstance, *, runs: int, games: int) -> list[float]:
    """Key-set runs whose games are all done at once; how long each took to see to it that the UI shows them."""
    took = list[float]()

    @dg.op(config_schema=[str])
    def record_games(context: dg.OpExecutionContext) -> None:
        recorder = KeySetRecorder(context)
        keys: Sequence[str] = context.op_config
        recorder.plan(ASSETS, keys)
        for asset in ASSETS:
            for key in keys:
                recorder.add(dg.AssetMaterialization(asset, partition=key, metadata={"pages fetched": 3}))
        recorder.flush()
        started = time.perf_counter()
        recorder.settle(APPIDS)
        took.append(time.perf_counter() - started)

    @dg.job
    def night_job() -> None:
        record_games()

    for run in range(runs):
        keys = [str(FIRST_APPID + run * games + number) for number in range(games)]
        config = {"ops": {"record_games": {"config": keys}}}
        night_job.execute_in_process(instance=instance, run_config=config)
    return took
