"""Drives a set of games through the stages concurrently; one bad game never fails its neighbours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.models.analysis import ChunkOutcome
from steampulse_dagster.models.games import GameCrawlResult
from steampulse_dagster.models.lineage import Stage, StageFailure, StageSuccess
from steampulse_dagster.models.reports import ReportOutcome
from steampulse_dagster.models.reviews import CrawlResult
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.progress import Progress
from steampulse_dagster.services.reports import ReportService

log = structlog.get_logger()

StageOutcome = StageSuccess | StageFailure
OnOutcome = Callable[[StageOutcome], Awaitable[None]]


class LineageService:
    """Takes games from Steam to their reports, as far as the chosen stages go."""

    def __init__(
        self, *, crawl: CrawlService, analysis: AnalysisService, reports: ReportService, concurrency: int
    ) -> None:
        self._crawl = crawl
        self._analysis = analysis
        self._reports = reports
        self._concurrency = concurrency

    async def run(
        self,
        appids: Sequence[int],
        *,
        stages: Sequence[Stage],
        force: bool,
        progress: Progress,
        on_outcome: OnOutcome,
    ) -> list[StageFailure]:
        """Drive every game through `stages` in order; returns the failures, at most one for each game.

        `on_outcome` is awaited after each stage of each game. `force` fetches although what is stored is recent.
        """
        slots = asyncio.Semaphore(self._concurrency)

        async def drive(appid: int) -> None:
            async with slots:
                failure = await self._run_game(appid, stages, force=force, progress=progress, on_outcome=on_outcome)
            if failure is not None:
                progress.failures.append(failure)
            progress.games_done += 1

        progress.games_total += len(appids)
        async with asyncio.TaskGroup() as group:
            for appid in appids:
                group.create_task(drive(appid))
        return sorted(progress.failures, key=lambda failure: failure.appid)

    async def _run_game(
        self, appid: int, stages: Sequence[Stage], *, force: bool, progress: Progress, on_outcome: OnOutcome
    ) -> StageFailure | None:
        for stage in stages:
            outcome = await self._run_stage(appid, stage, force=force, progress=progress)
            await on_outcome(outcome)
            if isinstance(outcome, StageFailure):
                log.info("stage_failed", appid=appid, stage=stage.value, code=outcome.code, reason=outcome.reason)
                return outcome
        return None

    async def _run_stage(self, appid: int, stage: Stage, *, force: bool, progress: Progress) -> StageOutcome:
        progress.enter(stage)
        started = time.monotonic()
        try:
            result = await self._ask(appid, stage, force=force, progress=progress)
            return StageSuccess(appid=appid, stage=stage, result=result, seconds=time.monotonic() - started)
        except SteamPulseError as error:
            return StageFailure(
                appid=appid, stage=stage, code=error.code, reason=error.message, retryable=error.retryable
            )
        except Exception as error:
            log.exception("stage_broke", appid=appid, stage=stage.value)
            reason = f"{type(error).__name__}: {error}"
            return StageFailure(appid=appid, stage=stage, code="UNEXPECTED_ERROR", reason=reason, retryable=False)
        finally:
            progress.leave(stage)

    async def _ask(
        self, appid: int, stage: Stage, *, force: bool, progress: Progress
    ) -> GameCrawlResult | CrawlResult | ChunkOutcome | ReportOutcome:
        def crawled(reviews: int) -> None:
            progress.reviews_crawled += reviews

        def analysed(chunks: int, reviews: int) -> None:
            progress.chunks_analysed += chunks
            progress.reviews_analysed += reviews

        match stage:
            case Stage.GAMES:
                game = await self._crawl.crawl_game(appid, force=force)
                progress.pages_fetched += game.fetched
                return game
            case Stage.REVIEWS:
                crawl = await self._crawl.crawl_reviews(appid, force=force, on_progress=crawled)
                progress.pages_fetched += crawl.pages
                progress.reviews_stored += crawl.inserted + crawl.updated
                return crawl
            case Stage.CHUNK_SUMMARIES:
                return await self._analysis.summarize_chunks(appid, on_progress=analysed)
            case Stage.REPORTS:
                outcome = await self._reports.write_report(appid)
                progress.reports_written += outcome.created
                return outcome
