"""Which games runs have already, read from the Dagster instance: nobody asks for the same game twice at once, or takes
a partition away from under a run."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus
from dagster._core.scheduler.instigation import InstigatorStatus

from steampulse_dagster.key_sets import JOB_NAME, KIND_TAG, RANGE_END_TAG, RANGE_START_TAG, Priority
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.run_outcomes import PARTITION_TAG, list_appids

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
UNFINISHED_BACKFILLS = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]
USD_TAG = "steampulse/usd"
"""What a run is expected to spend."""
MOST_RUNS = 2_000


@dataclass(frozen=True)
class UnderWay:
    """Runs of the lineage that wait or work, in sum."""

    runs: int
    appids: frozenset[int]
    """Of the runs that name their games; a range that was picked in the UI does not, and doing it twice is harmless."""
    usd: Decimal


def read_under_way(instance: dg.DagsterInstance, *, kind: Priority | None = None) -> UnderWay:
    """What is queued and at work now; of one kind only, if it is named."""
    tags = {} if kind is None else {KIND_TAG: kind.name.lower()}
    runs = instance.get_runs(dg.RunsFilter(job_name=JOB_NAME, statuses=UNFINISHED, tags=tags), limit=MOST_RUNS)
    return UnderWay(
        runs=len(runs),
        appids=_collect_appids(runs),
        usd=sum((_read_usd(run) for run in runs), Decimal(0)),
    )


def list_asked_since(instance: dg.DagsterInstance, since: datetime, *, kind: Priority) -> frozenset[int]:
    """Games for which a run of this kind was requested since then, whatever became of it."""
    chosen = dg.RunsFilter(job_name=JOB_NAME, tags={KIND_TAG: kind.name.lower()}, created_after=since)
    return _collect_appids(instance.get_runs(chosen, limit=MOST_RUNS))


def has_unfinished(instance: dg.DagsterInstance, job_name: str) -> bool:
    """Whether a run of the job waits or works."""
    return bool(instance.get_runs(dg.RunsFilter(job_name=job_name, statuses=UNFINISHED), limit=1))


def list_held(instance: dg.DagsterInstance, keys: Collection[str]) -> frozenset[str]:
    """Those of these partitions of games that a run or backfill has which is not over; without one, it would fail. Runs
    that name their games in their config do not need the partitions."""
    if not keys:
        return frozenset()
    held = set[str]()
    for backfill in instance.get_backfills(BulkActionsFilter(statuses=UNFINISHED_BACKFILLS)):
        targets = backfill.asset_backfill_data
        for subset in targets.target_subset.partitions_subsets_by_asset_key.values() if targets else ():
            held.update(key for key in keys if key in subset)
    runs = instance.get_runs(dg.RunsFilter(statuses=UNFINISHED), limit=MOST_RUNS)
    held.update(run.tags[PARTITION_TAG] for run in runs if PARTITION_TAG in run.tags)
    ends = {(run.tags[RANGE_START_TAG], run.tags.get(RANGE_END_TAG, "")) for run in runs if RANGE_START_TAG in run.tags}
    if ends:
        place = {key: number for number, key in enumerate(instance.get_dynamic_partitions(APPIDS.name or ""))}
        spans = [range(place[first], place[last] + 1) for first, last in ends if first in place and last in place]
        held.update(key for key in keys if any(place.get(key) in span for span in spans))
    return frozenset(held.intersection(keys))


def is_schedule_on(instance: dg.DagsterInstance, schedule: dg.ScheduleDefinition) -> bool:
    """Whether a schedule runs: by the switch in the UI, else by its default."""
    for state in instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE):
        if state.instigator_name == schedule.name and state.status is not InstigatorStatus.DECLARED_IN_CODE:
            return state.status is InstigatorStatus.RUNNING
    return schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def _collect_appids(runs: Iterable[dg.DagsterRun]) -> frozenset[int]:
    return frozenset(appid for run in runs for appid in list_appids(run))


def _read_usd(run: dg.DagsterRun) -> Decimal:
    try:
        return Decimal(run.tags.get(USD_TAG, "0"))
    except InvalidOperation:  # a tag that somebody wrote by hand
        return Decimal(0)
