"""`steampulse batch` and `steampulse jobs`: analysis by bulk jobs, and what re-analyses there were."""

import asyncio
import json
from collections.abc import Sequence

import click
from rich.table import Table

from steampulse_dagster import bootstrap, bootstrap_bulk, bootstrap_orchestration
from steampulse_dagster.cli.console import APPID, err, out, plain, when
from steampulse_dagster.config import get_settings
from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.batches import BatchJob, CollectOutcome, GameState, GameStep, SubmitOutcome
from steampulse_dagster.utils.clock import utc_now

APPIDS = click.argument("appids", nargs=-1, type=APPID)
ALL = click.option("--all", "all_games", is_flag=True, help="Every tracked game.")


@click.group("batch")
def batch_command() -> None:
    """Analyse games by bulk jobs of Bedrock, at half the price.

    \b
    `run` does everything and waits. In steps, each of which can be killed and repeated:
      submit    put what the games need into jobs
      collect   read the answers of jobs that have ended, and submit what their games need next
      status    the jobs
      stop      stop jobs
    """


@batch_command.command("run")
@APPIDS
@ALL
def run_command(appids: tuple[int, ...], *, all_games: bool) -> None:
    """Take games to their reports by bulk jobs, and wait for them.

    What would not fill a job (STEAMPULSE_BATCH_MINIMUM_RECORDS) is asked in real time. Killed, it goes on where it was.
    """
    chosen = _choose(appids, all_games=all_games)

    async def run() -> tuple[GameStep, ...]:
        async with bootstrap_bulk.open_bulk_analysis() as bulk:
            return await bulk.run(chosen, poll_seconds=get_settings().batch_poll_seconds, on_step=_Teller())

    _tell_failures(asyncio.run(run()))


@batch_command.command("submit")
@APPIDS
@ALL
def submit_command(appids: tuple[int, ...], *, all_games: bool) -> None:
    """Put what games need into bulk jobs; what would not fill one is asked in real time at once."""
    chosen = _choose(appids, all_games=all_games)
    _tell_failures(asyncio.run(_submit(chosen)))


@batch_command.command("collect")
def collect_command() -> None:
    """Read the answers of jobs that have ended into the ledger, and submit what their games need next."""

    async def collect() -> tuple[GameStep, ...]:
        async with bootstrap_bulk.open_bulk_analysis() as bulk:
            collected = await bulk.collect(on_step=_Teller())
        appids = sorted({appid for outcome in collected for appid in outcome.appids})
        return await _submit(appids) if appids else ()

    steps = asyncio.run(collect())
    if not steps:
        out.print("No job has ended since.")
    _tell_failures(steps)


@batch_command.command("status")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
def status_command(*, as_json: bool) -> None:
    """The open jobs and the newest of the others, as they were last seen."""
    counts = bootstrap_bulk.build_batch_job_reader().list_counts()
    games = bootstrap_orchestration.build_bulk_queue().count_games()
    if games and not as_json:
        out.print("Games that Dagster sends through jobs: " + ", ".join(f"{n:,} {state}" for state, n in games.items()))
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in counts], indent=2))
        return
    if not counts:
        out.print("No bulk job was made yet: `steampulse batch run --all`.")
        return
    table, now = (
        Table("job", "status", "model", "games", "records", "answered", "failed", "made", "", box=None),
        utc_now(),
    )
    for one in counts:
        job = one.job
        table.add_row(
            str(job.batch_id),
            job.status.value + ("" if job.collected_at or not job.status.ended else ", not collected"),
            job.model,
            f"{one.games:,}",
            f"{job.records:,}",
            f"{one.answered:,}",
            f"{one.failed:,}",
            when(job.created_at, now=now),
            plain(job.error or ""),
        )
    out.print(table)


@batch_command.command("stop")
@click.argument("jobs", nargs=-1, type=click.IntRange(min=1))
@click.option("--all", "all_jobs", is_flag=True, help="Every open job.")
@click.option("--forget", is_flag=True, help="Give jobs up that Bedrock no longer knows; their answers are lost.")
def stop_command(jobs: tuple[int, ...], *, all_jobs: bool, forget: bool) -> None:
    """Stop jobs, by the numbers that `status` shows. What they have answered is charged, and `collect` reads it."""
    if bool(jobs) == all_jobs:
        raise click.UsageError("Name the jobs to stop, by number, or say --all.")
    service, _ = bootstrap_bulk.build_batch_services()
    for batch_id in jobs or [job.batch_id for job in service.list_open()]:
        job = service.forget(batch_id) if forget else asyncio.run(service.stop(batch_id))
        _tell(job)


