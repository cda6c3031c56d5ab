"""Ends runs whose process was killed together with whoever could have told; reads `run_heartbeats`.

Dagster's code server reports the death of a run that it started. When the server dies as well (the machine restarts,
the container is replaced) nobody does: the run would look under way, and keep its place in the queue, for hours.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.key_sets import PROCESS_TAG, STEP_NAME
from steampulse_dagster.pools import POOL_LIMITS, ensure_pools, free_slots
from steampulse_dagster.retries import retry_failed
from steampulse_dagster.services.run_heartbeats import RunHeartbeatService
from steampulse_dagster.utils.clock import utc_now

UNFINISHED = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
BEATING_STEPS = {STEP_NAME, retry_failed.name}
"""Steps that give signs of life while they are at work."""
FIRST_SIGN = timedelta(minutes=10)
"""So long after a run began, ended a step, was given a slot or began a step of those, it is at work on one, or dead.
Announcing 100,000 games, before the first sign, takes three minutes."""


@dg.sensor(
    name="dead_runs_sensor",
    minimum_interval_seconds=30,
    default_status=default_sensor_status(asks_steam=False, costs=False),
    description="Marks runs as failed whose process gives no sign of life any more, so that they can be run again.",
)
def dead_runs_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """One tick."""
    if not context.cursor:
        ensure_pools(context.instance)
        context.update_cursor("pools made")
    dead = end_dead_runs(context.instance, bootstrap_orchestration.build_run_heartbeats(), now=utc_now())
    return dg.SkipReason(f"Ended as dead: {', '.join(dead)}." if dead else "Every run at work gives signs of life.")


def end_dead_runs(instance: dg.DagsterInstance, heartbeats: RunHeartbeatService, *, now: datetime) -> list[str]:
    """Mark runs that went silent as failed (cancelled, where that was wanted) and free their slots; their ids."""
    silent = heartbeats.list_dead()
    dead = [*silent, *_list_never_heard(instance, heartbeats, now=now)]
    if not dead:
        return []
    ended = [run for run in instance.get_runs(dg.RunsFilter(run_ids=dead)) if run.status in UNFINISHED]
    for run in ended:
        message = "The process of this run gives no sign of life. What it finished is stored; the next run goes on."
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, message)
        else:
            instance.report_run_failed(run, message)
        free_slots(instance, run.run_id)
    heartbeats.end(silent)
    return [run.run_id for run in ended]


def _list_never_heard(instance: dg.DagsterInstance, heartbeats: RunHeartbeatService, *, now: datetime) -> list[str]:
    """Runs whose process died before its first sign of life. Those of the command line have a lock instead."""
    records = [
        record
        for record in instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED))
        if PROCESS_TAG not in record.dagster_run.tags and _get_start(record) < now - FIRST_SIGN
    ]
    if not records:
        return []
    unheard = set(heartbeats.list_unheard([record.dagster_run.run_id for record in records]))
    return [
        record.dagster_run.run_id
        for record in records
        if record.dagster_run.run_id in unheard
        and all(moment < now - FIRST_SIGN for moment in _list_moments(instance, record, now=now))
    ]


def _list_moments(instance: dg.DagsterInstance, record: dg.RunRecord, *, now: datetime) -> Iterator[datetime]:
    """When the process of a run was surely alive: it may be at this moment, in a step that gives no signs of life, and
    while it waits for a slot of a pool."""
    run_id, storage = record.dagster_run.run_id, instance.event_log_storage
    yield _get_start(record)
    for step in instance.get_run_step_stats(run_id):
        match (step.start_time, step.end_time):
            case (float(), None) if step.step_key not in BEATING_STEPS:
                yield now
            case (float(start), None):
                yield datetime.fromtimestamp(start, UTC)
            case (_, float(end)):
                yield datetime.fromtimestamp(end, UTC)
    for pool in POOL_LIMITS if storage.supports_global_concurrency_limits else ():
        for pending in storage.get_concurrency_info(pool).pending_steps:
            if pending.run_id == run_id:
                yield now if pending.assigned_timestamp is None else pending.assigned_timestamp.replace(tzinfo=UTC)


def _get_start(record: dg.RunRecord) -> datetime:
    return record.create_timestamp if record.start_time is None else datetime.fromtimestamp(record.start_time, UTC)
