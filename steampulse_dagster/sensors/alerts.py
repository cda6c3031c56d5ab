"""Tells people of failed runs and games, once for each cause, and when they are mended.

Reads run events from its cursor on; writes `alerts`, `alert_games`, `alert_notices`; sends to webhook and mail server.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import dagster as dg
from pydantic import BaseModel, ValidationError

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.models.alerts import FailedGame, RunReport
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.run_outcomes import RunOutcome, read_outcome, will_be_repeated

if TYPE_CHECKING:
    from steampulse_dagster.services.alerts import AlertService

INTERVAL_SECONDS = 30
RUNS_AT_ONCE = 50
ENDINGS: Mapping[str, Literal[dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS]] = {
    "failed": dg.DagsterEventType.RUN_FAILURE,
    "succeeded": dg.DagsterEventType.RUN_SUCCESS,
}


class Cursor(BaseModel):
    """The last event of each kind that was taken in, by its number in Dagster's event log."""

    failed: int
    succeeded: int


@dataclass(frozen=True)
class RunEnd:
    """An event that a run ended."""

    storage_id: int
    kind: str
    run_id: str


@dg.sensor(
    name="alerts_sensor",
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=default_sensor_status(asks_steam=False, costs=False),
    description="One message about each failed run, with its games and reasons, by webhook and e-mail; the same cause "
    "is told once within the cool-down, and once more when it is mended.",
)
def alerts_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One tick."""
    cursor = parse_cursor(context.cursor)
    if cursor is None:
        # What failed before anybody asked is history, not news.
        newest = {kind: _find_newest(context.instance, event) for kind, event in ENDINGS.items()}
        return dg.SensorResult(cursor=Cursor(**newest).model_dump_json(), skip_reason="From here on runs are watched.")
    ends = choose_ends(
        {kind: _list_ends(context.instance, kind, after=getattr(cursor, kind)) for kind in ENDINGS}, most=RUNS_AT_ONCE
    )
    words = asyncio.run(_tell(context.instance, ends))
    moved = {end.kind: end.storage_id for end in ends}
    return dg.SensorResult(cursor=cursor.model_copy(update=moved).model_dump_json(), skip_reason=words)


def parse_cursor(text: str | None) -> Cursor | None:
    """The cursor of the last tick; None for none, or one that cannot be read."""
    try:
        return None if text is None else Cursor.model_validate_json(text)
    except ValidationError:
        return None


def choose_ends(found: Mapping[str, Sequence[RunEnd]], *, most: int) -> list[RunEnd]:
    """Ends of runs in the order in which they came; where a kind has more than were read, nothing after what was."""
    bounds = [ends[-1].storage_id for ends in found.values() if len(ends) >= most]
    ordered = sorted((end for ends in found.values() for end in ends), key=lambda end: end.storage_id)
    return [end for end in ordered if not bounds or end.storage_id <= min(bounds)]


def build_report(outcome: RunOutcome) -> RunReport:
    """What people are told of a run."""
    return RunReport(
        run_id=outcome.run_id,
        job_name=outcome.job_name,
        failed=outcome.status is dg.DagsterRunStatus.FAILURE,
        message=outcome.message,
        games=len(outcome.appids),
        failures=tuple(
            FailedGame(appid=one.appid, stage=one.stage, code=one.code, kind=one.kind, reason=one.reason)
            for one in outcome.failures
        ),
        mended={stage.value: outcome.list_done(stage) for stage in Stage if stage in outcome.stages},
    )


async def _tell(instance: dg.DagsterInstance, ends: Sequence[RunEnd]) -> str:
    async with bootstrap_orchestration.open_alerts() as alerts:
        for end in ends:
            await asyncio.to_thread(_take_in, instance, alerts, end)
        arrived, failed = await alerts.deliver()
    undelivered = f", {failed} channels out of order: tried again later" if failed else ""
    return f"{len(ends)} runs have ended; {arrived} messages sent{undelivered}."


def _take_in(instance: dg.DagsterInstance, alerts: "AlertService", end: RunEnd) -> None:
    if end.kind == "succeeded" and not alerts.has_open():
        return
    for record in instance.get_run_records(dg.RunsFilter(run_ids=[end.run_id])):  # none: deleted in the UI
        if will_be_repeated(record.dagster_run):
            continue  # the repetition tells how it ended
        alerts.take_in(build_report(read_outcome(instance, record)))


def _list_ends(instance: dg.DagsterInstance, kind: str, *, after: int) -> list[RunEnd]:
    wanted = dg.RunStatusChangeRecordsFilter(event_type=ENDINGS[kind], after_storage_id=after)
    found = instance.fetch_run_status_changes(wanted, limit=RUNS_AT_ONCE, ascending=True)
    return [RunEnd(record.storage_id, kind, record.run_id) for record in found.records]


def _find_newest(
    instance: dg.DagsterInstance, event: Literal[dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS]
) -> int:
    found = instance.fetch_run_status_changes(event, limit=1, ascending=False)
    return found.records[0].storage_id if found.records else 0
