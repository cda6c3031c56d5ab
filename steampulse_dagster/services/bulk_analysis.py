"""Analyses games by bulk jobs: the ordinary pipeline runs as far as stored answers carry it, and what it lacks is
pooled over all games into jobs. Repeat it as answers come in; each repeat finds more."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol

import structlog

from steampulse_dagster.clients.bedrock_models import Capabilities
from steampulse_dagster.errors import AnalystError, SteamPulseError
from steampulse_dagster.models.analysis_jobs import AnalysisState
from steampulse_dagster.models.batches import (
    BatchJob,
    BatchLimits,
    CollectOutcome,
    GameState,
    GameStep,
    SubmitOutcome,
)
from steampulse_dagster.models.llm import Delivery, LanguageModel
from steampulse_dagster.services.analysis_jobs import AnalysisJobService
from steampulse_dagster.services.batch_jobs import BatchJobService
from steampulse_dagster.services.batch_pool import PoolPart, RequestPool
from steampulse_dagster.services.batch_results import BatchResultService
from steampulse_dagster.services.bulk_model import BulkModel
from steampulse_dagster.services.ledger import Ledger, get_spending_run

log = structlog.get_logger()

Pipeline = Callable[[int], Awaitable[bool]]
"""Both passes over a game, in whatever way; whether there was anything to do."""


class OnStep(Protocol):
    """Called with what became of each game, and of each job."""

    def __call__(self, step: GameStep | BatchJob | CollectOutcome) -> None: ...


class BulkAnalysisService:
    """Submits, collects, and drives games to their reports. Everything is safe to kill, to repeat and to run twice."""

    def __init__(
        self,
        *,
        jobs: BatchJobService,
        results: BatchResultService,
        ledger: Ledger,
        tracker: AnalysisJobService,
        real_time: LanguageModel,
        build_pipeline: Callable[[LanguageModel], Pipeline],
        get_capabilities: Callable[[str], Capabilities],
        limits: BatchLimits,
        concurrency: int,
    ) -> None:
        self._jobs = jobs
        self._results = results
        self._ledger = ledger
        self._tracker = tracker
        self._real_time = real_time
        self._build_pipeline = build_pipeline
        self._get_capabilities = get_capabilities
        self._limits = limits
        self._concurrency = concurrency

    async def submit(self, appids: Sequence[int], *, on_step: OnStep) -> SubmitOutcome:
        """Take each game as far as stored answers carry it and put what is missing into jobs.

        Games whose requests are too few for a job are TOO_FEW: hand them to `finish`. Raises BudgetError,
        ObjectStoreError and AnalystError of a submit; jobs that were made before stay.
        """
        run_id = get_spending_run() or f"bulk-{uuid.uuid4().hex[:12]}"
        pool = RequestPool(self._limits, get_capabilities=self._get_capabilities)
        model = self._build_model(pool)
        pipeline, made = self._build_pipeline(model), list[BatchJob]()
        in_jobs: set[int] = set()

        async def launch(parts: Sequence[PoolPart]) -> None:
            for part in parts:
                job = await self._launch(part, run_id=run_id, in_jobs=in_jobs)
                if job is not None:
                    made.append(job)
                    on_step(job)

        async def step(appid: int) -> GameStep:
            found = await self._step(appid, pipeline, model)
            await launch(pool.take_full())
            return found

        try:
            found = await self._drive(appids, step)
            await launch(pool.take_rest())
        finally:
            pool.close()
        games = tuple(_place(game, in_jobs=in_jobs | model.held.keys()) for game in found)
        for game in games:
            on_step(game)
        return SubmitOutcome(jobs=tuple(made), games=games)

    async def finish(self, appids: Sequence[int], *, on_step: OnStep) -> tuple[GameStep, ...]:
        """Drive games to their reports in real time; answers that are stored cost nothing."""
        pipeline = self._build_pipeline(self._real_time)

        async def step(appid: int) -> GameStep:
            found = await self._step(appid, pipeline, None)
            on_step(found)
            return found

        return await self._drive(appids, step)

    async def collect(self, *, on_step: OnStep) -> tuple[CollectOutcome, ...]:
        """Ask how the open jobs stand and read those that have ended into the ledger. Raises AnalystError,
        ObjectStoreError; what was read stays."""
        collected: list[CollectOutcome] = []
        for job in await self._jobs.watch():
            on_step(job)
            if job.status.ended and job.collected_at is None:
                outcome = await asyncio.to_thread(self._results.collect, job)
                on_step(outcome)
                collected.append(outcome)
        return tuple(collected)

    async def run(self, appids: Sequence[int], *, poll_seconds: float, on_step: OnStep) -> tuple[GameStep, ...]:
        """Drive games to their reports: jobs where they fill, real time where they do not, waiting in between."""
        ended: dict[int, GameStep] = {}
        waiting: Sequence[int] = appids
        while waiting:
            outcome = await self.submit(waiting, on_step=on_step)
            few = outcome.list_appids(GameState.TOO_FEW)
            ended |= {game.appid: game for game in outcome.games}
            ended |= {game.appid: game for game in await self.finish(few, on_step=on_step)}
            waiting = outcome.list_appids(GameState.WAITING)
            if waiting and not await self._wait(poll_seconds, on_step):
                # Another process collected what the games waited for, or is about to.
                await asyncio.sleep(poll_seconds)
        return tuple(ended[appid] for appid in appids)

    async def _wait(self, poll_seconds: float, on_step: OnStep) -> bool:
        """Until all open jobs are collected: the fuller the next job, the cheaper. False if none was open."""
        waited, told = False, ""
        while await asyncio.to_thread(self._jobs.list_open):
            try:
                await self.collect(on_step=on_step)
            except SteamPulseError as error:
                if not error.retryable:
                    raise
                if error.message != told:
                    log.warning("jobs_not_collected", reason=error.message)
                told = error.message
            waited = True
            if await asyncio.to_thread(self._jobs.list_open):
                await asyncio.sleep(poll_seconds)
        return waited

    async def _launch(self, part: PoolPart, *, run_id: str, in_jobs: set[int]) -> BatchJob | None:
        try:
            job = await self._jobs.submit(part, run_id=run_id, minimum=self._limits.minimum_records)
            if job is not None:
                in_jobs |= part.appids
            return job
        finally:
            part.close()

    async def _step(self, appid: int, pipeline: Pipeline, model: BulkModel | None) -> GameStep:
        mode = Delivery.REAL_TIME if model is None else Delivery.BATCH
        try:
            async with self._tracker.track(appid, mode=mode) as work:
                try:
                    work.worked = await pipeline(appid)
                except AnalystError:
                    if model is None or not (model.noted[appid] or model.held[appid]):
                        raise
                    work.worked, work.state = True, AnalysisState.WAITING_FOR_BATCH
                    return GameStep(appid=appid, state=GameState.WAITING)
        except SteamPulseError as error:
            return GameStep(appid=appid, state=GameState.FAILED, error=error.message)
        return GameStep(appid=appid, state=GameState.DONE)

    async def _drive(self, appids: Sequence[int], step: Callable[[int], Awaitable[GameStep]]) -> tuple[GameStep, ...]:
        left, found = iter(appids), list[GameStep]()

        async def drive() -> None:
            for appid in left:
                found.append(await step(appid))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._concurrency, len(appids))):
                    group.create_task(drive())
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        return tuple(found)

    def _build_model(self, pool: RequestPool) -> BulkModel:
        return BulkModel(
            self._real_time,
            ledger=self._ledger,
            pool=pool,
            takes_jobs=lambda model: self._get_capabilities(model).batch,
            count_failures=self._jobs.count_failures,
        )


def _place(game: GameStep, *, in_jobs: Collection[int]) -> GameStep:
    """A game that waits, but for nothing in any job: its requests were too few."""
    if game.state is GameState.WAITING and game.appid not in in_jobs:
        return game.model_copy(update={"state": GameState.TOO_FEW})
    return game
