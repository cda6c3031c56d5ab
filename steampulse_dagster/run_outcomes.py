"""What a run did to each game, read from the Dagster instance: its state, the failures it named, what it recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from steampulse_dagster.key_sets import JOB_NAME, RANGE_END_TAG, RANGE_START_TAG, STEP_NAME
from steampulse_dagster.models.lineage import Stage

RUN_KEY_TAG = "dagster/run_key"
WILL_RETRY_TAG = "dagster/will_retry"
RETRIED_BY_TAG = "dagster/auto_retry_run_id"
PARTITION_TAG = "dagster/partition"
EVENTS_A_READ = 1_000
MOST_RUNS = 1_000


@dataclass(frozen=True)
class GameFailure:
    """A game that a run named as failed."""

    appid: int
    stage: str
    code: str
    kind: str
    reason: str


@dataclass(frozen=True)
class RunOutcome:
    """A run that has ended."""

    run_id: str
    job_name: str
    status: dg.DagsterRunStatus
    appids: tuple[int, ...]
    """The games that it was asked for, where it names them."""
    stages: tuple[Stage, ...]
    failures: tuple[GameFailure, ...]
    message: str
    """Why the run failed, in one line; empty if it did not."""
    ended_at: datetime
    recorded: Mapping[str, frozenset[int]]
    """Games by asset; read only where the run does not name its games, or ended early, without naming its failures."""

    @property
    def succeeded(self) -> bool:
        return self.status is dg.DagsterRunStatus.SUCCESS

    @property
    def drove_all(self) -> bool:
        """Whether every game was driven to its success or its failure, and is known."""
        return bool(self.appids) and (self.succeeded or bool(self.failures))

    def list_done(self, stage: Stage) -> frozenset[int]:
        """The games that this run brought through a stage."""
        if stage not in self.stages:
            return frozenset()
        if not self.drove_all:
            return self.recorded.get(stage.value, frozenset())
        order = [one.value for one in Stage]
        missed = {one.appid for one in self.failures if order.index(one.stage) <= order.index(stage.value)}
        return frozenset(self.appids) - missed


def will_be_repeated(run: dg.DagsterRun) -> bool:
    """Whether Dagster itself runs this again: its process died, which is no outcome yet."""
    return run.tags.get(WILL_RETRY_TAG) == "true"


def is_over(run: dg.DagsterRun) -> bool:
    """Whether a run has ended and nothing more comes of it, or the run that repeats it exists already."""
    return run.is_finished and (not will_be_repeated(run) or RETRIED_BY_TAG in run.tags)


def find_runs(instance: dg.DagsterInstance, run_key: str) -> list[dg.DagsterRun]:
    """The runs that a sensor or schedule requested under a key, the newest first."""
    return list(instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: run_key}), limit=MOST_RUNS))


def read_outcome(instance: dg.DagsterInstance, record: dg.RunRecord) -> RunOutcome:
    """What a run that has ended did. `record` is its row in the instance."""
    run = record.dagster_run
    failures: tuple[GameFailure, ...] = ()
    message, recorded = "", dict[str, frozenset[int]]()
    appids, succeeded = list_appids(run), run.status is dg.DagsterRunStatus.SUCCESS
    if not succeeded:
        message, failures = _read_failure(instance, run.run_id)
    if not appids or not (succeeded or failures):
        recorded = _read_recorded(instance, run.run_id)
    return RunOutcome(
        run_id=run.run_id,
        job_name=run.job_name,
        status=run.status,
        appids=appids,
        stages=list_stages(run),
        failures=failures,
        message=message,
        ended_at=datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC),
        recorded=recorded,
    )


def list_appids(run: dg.DagsterRun) -> tuple[int, ...]:
    """The games that a run of the lineage was asked for, by its config or its one partition; none where it was asked
    for a range of several."""
    config: Any = run.run_config
    for name in ("ops", STEP_NAME, "config", "appids"):
        config = config.get(name) or {}
    if config:
        return tuple(config)
    first, last = run.tags.get(RANGE_START_TAG), run.tags.get(RANGE_END_TAG)
    key = run.tags.get(PARTITION_TAG) or (first if first == last else None)
    return (int(key),) if key and key.isdigit() else ()


def list_stages(run: dg.DagsterRun) -> tuple[Stage, ...]:
    """The stages that a run was asked for: all, unless it selects assets."""
    if not run.asset_selection:
        return tuple(Stage) if run.job_name == JOB_NAME else ()
    chosen = {key.to_user_string() for key in run.asset_selection}
    return tuple(stage for stage in Stage if stage.value in chosen)


def _read_failure(instance: dg.DagsterInstance, run_id: str) -> tuple[str, tuple[GameFailure, ...]]:
    message = ""
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED}
    for entry in _list_events(instance, run_id, kinds):
        event = entry.dagster_event
        if event is None or not event.is_step_failure:
            message = message or (event.message if event and event.message else "")
            continue
        told = event.step_failure_data.user_failure_data
        if told is None:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:  # Dagster's own error around the one that came first
                error = error.cause
            # The name alone: the words of an error that nobody foresaw may quote what it choked on.
            message = f"{error.cls_name or 'An error'} in {event.step_key}" if error else f"{event.step_key} failed"
            continue
        message = told.description or ""
        table = told.metadata.get("failed")
        if isinstance(table, dg.TableMetadataValue):
            return message, tuple(_parse_failure(row.data) for row in table.records)
    return message or "The run ended without a word.", ()


def _parse_failure(row: Mapping[str, object]) -> GameFailure:
    return GameFailure(
        appid=int(str(row["appid"])),
        stage=str(row["stage"]),
        code=str(row.get("code", "")),
        kind=str(row.get("kind", "")),
        reason=str(row.get("reason", "")),
    )


def _read_recorded(instance: dg.DagsterInstance, run_id: str) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for entry in _list_events(instance, run_id, {dg.DagsterEventType.ASSET_MATERIALIZATION}):
        event = entry.dagster_event
        if event is not None and event.asset_key is not None and event.partition and event.partition.isdigit():
            found.setdefault(event.asset_key.to_user_string(), set()).add(int(event.partition))
    return {asset: frozenset(appids) for asset, appids in found.items()}


def _list_events(
    instance: dg.DagsterInstance, run_id: str, kinds: set[dg.DagsterEventType]
) -> Sequence[dg.EventLogEntry]:
    entries: list[dg.EventLogEntry] = []
    cursor: str | None = None
    while True:
        page = instance.get_records_for_run(run_id, cursor, kinds, limit=EVENTS_A_READ)
        entries += [record.event_log_entry for record in page.records]
        if not page.has_more:
            return entries
        cursor = page.cursor
