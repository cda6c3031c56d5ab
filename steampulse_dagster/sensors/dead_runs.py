"""Ends runs whose process was killed together with whoever could have told; reads `run_heartbeats`.

Dagster's code server reports the death of a run that it started. When the server dies as well (the machine restarts,
the container is replaced) nobody does: the run would look under way, and keep its place in the queue, for hours.
"""

import dagster as dg

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.pools import ensure_pools, free_slots
from steampulse_dagster.services.run_heartbeats import RunHeartbeatService

UNFINISHED = {dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING}


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
    dead = end_dead_runs(context.instance, bootstrap_orchestration.build_run_heartbeats())
    return dg.SkipReason(f"Ended as dead: {', '.join(dead)}." if dead else "Every run at work gives signs of life.")


def end_dead_runs(instance: dg.DagsterInstance, heartbeats: RunHeartbeatService) -> list[str]:
    """Mark runs that went silent as failed (cancelled, where that was wanted) and free their slots; their ids."""
    silent = heartbeats.list_dead()
    if not silent:
        return []
    ended = [run for run in instance.get_runs(dg.RunsFilter(run_ids=silent)) if run.status in UNFINISHED]
    for run in ended:
        message = "The process of this run gives no sign of life. What it finished is stored; the next run goes on."
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, message)
        else:
            instance.report_run_failed(run, message)
        free_slots(instance, run.run_id)
    heartbeats.end(silent)
    return [run.run_id for run in ended]
