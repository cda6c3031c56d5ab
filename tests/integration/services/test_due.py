"""What a crawl, a failure and a person do to a game's next moment."""

from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.errors import NotFoundError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.due import DueState
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.due import DueService
from steampulse_dagster.services.lineage import build_failure
from steampulse_dagster.services.quarantine import QuarantineService
from steampulse_dagster.services.status import StatusService
from tests.fake_steam import FakeSteam, fail, raw_review, respond

pytestmark = pytest.mark.integration

GAME, DAY = 10, timedelta(days=1)


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fake(clock):
    now = int(clock.now.timestamp())
    return FakeSteam(reviews={GAME: [raw_review(n, created=now - n * 3600) for n in range(1, 721)]})


@pytest.fixture
def crawl(db, fake, clock):
    return CrawlService(db, fake.open(), fresh_hours=6, clock=clock)


@pytest.fixture
def due(db, clock):
    with db.transaction() as conn:
        TrackingRepository(conn).insert_many({GAME: "Ten"}, reason=TrackReason.MANUAL, tracked_at=clock.now)
    return DueService(db, fresh_hours=6, clock=clock)


def state_of(db, appid=GAME):
    with db.connection() as conn:
        return CrawlStateRepository(conn).get(appid)


def error(kind, *, appid=GAME, **details):
    return SteamApiError(f"Store details of {appid}: Steam said no.", kind=kind, appid=appid, **details)


def note(due, kind, *, stage=Stage.GAMES, **details):
    failed = error(kind, **details)
    return due.note_stage_failure(build_failure(failed, appid=GAME, stage=stage), payload=failed.payload)


async def test_a_followed_game_is_due_until_it_is_crawled_and_then_by_its_own_interval(db, clock, crawl, due):
    assert [game.appid for game in due.list_due()] == [GAME]

    await crawl.crawl_reviews(GAME)

    assert due.list_due() == []
    state = state_of(db)
    # 24 reviews a day, 10 are useful: ten hours, so the rung of six.
    assert state.reviews_per_day == pytest.approx(24, abs=0.1)
    assert state.due_every == timedelta(hours=6)
    assert [game.state for game in due.list_upcoming()] == [DueState.WAITING]
    clock.now = state.next_due_at
    assert [game.appid for game in due.list_due()] == [GAME]


async def test_what_is_due_is_not_fresh_however_long_the_fresh_hours_are(db, fake, clock, crawl):
    await crawl.crawl_reviews(GAME)
    clock.now = state_of(db).next_due_at
    patient = CrawlService(db, fake.open(), fresh_hours=1_000, clock=clock)

    assert not (await patient.crawl_reviews(GAME)).skipped_fresh
    assert (await patient.crawl_reviews(GAME)).skipped_fresh


async def test_a_game_that_steam_does_not_know_is_given_up_and_a_run_that_names_it_brings_it_back(
    db, fake, clock, crawl, due
):
    reviews = fake.reviews.pop(GAME)
    while state_of(db) is None or state_of(db).dead_since is None:
        clock.now += DAY
        assert [game.appid for game in due.list_due()] == [GAME]
        with pytest.raises(SteamApiError):
            await crawl.crawl_reviews(GAME)

    clock.now += 90 * DAY
    assert due.list_due() == []
    (dead,) = due.list_failures()
    assert (dead.state, dead.last_error_kind, dead.failures) == (DueState.DEAD, "not_found", 3)
    assert dead.dead_reason == "3 failures in a row: not found"

    fake.reviews[GAME] = reviews
    await crawl.crawl_reviews(GAME)
    assert (due.list_failures(), [game.state for game in due.list_upcoming()]) == ([], [DueState.WAITING])


async def test_the_stored_row_tells_what_happened(db, fake, clock, crawl, due):
    fake.faults.extend([fail(503)] * 10)
    with pytest.raises(SteamApiError):
        await crawl.crawl_reviews(GAME)
    state = state_of(db)
    assert (state.last_error_kind, state.last_failed_at, state.consecutive_failures) == ("unavailable", clock.now, 1)
    assert "Reviews of 10" in state.last_error
    (game,) = due.list_failures()
    assert (game.state, game.due_at) == (DueState.BACKING_OFF, state.next_due_at)


async def test_a_walk_that_ended_early_is_told_as_incomplete(db, fake, crawl, due):
    fake.reviews[GAME], fake.totals[GAME] = [], 450
    fake.faults.extend([lambda: respond({"reviews": [], "query_summary": {"total_reviews": 450}})] * 9)
    await crawl.crawl_reviews(GAME)
    assert state_of(db).last_error_kind == "incomplete"


def test_a_failure_of_the_store_metadata_sets_the_game_back(db, clock, due):
    closes = clock.now + timedelta(hours=30)
    assert note(due, SteamErrorKind.BLOCKED, retry_at=closes)
    state = state_of(db)
    assert (state.last_error_kind, state.last_error) == ("blocked", "Store details of 10: Steam said no.")
    assert closes <= state.next_due_at < closes + timedelta(minutes=5)
    assert due.list_due() == []


def test_failures_of_the_reviews_are_noted_by_the_crawl_itself_and_not_twice(db, due):
    assert not note(due, SteamErrorKind.BLOCKED, stage=Stage.REVIEWS)
    assert state_of(db) is None


def test_an_unreadable_answer_of_the_store_is_kept_once_beside_the_failure(db, due):
    for answer in ('{"11": {}}', '{"12": {}}'):
        note(due, SteamErrorKind.UNEXPECTED_SHAPE, payload=answer)
    assert [(entry.appid, entry.payload) for entry in QuarantineService(db).list_entries()] == [(GAME, '{"12": {}}')]


def test_a_fault_of_this_program_sets_the_game_back_without_control_characters(db, due):
    broken = build_failure(error(SteamErrorKind.BLOCKED), appid=GAME, stage=Stage.REVIEWS).model_copy(
        update={"code": "UNEXPECTED_ERROR", "kind": None, "reason": "ValueError: \0" + "x" * 10_000}
    )
    assert due.note_stage_failure(broken)
    state = state_of(db)
    assert (state.last_error_kind, len(state.last_error)) == ("unexpected_error", 500)


def test_a_person_resets_a_game_and_hears_which_ones_had_not_failed(db, due):
    for _ in range(3):
        note(due, SteamErrorKind.NOT_FOUND)
    assert due.list_due() == []

    with pytest.raises(NotFoundError, match=r"Not failed, so nothing to reset: 20\. Reset: 10\."):
        due.reset_failures([GAME, 20])

    assert [game.appid for game in due.list_due()] == [GAME]
    assert due.reset_failures().appids == ()


async def test_status_tells_the_state_and_the_next_moment_of_each_game(db, clock, crawl, due):
    status = StatusService(db, fresh_hours=6, clock=clock)
    (before,) = status.list_games()
    await crawl.crawl_reviews(GAME)
    (after,) = status.list_games()
    assert (before.state, after.state) == (DueState.DUE, DueState.WAITING)
    assert after.next_due_at == state_of(db).next_due_at
