"""Drives a set of games through the stages concurrently; one bad game never fails its neighbours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from steampulse_dagster.errors import DatabaseError, NoReviewsError, SteamApiError, SteamPulseError
from steampulse_dagster.models.analysis_jobs import AnalysisState
from steampulse_dagster.models.lineage import NothingToReport, Stage, StageFailure, StageResult, StageSuccess
from steampulse_dagster.models.reports import ReportOutcome
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.analysis_jobs import AnalysisJobService
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.crawl_games import GameCrawlService
from steampulse_dagster.services.due import DueService
from steampulse_dagster.services.progress import Progress
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.services.spending_guard import SpendingGuard

log = structlog.get_logger()

StageOutcome = StageSuccess | StageFailure
OnOutcome = Callable[[StageOutcome], Awaitable[None]]


class LineageService:
    """Takes games from Steam to their reports, as far as the chosen stages go."""

    def __init__(
        self,
        *,
        games: GameCrawlService,
        crawl: CrawlService,
        analysis: AnalysisService,
        reports: ReportService,
        due: DueService,
        jobs: AnalysisJobService,
        concurrency: int,
        guard: SpendingGuard | None = None,
    ) -> None:
        """`guard`: asked before a run begins that analyses, where that costs money."""
        self._games = games
        self._crawl = crawl
        self._analysis = analysis
        self._reports = reports
        self._due = due
        self._jobs = jobs
        self._concurrency = concurrency
        self._guard = guard

    async def run(
        self,
        appids: Sequence[int],
        *,
        stages: Sequence[Stage],
        force: bool,
        progress: Progress,
        on_outcome: OnOutcome,
        full: bool = False,
    ) -> list[StageFailure]:
        """Drive every game through `stages` in order; returns the failures, at most one for each game.

        `on_outcome` is awaited after each stage of each game. `force` fetches although what is stored is recent, `full`
        walks all reviews again. Raises BudgetError, with nothing done, where analysing what is stored of the games now
        would already cost more than is left.
        """
        left = iter(appids)

        async def drive() -> None:
            # A few tasks that take one game after another: a task for each of 100,000 games is 450 MB.
            for appid in left:
                with structlog.contextvars.bound_contextvars(appid=appid):
                    failure = await self._run_game(
                        appid, stages, force=force, full=full, progress=progress, on_outcome=on_outcome
                    )
                if failure is not None:
                    progress.failures.append(failure)
                progress.games_done += 1

        progress.games_total += len(appids)
        if Stage.CHUNK_SUMMARIES in stages and self._guard is not None:
            await self._guard.require_room(appids)
        if Stage.GAMES in stages:
            await self._games.expect(appids, force=force)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._concurrency, len(appids))):
                group.create_task(drive())
        return sorted(progress.failures, key=lambda failure: failure.appid)

    async def _run_game(
        self,
        appid: int,
        stages: Sequence[Stage],
        *,
        force: bool,
        full: bool,
        progress: Progress,
        on_outcome: OnOutcome,
    ) -> StageFailure | None:
        for stage in stages:
            outcome = await self._run_stage(appid, stage, force=force, full=full, progress=progress)
            await on_outcome(outcome)
            if isinstance(outcome, StageFailure):
                log.info("stage_failed", appid=appid, stage=stage.value, code=outcome.code, reason=outcome.reason)
                return outcome
        return None

    async def _run_stage(
        self, appid: int, stage: Stage, *, force: bool, full: bool, progress: Progress
    ) -> StageOutcome:
        progress.enter(stage)
        started = time.monotonic()
        try:
            result = await self._ask(appid, stage, force=force, full=full, progress=progress)
            return StageSuccess(appid=appid, stage=stage, result=result, seconds=time.monotonic() - started)
        except SteamPulseError as error:
            return await self._note(build_failure(error, appid=appid, stage=stage), error)
        except Exception as error:
            log.exception("stage_broke", appid=appid, stage=stage.value)
            reason = f"{type(error).__name__}: {error}"
            return await self._note(
                StageFailure(appid=appid, stage=stage, code="UNEXPECTED_ERROR", reason=reason, retryable=False)
            )
        finally:
            progress.leave(stage)

    async def _note(self, failure: StageFailure, error: SteamPulseError | None = None) -> StageFailure:
        """The failure, after the game was set back for it; a database that is out of order is no second failure."""
        payload = error.payload if isinstance(error, SteamApiError) else None
        try:
            await asyncio.to_thread(self._due.note_stage_failure, failure, payload=payload)
        except DatabaseError as broken:
            log.warning("failure_not_noted", appid=failure.appid, reason=broken.message)
        return failure

    async def _ask(self, appid: int, stage: Stage, *, force: bool, full: bool, progress: Progress) -> StageResult:
        def crawled(reviews: int) -> None:
            progress.reviews_crawled += reviews

        def analysed(chunks: int, reviews: int) -> None:
            progress.chunks_analysed += chunks
            progress.reviews_analysed += reviews

        match stage:
            case Stage.GAMES:
                game = await self._games.crawl_game(appid, force=force)
                progress.pages_fetched += game.fetched
                return game
            case Stage.REVIEWS:
                crawl = await self._crawl.crawl_reviews(appid, force=force, full=full, on_progress=crawled)
                progress.pages_fetched += crawl.pages
                progress.reviews_stored += crawl.inserted + crawl.updated
                return crawl
            case Stage.CHUNK_SUMMARIES:
                async with self._jobs.track(appid, manual=force) as work:
                    chunks = await self._analysis.summarize_chunks(appid, on_progress=analysed)
                    work.worked, work.state = chunks.analysed > 0, AnalysisState.QUEUED
                return chunks
            case Stage.REPORTS:
                return await self._report(appid, force=force, progress=progress)

    async def _report(self, appid: int, *, force: bool, progress: Progress) -> ReportOutcome | NothingToReport:
        async with self._jobs.track(appid, manual=force) as work:
            try:
                outcome = await self._reports.write_report(appid)
            except NoReviewsError as error:  # nobody's fault, and no other attempt mends it before there are reviews
                nothing = NothingToReport(appid=appid, reason=error.message)
                progress.without_report.append(nothing)
                return nothing
            work.worked = outcome.created
        progress.reports_written += outcome.created
        return outcome


def build_failure(error: SteamPulseError, *, appid: int, stage: Stage) -> StageFailure:
    """What a reader of the run needs of an error."""
    steam = error if isinstance(error, SteamApiError) else None
    return StageFailure(
        appid=appid,
        stage=stage,
        code=error.code,
        reason=error.message,
        retryable=error.retryable,
        kind=None if steam is None else steam.kind.value,
        retry_at=None if steam is None else steam.retry_at,
    )
