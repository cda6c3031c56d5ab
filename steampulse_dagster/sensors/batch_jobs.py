"""Looks after bulk jobs of the language model: asks how they stand, requests the run that goes on with them, and the
key-set run that finishes and records their games.

Writes what it learns to `llm_batches` and `bulk_games`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from steampulse_dagster import bootstrap_bulk, bootstrap_orchestration
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.bulk_jobs import JOB_NAME, advance_bulk_job, build_bulk_request
from steampulse_dagster.config import get_settings
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.jobs import refresh_games_job
from steampulse_dagster.key_sets import Priority, build_run_request, digest_key_set, split_key_set
from steampulse_dagster.models.bulk_games import BulkLook
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.run_outcomes import RunOutcome, find_runs, is_over, read_outcome
from steampulse_dagster.services.bulk_queue import BulkQueueService

INTERVAL_SECONDS = 60
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
REMEMBERED_RUNS = 12
ANALYSIS = (Stage.CHUNK_SUMMARIES, Stage.REPORTS)


@dataclass(frozen=True)
class EndedRun:
    """A run of `advance_bulk_job`; without an end it is still at work."""

    run_id: str
    ended_at: datetime | None
    succeeded: bool


@dg.sensor(
    name="batch_jobs_sensor",
    jobs=[advance_bulk_job, refresh_games_job],
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=default_sensor_status(asks_steam=False, costs=False),
    description="Asks how bulk jobs stand; when one has ended, requests the run that reads it and submits what comes "
    "next, and finally the run that records the partitions of exactly its games.",
)
def batch_jobs_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick."""
    if get_settings().analyst != "bedrock":
        return dg.SkipReason("Bulk jobs are Bedrock's, and the analyst is another.")
    queue = bootstrap_orchestration.build_bulk_queue()
    told = _poll(queue.look())
    _close_recorded(context.instance, queue)
    look = queue.look()
    requests = [*_request_recording(context.instance, queue, look), *_request_advance(context.instance, look)]
    words = f"{told}{describe(look)}"
    return dg.SensorResult(run_requests=requests) if requests else dg.SkipReason(words)


def decide_advance(runs: Sequence[EndedRun], *, now: datetime) -> datetime | None:
    """From when the next run may go on, given the earlier ones, newest first; None while one is at work.

    After a failure the wait doubles, up to an hour: what refuses to be read now is asked again later.
    """
    if any(run.ended_at is None for run in runs):
        return None
    failed = 0
    for run in runs:
        if run.succeeded:
            break
        failed += 1
    if not failed or runs[0].ended_at is None:
        return now
    return runs[0].ended_at + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failed - 1))


def describe(look: BulkLook) -> str:
    """Where games and jobs stand, in a sentence."""
    if look.idle:
        return "No game is on its way through bulk jobs."
    recording = sum(len(appids) for appids in look.recording.values())
    return (
        f"{look.open_jobs} jobs are open, {len(look.ended_jobs)} of them ended; {look.in_jobs} games wait for jobs, "
        f"{len(look.to_advance)} go on, {len(look.ready) + recording} are being recorded."
    )


def _poll(look: BulkLook) -> str:
    """Ask the service how the open jobs stand; what went wrong, in words. The tables keep what was known before."""
    if look.open_jobs == len(look.ended_jobs):
        return ""
    try:
        jobs, _ = bootstrap_bulk.build_batch_services()
        asyncio.run(jobs.watch())
    except SteamPulseError as error:
        if not error.retryable:
            raise
        return f"Not every job could be asked ({error.message}). "
    return ""


def _request_advance(instance: dg.DagsterInstance, look: BulkLook) -> list[dg.RunRequest]:
    if not (look.to_advance or look.ended_jobs):
        return []
    runs, now = _list_advances(instance), datetime.now(UTC)
    at = decide_advance(runs, now=now)
    if at is None or at > now:
        return []
    run_key = f"bulk after {runs[0].run_id if runs else 'nothing'}"
    reason = f"{len(look.ended_jobs)} bulk jobs have ended, {len(look.to_advance)} games go on"
    return [build_bulk_request((), run_key=run_key, reason=reason)]


def _list_advances(instance: dg.DagsterInstance) -> list[EndedRun]:
    records = instance.get_run_records(dg.RunsFilter(job_name=JOB_NAME), limit=REMEMBERED_RUNS)
    return [
        EndedRun(
            run_id=record.dagster_run.run_id,
            ended_at=datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
            if record.dagster_run.is_finished
            else None,
            succeeded=record.dagster_run.status is dg.DagsterRunStatus.SUCCESS,
        )
        for record in records
    ]


def _request_recording(instance: dg.DagsterInstance, queue: BulkQueueService, look: BulkLook) -> list[dg.RunRequest]:
    """Runs for the games that are ready, and once more those whose runs were never made."""
    wanted = {key: appids for key, appids in look.recording.items() if not find_runs(instance, key)}
    for part in split_key_set(look.ready, size=get_settings().games_per_run):
        # Written down before the run is asked for: a tick that dies between the two asks again under the same key.
        run_key = f"bulk-record {datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f} {digest_key_set(part)}"
        queue.hand_over(part, run_key=run_key)
        wanted[run_key] = tuple(part)
    return [
        build_run_request(
            appids,
            stages=ANALYSIS,
            run_key=run_key,
            reason=f"Finishes {len(appids):,} games that bulk jobs take no further; what is stored is not asked again",
            priority=Priority.REANALYSIS,
        )
        for run_key, appids in wanted.items()
    ]


def _close_recorded(instance: dg.DagsterInstance, queue: BulkQueueService) -> None:
    for run_key, appids in queue.look().recording.items():
        runs = find_runs(instance, run_key)
        if not runs or not is_over(runs[0]):
            continue
        (record,) = instance.get_run_records(dg.RunsFilter(run_ids=[runs[0].run_id]))
        done, failed = sort_out(appids, read_outcome(instance, record))
        queue.close(run_key, done=done, failed=failed)


def sort_out(appids: Sequence[int], outcome: RunOutcome) -> tuple[list[int], dict[int, str]]:
    """Which games a run recorded a report of, and which it named as failed, with the reason."""
    recorded = outcome.list_done(Stage.REPORTS)
    reasons = {failure.appid: failure.reason for failure in outcome.failures}
    return [one for one in appids if one in recorded], {one: reasons[one] for one in appids if one in reasons}
