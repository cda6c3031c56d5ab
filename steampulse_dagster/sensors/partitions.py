"""Keeps Dagster's partitions and the followed games the same, both ways; reads `tracked_games`, `untracked_games`.
Asks for a run that fills Dagster's cache of partition statuses, which every change of the partitions empties."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import dagster as dg
from pydantic import ValidationError

from steampulse_dagster import bootstrap
from steampulse_dagster.assets.tracking import adopt_partitions_job, fill_statuses_job
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.key_sets import KIND_TAG, PRIORITY_TAG, REASON_TAG, Priority
from steampulse_dagster.partition_statuses import digest_keys
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.run_queue import has_unfinished, list_held
from steampulse_dagster.services.partition_rules import (
    FILLED_FROM,
    PartitionCursor,
    PartitionPlan,
    explain_partitions,
    plan_partitions,
)

INTERVAL_SECONDS = 30
ASK_AGAIN = timedelta(minutes=10)
"""A look-up that failed, because Steam was away, is asked for again after this."""


@dg.sensor(
    jobs=[adopt_partitions_job, fill_statuses_job],
    minimum_interval_seconds=INTERVAL_SECONDS,
    # Asks Steam for nothing but what somebody typed into the UI.
    default_status=default_sensor_status(asks_steam=False, costs=False),
    description="A followed game gets a partition, an untracked one loses it. A partition that you add here is looked "
    "up on Steam and followed, or taken away again by a run that says why, once no run has it. One that you delete "
    "comes back: "
    "`steampulse untrack` stops following.",
)
def partitions_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick: a slice of what differs."""
    # Partitions first: a game that is followed in between has its partition later, not an unknown one now.
    present = context.instance.get_dynamic_partitions(APPIDS.name or "")
    tracked = bootstrap.build_tracked_games().get_set()
    cursor = _read_cursor(context.cursor)
    make_plan = partial(plan_partitions, present, appids=tracked.appids, untracked=tracked.untracked, cursor=cursor)
    plan = make_plan()
    if plan.remove:
        plan = make_plan(held=list_held(context.instance, plan.remove))
    told = explain_partitions(plan, followed=len(tracked.appids))
    changes: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if plan.add:
        changes.append(APPIDS.build_add_request(list(plan.add)))
    if plan.remove:
        changes.append(APPIDS.build_delete_request(list(plan.remove)))
    filling, cursor = _request_filling(plan, present)
    requests = [*_request_adoption(context.instance, plan.adopt), *filling]
    if requests:
        context.log.info(told)  # a tick that asks for a run has no other place for words
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(told),
        dynamic_partitions_requests=changes,
        cursor=cursor.model_dump_json(),
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


def _request_filling(plan: PartitionPlan, present: Sequence[str]) -> tuple[list[dg.RunRequest], PartitionCursor]:
    """A run that fills the cached statuses, once partitions came or went and no more come or go; otherwise the next
    page of the UI does it while a person waits for it."""
    digest = digest_keys(present)
    if len(present) < FILLED_FROM or plan.add or plan.remove or digest == plan.cursor.keys:
        return [], plan.cursor
    tags = {
        PRIORITY_TAG: str(int(Priority.REQUEST)),
        KIND_TAG: "partitions",
        REASON_TAG: f"{len(present):,} partitions are not those that the UI's statuses were cached for",
    }
    request = dg.RunRequest(run_key=f"statuses:{digest}", job_name=fill_statuses_job.name, tags=tags)
    return [request], plan.cursor.model_copy(update={"keys": digest})


def _read_cursor(cursor: str | None) -> PartitionCursor:
    try:
        return PartitionCursor.model_validate_json(cursor) if cursor else PartitionCursor()
    except ValidationError:  # written by hand in the UI
        return PartitionCursor()
