"""The lineage service on small fakes: neighbours of a bad game go on, and every outcome is told."""

from contextlib import asynccontextmanager

import pytest

from steampulse_dagster.errors import DatabaseError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.analysis import ChunkOutcome, Grounding
from steampulse_dagster.models.games import Game, GameCrawlResult, GameState
from steampulse_dagster.models.lineage import Stage, StageFailure, StageSuccess
from steampulse_dagster.models.reports import ReportOutcome
from steampulse_dagster.models.reviews import CrawlResult
from steampulse_dagster.services.analysis_jobs import TrackedWork
from steampulse_dagster.services.lineage import LineageService
from steampulse_dagster.services.progress import Progress

pytestmark = pytest.mark.unit

BLOCKED, BROKEN = 20, 30


class FakeCrawl:
    def __init__(self):
        self.forced = []

    async def expect(self, appids, *, force):
        pass

    async def crawl_game(self, appid, *, force):
        self.forced.append(force)
        game = Game(appid=appid, name="A game", slug="a-game", type="game", state=GameState.AVAILABLE)
        return GameCrawlResult(game=game, fetched=True)

    async def crawl_reviews(self, appid, *, force, full, on_progress):
        if appid == BLOCKED:
            raise SteamApiError("Steam blocks us.", kind=SteamErrorKind.BLOCKED, appid=appid)
        on_progress(60)
        return CrawlResult(appid=appid, pages=1, inserted=60, stored=60)


class FakeAnalysis:
    async def summarize_chunks(self, appid, *, on_progress):
        if appid == BROKEN:
            raise ZeroDivisionError("oh")
        on_progress(2, 60)
        return ChunkOutcome(appid=appid, chunks=2, analysed=2, reused=0, reviews=60, read=50, grounding=Grounding())


class FakeDue:
    def __init__(self):
        self.noted = []

    def note_stage_failure(self, failure, *, payload):
        self.noted.append((failure, payload))
        return True


class FakeJobs:
    @asynccontextmanager
    async def track(self, appid, *, manual):
        yield TrackedWork()


class FakeReports:
    async def write_report(self, appid):
        return ReportOutcome.model_construct(appid=appid, report_id=1, created=True)


async def run(appids, *, stages=tuple(Stage), force=False, due=None):
    crawl, progress, outcomes = FakeCrawl(), Progress(), []
    service = LineageService(
        games=crawl,
        crawl=crawl,
        analysis=FakeAnalysis(),
        reports=FakeReports(),
        due=due or FakeDue(),
        jobs=FakeJobs(),
        concurrency=2,
    )

    async def on_outcome(outcome):
        outcomes.append(outcome)

    failures = await service.run(appids, stages=stages, force=force, progress=progress, on_outcome=on_outcome)
    return crawl, progress, outcomes, failures


async def test_bad_games_fail_alone_with_their_stage_and_reason():
    _, progress, outcomes, failures = await run([10, BLOCKED, BROKEN, 40])

    assert [(f.appid, f.stage, f.code, f.retryable) for f in failures] == [
        (BLOCKED, Stage.REVIEWS, "STEAM_API_ERROR", False),
        (BROKEN, Stage.CHUNK_SUMMARIES, "UNEXPECTED_ERROR", False),
    ]
    assert failures[0].reason == "Steam blocks us."
    done = {o.appid for o in outcomes if isinstance(o, StageSuccess) and o.stage is Stage.REPORTS}
    assert done == {10, 40}
    assert progress.games_done == progress.games_total == 4
    assert not any(progress.running.values())


async def test_stages_after_a_failure_are_not_tried():
    _, _, outcomes, _ = await run([BLOCKED])

    assert [(type(o), o.stage) for o in outcomes] == [(StageSuccess, Stage.GAMES), (StageFailure, Stage.REVIEWS)]


async def test_only_the_chosen_stages_run_and_force_reaches_the_crawl():
    crawl, progress, outcomes, _ = await run([10], stages=[Stage.GAMES, Stage.REVIEWS], force=True)

    assert [o.stage for o in outcomes] == [Stage.GAMES, Stage.REVIEWS]
    assert crawl.forced == [True]
    assert (progress.pages_fetched, progress.reviews_stored, progress.chunks_analysed) == (2, 60, 0)


async def test_progress_tells_what_was_done_in_one_line():
    _, progress, _, _ = await run([10, BLOCKED])

    line = progress.describe()
    assert "games 2/2 (1 failed)" in line
    assert "reviews crawled 60" in line
    assert "analysed 60" in line
    assert not progress.nothing_new


async def test_every_failure_is_noted_with_its_kind_for_the_timetable():
    due = FakeDue()

    await run([10, BLOCKED, BROKEN], due=due)

    assert [(failure.appid, failure.kind) for failure, _ in due.noted] == [(BLOCKED, "blocked"), (BROKEN, None)]


async def test_a_database_that_is_out_of_order_is_no_second_failure():
    class Down:
        def note_stage_failure(self, failure, *, payload):
            raise DatabaseError("gone", retryable=True)

    _, _, _, failures = await run([BLOCKED], due=Down())

    assert [failure.reason for failure in failures] == ["Steam blocks us."]