@click.command("jobs")
@click.argument("appid", type=APPID, required=False)
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs; amounts as text, exact.")
def jobs_command(appid: int | None, *, limit: int, as_json: bool) -> None:
    """The newest re-analyses, of all games or of one: where each stands, why, by which delivery, at what cost.

    `run` begins the id of the run in the Dagster UI that worked on it last. What failed is tried again by itself after
    six hours where the schedules are on, and at once after `steampulse retry APPID`.
    """
    jobs = bootstrap.build_analysis_job_reader().list_newest(limit=limit, appid=appid)
    if as_json:
        click.echo(json.dumps([job.model_dump(mode="json") for job in jobs], indent=2))
        return
    if not jobs:
        out.print("Nothing was analysed yet: `steampulse run APPID`.")
        return
    table, now = Table("job", "appid", "game", "state", "why", "how", "cost", "began", "run", "", box=None), utc_now()
    for job in jobs:
        words = (job.state, job.reason, job.mode)
        table.add_row(
            str(job.job_id),
            str(job.appid),
            plain(job.game),
            *(word.value.replace("_", " ") for word in words),
            f"${job.cost_usd:,.4f}",
            when(job.created_at, now=now),
            # As much of it as the UI shows.
            (job.run_id or "")[:8],
            plain(job.error or ""),
        )
    out.print(table)


async def _submit(appids: Sequence[int]) -> tuple[GameStep, ...]:
    tell = _Teller()
    async with bootstrap_bulk.open_bulk_analysis() as bulk:
        outcome = await bulk.submit(appids, on_step=tell)
        finished = await bulk.finish(outcome.list_appids(GameState.TOO_FEW), on_step=tell)
    _tell_outcome(outcome)
    return (*(game for game in outcome.games if game.state is not GameState.TOO_FEW), *finished)


def _choose(appids: tuple[int, ...], *, all_games: bool) -> list[int]:
    if bool(appids) == all_games:
        raise click.UsageError("Name games, such as `steampulse batch run 570`, or say --all.")
    chosen = list(appids) or [game.appid for game in bootstrap.build_tracked_games().list_all()]
    if not chosen:
        raise ValidationError("No game is tracked yet: `steampulse track APPID` first.")
    return chosen


class _Teller:
    """Says what is new; a job that stands where it stood is not said again."""

    def __init__(self) -> None:
        self._said: dict[int, str] = {}

    def __call__(self, step: GameStep | BatchJob | CollectOutcome) -> None:
        if isinstance(step, BatchJob):
            if self._said.get(step.batch_id) == step.status.value:
                return
            self._said[step.batch_id] = step.status.value
        _tell(step)


def _tell(step: GameStep | BatchJob | CollectOutcome) -> None:
    match step:
        case BatchJob():
            reason = f": {step.error}" if step.error else ""
            out.print(f"job {step.batch_id}  {step.status.value}  {step.records:,} records{reason}", markup=False)
        case CollectOutcome():
            out.print(
                f"job {step.batch_id}  {step.answered:,} answers stored, {step.failed:,} records failed, "
                f"{step.missing:,} not answered, {step.stray:,} lines of no use"
            )
        case GameStep(state=GameState.DONE):
            out.print(f"{step.appid}  done")
        case GameStep(state=GameState.TOO_FEW):
            out.print(f"{step.appid}  too few requests for a job: asked in real time")
        case _:
            pass


def _tell_outcome(outcome: SubmitOutcome) -> None:
    waiting = outcome.list_appids(GameState.WAITING)
    if waiting:
        out.print(f"{len(waiting):,} games wait for jobs: `steampulse batch collect` reads what has ended.")


def _tell_failures(steps: Sequence[GameStep]) -> None:
    """Each game that failed, with the reason; exit 1 if any did."""
    failed = [step for step in steps if step.state is GameState.FAILED]
    for step in failed:
        err.print(f"{step.appid}: {step.error}", markup=False, soft_wrap=True)
    if failed:
        raise SystemExit(1)
