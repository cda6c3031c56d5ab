"""Ticks of sensors as the daemon makes them, but in this process: a requested run is executed before the next tick."""

from collections.abc import Callable, Sequence

import dagster as dg

from steampulse_dagster.run_outcomes import RUN_KEY_TAG, find_runs

SensorResult = dg.SensorResult | dg.SkipReason


def tick(
    sensor: Callable[..., SensorResult], instance: dg.DagsterInstance, definitions: dg.Definitions, *, runs: bool = True
) -> Sequence[dg.RunRequest]:
    """Evaluate a sensor once and, if `runs`, execute what it requests; the requests."""
    with dg.build_sensor_context(instance=instance, definitions=definitions) as context:
        result = sensor(context)
    requests = [] if isinstance(result, dg.SkipReason) else list(result.run_requests or [])
    for request in requests if runs else []:
        execute(request, instance, definitions)
    return requests


def execute(request: dg.RunRequest, instance: dg.DagsterInstance, definitions: dg.Definitions) -> str | None:
    """Execute a requested run in this process, unless one of its key exists; its id."""
    if request.run_key and find_runs(instance, request.run_key):
        return None
    result = definitions.resolve_job_def(str(request.job_name)).execute_in_process(
        instance=instance,
        run_config=dict(request.run_config),
        asset_selection=list(request.asset_selection) if request.asset_selection else None,
        tags={**request.tags, **({RUN_KEY_TAG: request.run_key} if request.run_key else {})},
        raise_on_error=False,
    )
    return result.run_id
