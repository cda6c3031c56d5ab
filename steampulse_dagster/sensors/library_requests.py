"""Starts an import for each library that is wanted: reads `library_requests` and, where one is set, the SQS queue."""

import json

import dagster as dg

from steampulse_dagster import bootstrap_library
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.errors import QueueError
from steampulse_dagster.jobs import import_library_job
from steampulse_dagster.models.library import LibraryRequest
from steampulse_dagster.partitions import STEAM_IDS

MOST_A_TICK = 100


@dg.sensor(
    job=import_library_job,
    minimum_interval_seconds=30,
    default_status=default_sensor_status(asks_steam=True, costs=False),
    description="Imports libraries that somebody asked for: rows of `library_requests`, messages of the queue in "
    "STEAMPULSE_LIBRARY_QUEUE_URL.",
)
def library_requests_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One run a library; its partition is made with it. A repeated tick requests no run twice."""
    service = bootstrap_library.build_library_requests()
    try:
        service.receive()
    except QueueError as error:
        context.log.error(f"The queue of libraries was not read: {error.message}")
    # What the last tick requested has its runs by now: Dagster stores the cursor after them.
    service.mark_taken(json.loads(context.cursor) if context.cursor else [])
    waiting = service.list_waiting(limit=MOST_A_TICK)
    if not waiting:
        return dg.SkipReason("No library is wanted.")
    return build_result(waiting)


def build_result(waiting: tuple[LibraryRequest, ...]) -> dg.SensorResult:
    """The runs for these wishes, and their partitions; several wishes for one library share a run."""
    latest = {request.steam_id: request for request in waiting}
    tracking = {request.steam_id for request in waiting if request.track_games}
    runs = [
        dg.RunRequest(
            run_key=f"library-request-{request.request_id}",
            partition_key=steam_id,
            run_config={"ops": {"library_import": {"config": {"track_games": steam_id in tracking}}}},
        )
        for steam_id, request in latest.items()
    ]
    return dg.SensorResult(
        run_requests=runs,
        dynamic_partitions_requests=[STEAM_IDS.build_add_request(list(latest))],
        cursor=json.dumps([request.request_id for request in waiting]),
    )
