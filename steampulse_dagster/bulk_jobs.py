"""The job that moves games through bulk jobs of the language model: it reads what has ended, submits what games need
next, and ends. Nothing waits in a run: `batch_jobs_sensor` asks for the next one."""

import asyncio
from collections.abc import Sequence

import dagster as dg
from pydantic import Field

from steampulse_dagster import bootstrap_bulk, bootstrap_orchestration
from steampulse_dagster.assets.failures import to_failure
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.interrupts import run_until_interrupted
from steampulse_dagster.key_sets import GAMES_TAG, KIND_TAG, PRIORITY_TAG, REASON_TAG, Priority
from steampulse_dagster.models.batches import BatchJob, CollectOutcome, GameState, GameStep, SubmitOutcome
from steampulse_dagster.services.bulk_queue import BulkQueueService
from steampulse_dagster.task_sizes import MIDDLING_TASK

JOB_NAME = "advance_bulk_job"
STEP_NAME = "advance_bulk"
SHOWN_ROWS = 200


class BulkConfig(dg.Config):
    """Config of the step."""

    appids: list[int] = Field(
        default=[], description="Tracked games to send on their way through bulk jobs, besides those that are on it."
    )


@dg.op(name=STEP_NAME, out=dg.Out(dg.Nothing))
def advance_bulk(context: dg.OpExecutionContext, config: BulkConfig) -> None:
    """Read the answers of bulk jobs that have ended, take each game as far as they carry it, put what is missing into
    new jobs. Games that no job can help any further are handed to a run that finishes and records them."""
    from steampulse_dagster.services.ledger import spending_run

    queue = bootstrap_orchestration.build_bulk_queue()
    try:
        queue.queue(config.appids)
        with spending_run(context.run_id):
            collected, outcome = run_until_interrupted(lambda: _advance(context, queue))
    except SteamPulseError as error:
        raise to_failure(error) from error
    context.log_event(dg.AssetObservation(asset_key="chunk_summaries", metadata=describe_advance(collected, outcome)))


async def _advance(
    context: dg.OpExecutionContext, queue: BulkQueueService
) -> tuple[tuple[CollectOutcome, ...], SubmitOutcome]:
    def tell(step: GameStep | BatchJob | CollectOutcome) -> None:
        if not isinstance(step, GameStep):  # a line for each game would be thousands
            context.log.info(describe_step(step))

    async with bootstrap_bulk.open_bulk_analysis() as bulk:
        collected = await bulk.collect(on_step=tell)
        appids = await asyncio.to_thread(queue.take_to_advance)
        context.log.info(f"{len(collected)} jobs have ended; {len(appids)} games go on.")
        outcome = await bulk.submit(appids, on_step=tell)
        await asyncio.to_thread(queue.note_steps, outcome.games)
    return collected, outcome


def describe_step(step: BatchJob | CollectOutcome) -> str:
    """A line for the run's log."""
    match step:
        case BatchJob():
            return f"job {step.batch_id}: {step.status.value}, {step.records:,} records, {step.model}"
        case CollectOutcome():
            return (
                f"job {step.batch_id} ({step.status.value}): {step.answered:,} answers stored, {step.failed:,} records "
                f"failed, {step.missing:,} not answered, of {len(step.appids):,} games"
            )


def describe_advance(collected: Sequence[CollectOutcome], outcome: SubmitOutcome) -> dict[str, dg.MetadataValue]:
    """What a person reads of a step: jobs that ended, jobs that were made, where the games stand."""
    counts = {state: len(outcome.list_appids(state)) for state in GameState}
    handed = len(outcome.games) - counts[GameState.WAITING]
    stopped = [game for game in outcome.games if game.state is GameState.FAILED]
    metadata: dict[str, dg.MetadataValue] = {
        "games that wait for jobs": dg.MetadataValue.int(counts[GameState.WAITING]),
        "games handed to the run that finishes them": dg.MetadataValue.int(handed),
        "games with too few requests for a job": dg.MetadataValue.int(counts[GameState.TOO_FEW]),
        "answers stored": dg.MetadataValue.int(sum(one.answered for one in collected)),
        "records without an answer": dg.MetadataValue.int(sum(one.failed + one.missing for one in collected)),
    }
    if outcome.jobs:
        metadata["jobs made"] = _table(
            [{"job": job.batch_id, "model": job.model, "records": job.records} for job in outcome.jobs]
        )
    if stopped:
        metadata["games that failed"] = _table(
            [{"appid": game.appid, "reason": game.error or ""} for game in stopped[:SHOWN_ROWS]]
        )
    return metadata


def _table(rows: Sequence[dict[str, str | int]]) -> dg.MetadataValue:
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows])


@dg.job(
    name=JOB_NAME,
    tags=MIDDLING_TASK,
    executor_def=dg.in_process_executor,
    description="Bulk jobs of Bedrock at half the price: read what has ended, submit what games need next, end. Name "
    "tracked games in the config of `advance_bulk` to send them on their way.",
)
def advance_bulk_job() -> None:
    """One step."""
    advance_bulk()


def build_bulk_request(appids: Sequence[int], *, run_key: str, reason: str) -> dg.RunRequest:
    """A run that sends these games on their way (none: those that are on it), for a schedule or sensor of this job."""
    return dg.RunRequest(
        run_key=run_key,
        job_name=JOB_NAME,
        run_config={"ops": {STEP_NAME: {"config": {"appids": list(appids)}}}},
        tags={
            PRIORITY_TAG: str(int(Priority.REANALYSIS)),
            KIND_TAG: "bulk",
            REASON_TAG: reason,
            **({GAMES_TAG: str(len(appids))} if appids else {}),
        },
    )
