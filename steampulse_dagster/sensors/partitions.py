"""Keeps Dagster's partitions and the followed games the same, both ways; reads `tracked_games`, `untracked_games`."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from pydantic import ValidationError

from steampulse_dagster import bootstrap
from steampulse_dagster.assets.tracking import adopt_partitions_job
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.key_sets import KIND_TAG, PRIORITY_TAG, REASON_TAG, Priority
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.run_queue import has_unfinished
from steampulse_dagster.services.partition_rules import PartitionCursor, explain_partitions, plan_partitions

INTERVAL_SECONDS = 30
ASK_AGAIN = timedelta(minutes=10)
"""A look-up that failed, because Steam was away, is asked for again after this."""


@dg.sensor(
    job=adopt_partitions_job,
    minimum_interval_seconds=INTERVAL_SECONDS,
    # Asks Steam for nothing but what somebody typed into the UI.
    default_status=default_sensor_status(asks_steam=False, costs=False),
    description="A followed game gets a partition, an untracked one loses it. A partition that you add here is looked "
    "up on Steam and followed, or taken away again by a run that says why. One that you delete comes back: "
    "`steampulse untrack` stops following.",
)
def partitions_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick: a slice of what differs."""
    # Partitions first: a game that is followed in between has its partition later, not an unknown one now.
    present = context.instance.get_dynamic_partitions(APPIDS.name or "")
    tracked = bootstrap.build_tracked_games().get_set()
    plan = plan_partitions(
        present, appids=tracked.appids, untracked=tracked.untracked, cursor=_read_cursor(context.cursor)
    )
    told = explain_partitions(plan, followed=len(tracked.appids))
    changes: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if plan.add:
        changes.append(APPIDS.build_add_request(list(plan.add)))
    if plan.remove:
        changes.append(APPIDS.build_delete_request(list(plan.remove)))
    requests = _request_adoption(context.instance, plan.adopt)
    if requests:
        context.log.info(told)  # a tick that asks for a run has no other place for words
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(told),
        dynamic_partitions_requests=changes,
        cursor=plan.cursor.model_dump_json(),
    )


def _request_adoption(instance: dg.DagsterInstance, keys: Sequence[str]) -> list[dg.RunRequest]:
    if not keys or has_unfinished(instance, adopt_partitions_job.name):
        return []
    turn = int(datetime.now(UTC).timestamp() // ASK_AGAIN.total_seconds())
    digest = hashlib.sha256(json.dumps(sorted(keys)).encode()).hexdigest()[:16]
    return [
        dg.RunRequest(
            run_key=f"adopt:{digest}:{turn}",
            job_name=adopt_partitions_job.name,
            run_config={"ops": {"adopt_partitions": {"config": {"keys": list(keys)}}}},
            tags={
                PRIORITY_TAG: str(int(Priority.REQUEST)),
                KIND_TAG: "partitions",
                REASON_TAG: f"{len(keys)} partitions were added by hand",
            },
        )
    ]


def _read_cursor(cursor: str | None) -> PartitionCursor:
    try:
        return PartitionCursor.model_validate_json(cursor) if cursor else PartitionCursor()
    except ValidationError:  # written by hand in the UI
        return PartitionCursor()
