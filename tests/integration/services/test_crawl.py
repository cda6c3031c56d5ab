import asyncio
import time
from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.reviews import CrawlPhase
from steampulse_dagster.repositories.candidates import CandidateRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.utils.db import execute, fetch_all
from tests.fake_steam import FakeSteam, fail, raw_review, respond
from tests.selection_rows import follow, store_report

pytestmark = pytest.mark.integration


class Killed(BaseException):
    """Nothing in the product catches it."""


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_hours(self, hours):
        self.now += timedelta(hours=hours)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def fake():
    return FakeSteam(reviews={10: [raw_review(number) for number in range(350)]})


@pytest.fixture
def service(db, fake, clock):
    return CrawlService(db, fake.open(), fresh_hours=6, clock=clock)


def state_of(db, appid=10):
    with db.connection() as conn:
        return CrawlStateRepository(conn).get(appid)


def stored_ids(db, appid=10):
    with db.connection() as conn:
        rows = fetch_all(conn, "select recommendationid from reviews where appid = %(a)s order by 1", {"a": appid})
    return [row["recommendationid"] for row in rows]


def all_ids(fake, appid=10):
    return sorted(int(review["recommendationid"]) for review in fake.reviews[appid])


async def test_a_first_crawl_stores_every_review_once_and_says_how_complete_it_is(db, fake, clock, service):
    seen = []
    result = await service.crawl_reviews(10, on_progress=seen.append)
    assert stored_ids(db) == all_ids(fake)
    assert (result.inserted, result.stored, result.reported, result.completeness) == (350, 350, 350, 1.0)
    assert (result.pages, sum(seen), result.ended_early) == (5, 350, None)
    state = state_of(db)
    assert (state.phase, state.cursor, state.stored) == (CrawlPhase.UPDATES, None, 350)
    assert state.high_water == datetime.fromtimestamp(1_700_000_000 + 349 * 3600, UTC)
    assert state.finished_at == clock.now
    assert timedelta(days=15) < state.next_due_at - clock.now <= timedelta(days=30)


async def test_a_crawl_leaves_the_counts_of_what_is_new_since_the_report(db, fake, clock, service):
    await service.crawl_reviews(10)
    newest = max(review["timestamp_created"] for review in fake.reviews[10])
    with db.transaction() as conn:
        store_report(conn, 10, reviews=350, positive=350)
        execute(conn, "update report_heads set newest_review_at = to_timestamp(%(at)s)", {"at": newest})
        follow(conn, 10)
    fake.reviews[10] += [raw_review(number, voted_up=number % 3 == 0) for number in range(350, 380)]
    clock.pass_hours(24)
    await service.crawl_reviews(10, force=True)
    with db.connection() as conn:
        (news,) = CandidateRepository(conn).list_news(analyst_key=None, least=10)
    assert (news.stored, news.analysed, news.recent, news.recent_positive) == (380, 350, 30, 10)


async def test_within_the_fresh_hours_nothing_is_asked_for(fake, clock, service):
    await service.crawl_reviews(10)
    asked = len(fake.requests)
    clock.pass_hours(5.9)
    result = await service.crawl_reviews(10)
    assert (result.skipped_fresh, result.stored, result.pages, result.completeness) == (True, 350, 0, 1.0)
    assert len(fake.requests) == asked


async def test_force_asks_although_it_is_fresh(service):
    await service.crawl_reviews(10)
    result = await service.crawl_reviews(10, force=True)
    assert (result.skipped_fresh, result.pages, result.unchanged) == (False, 1, 100)


async def test_a_later_crawl_reads_one_page_and_finds_what_is_new_and_what_was_edited(db, fake, clock, service):
    await service.crawl_reviews(10)
    old = fake.reviews[10][3]
    old |= {"review": "changed my mind", "voted_up": False, "timestamp_updated": 1_700_000_000 + 400 * 3600}
    fake.reviews[10].append(raw_review(360))
    clock.pass_hours(7)
    result = await service.crawl_reviews(10)
    assert (result.pages, result.inserted, result.updated, result.stored) == (1, 1, 1, 351)
    assert stored_ids(db) == all_ids(fake)
    with db.connection() as conn:
        assert fetch_all(conn, "select recommendationid, review from review_revisions") == [
            {"recommendationid": 1003, "review": "Review number 3"}
        ]
        assert ReviewRepository(conn).list_by_ids(10, [1003])[0].review == "changed my mind"
    assert state_of(db).high_water == datetime.fromtimestamp(1_700_000_000 + 400 * 3600, UTC)


async def test_a_later_crawl_goes_as_deep_as_there_is_news(db, fake, clock, service):
    await service.crawl_reviews(10)
    fake.reviews[10] += [raw_review(number) for number in range(400, 650)]
    clock.pass_hours(7)
    result = await service.crawl_reviews(10)
    assert (result.inserted, result.pages) == (250, 4)
    assert stored_ids(db) == all_ids(fake)


async def test_a_failed_page_keeps_the_cursor_and_the_reason(db, fake, clock, service):
    fake.faults = deque([None, None, *[fail(500)] * 4])
    with pytest.raises(SteamApiError):
        await service.crawl_reviews(10)
    state = state_of(db)
    assert len(stored_ids(db)) == state.stored == 200
    assert state.cursor is not None
    assert (state.consecutive_failures, state.finished_at) == (1, None)
    assert "out of order" in state.last_error
    assert timedelta(minutes=5) <= state.next_due_at - clock.now < timedelta(minutes=7.5)


async def test_a_crawl_goes_on_where_it_failed_and_then_looks_for_what_came_meanwhile(db, fake, service):
    fake.faults = deque([None, None, *[fail(500)] * 4])
    with pytest.raises(SteamApiError):
        await service.crawl_reviews(10)
    asked = len(fake.requests)
    fake.reviews[10].append(raw_review(500))
    result = await service.crawl_reviews(10)
    assert stored_ids(db) == all_ids(fake)
    assert result.inserted == 151
    pages = fake.asked_pages()[asked:]
    assert pages[0]["cursor"] != "*"
    assert [page["filter"] for page in pages if page["num_per_page"]] == [1, 1, 1, 1, 2]
    assert (state_of(db).last_error, state_of(db).consecutive_failures) == (None, 0)


async def test_a_crawl_killed_while_storing_loses_and_repeats_nothing(db, fake, clock, service, monkeypatch):
    upsert, calls = CrawlStateRepository.upsert_many, []

    def die_on_third(self, states):
        upsert(self, states)
        calls.extend(states)
        if len(calls) == 3:
            raise Killed

    monkeypatch.setattr(CrawlStateRepository, "upsert_many", die_on_third)
    with pytest.raises(Killed):
        await service.crawl_reviews(10)
    monkeypatch.undo()
    kept = len(stored_ids(db))
    assert 200 <= kept == state_of(db).stored == calls[1].stored
    again = await CrawlService(db, fake.open(), fresh_hours=6, clock=clock).crawl_reviews(10)
    assert (again.inserted, stored_ids(db)) == (350 - kept, all_ids(fake))


async def test_pages_that_come_faster_than_they_are_stored_share_a_transaction(db, fake, service, monkeypatch):
    upsert, states = CrawlStateRepository.upsert_many, []

    def wait_for_the_fifth_request(self, stored):
        deadline = time.monotonic() + 10
        while len(fake.requests) < 5:
            assert time.monotonic() < deadline
        upsert(self, stored)
        states.extend(stored)

    monkeypatch.setattr(CrawlStateRepository, "upsert_many", wait_for_the_fifth_request)
    result = await service.crawl_reviews(10)
    assert (result.inserted, stored_ids(db)) == (350, all_ids(fake))
    stored = [state.stored for state in states]
    assert stored == sorted(stored)
    assert len(stored) <= 4, "six, if each of the four pages had a transaction of its own"


def jump(fake, *, over):
    """Answers a request with the page that it asks for and a cursor that leads past so many reviews behind it."""

    def answer():
        query = fake.asked_pages()[-1]
        field = "timestamp_updated" if query["filter"] == 2 else "timestamp_created"
        body = fake.page(query).json()
        last = int(body["response"]["reviews"][-1]["recommendationid"]) - over
        found = next(review for review in fake.reviews[10] if int(review["recommendationid"]) == last)
        return respond({**body["response"], "cursor": f"{found[field]}_{last}+/="})

    return answer


async def test_a_cursor_that_jumps_forward_in_the_list_loses_nothing(db, fake, service):
    fake.faults = deque([jump(fake, over=150)])
    result = await service.crawl_reviews(10)
    assert (result.inserted, stored_ids(db), result.ended_early) == (350, all_ids(fake), None)


@pytest.mark.parametrize("over", [60, 120, 480])
async def test_an_update_walk_that_seems_led_past_something_asks_the_page_before_again(db, fake, clock, service, over):
    await service.crawl_reviews(10)
    fake.reviews[10] += [raw_review(number) for number in range(350, 850)]
    clock.pass_hours(7)
    fake.faults = deque([jump(fake, over=over)])
    result = await service.crawl_reviews(10)
    assert (result.ended_early, stored_ids(db)) == (None, all_ids(fake))


async def test_an_honest_gap_in_an_update_walk_costs_one_request_and_is_believed(db, fake, clock, service):
    await service.crawl_reviews(10)
    fake.reviews[10] += [raw_review(number) for number in range(2000, 2100)]
    clock.pass_hours(7)
    result = await service.crawl_reviews(10)
    assert (result.pages, result.ended_early, stored_ids(db)) == (2 + 1, None, all_ids(fake))


async def test_a_cursor_that_always_jumps_over_the_news_is_seen_in_the_total_and_made_good(db, fake, clock, service):
    await service.crawl_reviews(10)
    fake.reviews[10] += [raw_review(number) for number in range(350, 850)]
    clock.pass_hours(7)
    fake.faults = deque([jump(fake, over=480), None, jump(fake, over=480)])
    result = await service.crawl_reviews(10)
    assert "450 of 850 are known" in result.ended_early
    clock.pass_hours(7)
    assert (await service.crawl_reviews(10)).ended_early is None
    assert stored_ids(db) == all_ids(fake)


async def test_new_reviews_that_arrive_during_the_walk_do_not_disturb_it(db, fake, clock, service):
    def arrive(_):
        fake.reviews[10].insert(0, raw_review(1000 + len(fake.reviews[10])))

    before = all_ids(fake)
    await service.crawl_reviews(10, on_progress=arrive)
    assert set(before) <= set(stored_ids(db))
    clock.pass_hours(7)
    await service.crawl_reviews(10)
    assert stored_ids(db) == all_ids(fake)


async def test_two_crawls_of_one_game_at_once_do_no_harm(db, fake, clock):
    services = [CrawlService(db, fake.open(), fresh_hours=0, clock=clock) for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(service.crawl_reviews(10)) for service in services]
    assert stored_ids(db) == all_ids(fake)
    assert sum(task.result().inserted for task in tasks) == 350
    assert state_of(db).stored == 350
    assert state_of(db).cursor is None


async def test_an_empty_page_before_the_end_is_asked_for_again(db, fake, service):
    fake.faults = deque([None, None, lambda: respond({"cursor": "x", "query_summary": {"num_reviews": 0}})])
    result = await service.crawl_reviews(10)
    assert stored_ids(db) == all_ids(fake)
    assert result.ended_early is None


async def test_a_list_shorter_than_reported_ends_well_with_its_completeness(db, fake, service):
    fake.totals[10] = 700
    result = await service.crawl_reviews(10)
    assert (result.stored, result.completeness, result.ended_early) == (350, 0.5, None)
    assert state_of(db).finished_at is not None


async def test_more_reviews_than_reported_are_all_stored(fake, service):
    fake.totals[10] = 340
    result = await service.crawl_reviews(10)
    assert (result.stored, result.completeness) == (350, pytest.approx(350 / 340))


def page_that_leads_nowhere():
    """The second page with the cursor that was sent for it."""
    page = [raw_review(number) for number in range(249, 149, -1)]
    cursor = f"{1_700_000_000 + 250 * 3600}_1250+/="
    return respond({"reviews": page, "cursor": cursor, "query_summary": {}})


async def test_a_cursor_that_repeats_once_is_asked_for_again(db, fake, service):
    fake.faults = deque([None, page_that_leads_nowhere])
    result = await service.crawl_reviews(10)
    assert (result.ended_early, stored_ids(db)) == (None, all_ids(fake))
    assert [bool(request.url.params.get("attempt")) for request in fake.asked("GetAppReviews")][:3] == [
        False,
        False,
        True,
    ]


async def test_a_cursor_that_always_repeats_is_passed_by_date_without_starting_over(db, fake, service):
    fake.faults = deque([None, *[page_that_leads_nowhere] * 4])
    result = await service.crawl_reviews(10)
    assert (result.ended_early, stored_ids(db)) == (None, all_ids(fake))
    pages = fake.asked_pages()
    assert pages[5]["date_range_end"] == 1_700_000_000 + 169 * 3600 + 1
    assert [page.get("cursor") for page in pages if page["num_per_page"]].count("*") == 3


async def test_a_walk_that_failed_after_a_broken_cursor_goes_on_by_date(db, fake, service):
    fake.faults = deque([None, *[page_that_leads_nowhere] * 4, *[fail(500)] * 4])
    with pytest.raises(SteamApiError):
        await service.crawl_reviews(10)
    state = state_of(db)
    assert (state.cursor, state.under_way, len(stored_ids(db))) == (None, True, 200)
    asked = len(fake.requests)
    await service.crawl_reviews(10)
    assert stored_ids(db) == all_ids(fake)
    assert fake.asked_pages()[asked]["date_range_end"] == int(state.window_end.timestamp())


async def test_an_empty_page_that_stays_empty_is_not_taken_for_the_end(db, fake, service):
    empty = lambda: respond({"query_summary": {"num_reviews": 0, "total_reviews": 9}})  # noqa: E731
    fake.faults = deque([None, *[empty] * 9])
    fake.totals[10] = 60
    result = await service.crawl_reviews(10)
    assert result.ended_early == "Steam sent an empty page before the end of the list: 100 of 60 reviews."
    assert state_of(db).finished_at is None
    assert (await service.crawl_reviews(10)).ended_early is None
    assert stored_ids(db) == all_ids(fake)


async def test_a_review_without_its_time_of_edit_does_not_end_an_update_walk(db, fake, clock, service):
    await service.crawl_reviews(10)
    fake.reviews[10] += [raw_review(number) for number in range(400, 600)]
    late = raw_review(599, author=raw_review(1)["author"])
    late["timestamp_created"] = 1_500_000_000
    raws = fake.reviews[10]
    raws[-1] = late | {"recommendationid": "5"}
    answer = fake.answer

    def forget_the_edit(request):
        response = answer(request)
        body = response.json()
        for raw in body["response"].get("reviews", []):
            if raw["recommendationid"] == "5":
                raw.pop("timestamp_updated")
        return respond(body["response"])

    fake.answer = forget_the_edit
    clock.pass_hours(7)
    await CrawlService(db, fake.open(), fresh_hours=0, clock=clock).crawl_reviews(10, force=True)
    assert stored_ids(db) == all_ids(fake)


async def test_a_review_from_the_future_does_not_hide_what_comes_later(db, fake, clock, service):
    fake.reviews[10][7]["timestamp_updated"] = 32_000_000_000
    await service.crawl_reviews(10)
    assert state_of(db).high_water < clock.now
    fake.reviews[10] += [raw_review(number) for number in range(400, 650)]
    clock.pass_hours(7)
    await service.crawl_reviews(10, force=True)
    assert stored_ids(db) == all_ids(fake)


async def test_an_update_walk_cut_short_keeps_the_mark_so_that_no_edit_is_lost(db, fake, clock, service):
    await service.crawl_reviews(10)
    mark = state_of(db).high_water
    fake.reviews[10] += [raw_review(number) for number in range(400, 650)]
    clock.pass_hours(7)
    empty = lambda: respond({"query_summary": {"num_reviews": 0}})  # noqa: E731
    fake.faults = deque([None, *[empty] * 4])
    result = await service.crawl_reviews(10)
    assert (result.ended_early, result.inserted) == (
        "Steam sent an empty page before the end of the list: 100 of 450 reviews.",
        100,
    )
    assert state_of(db).high_water == mark
    again = await service.crawl_reviews(10)
    assert (again.ended_early, again.inserted, stored_ids(db)) == (None, 150, all_ids(fake))


async def test_a_review_that_cannot_be_read_goes_to_the_quarantine_and_the_crawl_goes_on(db, fake, service):
    fake.reviews[10][5]["votes_up"] = {"odd": 1}
    fake.reviews[10][6]["voted_up"] = None
    result = await service.crawl_reviews(10)
    assert (result.quarantined, result.inserted) == (2, 348)
    again = await service.crawl_reviews(10, force=True)
    assert again.quarantined == 0
    with db.connection() as conn:
        rows = fetch_all(conn, "select source, appid, reason from quarantine order by reason")
    assert rows == [
        {"source": "reviews", "appid": 10, "reason": "timestamp_created or voted_up is missing"},
        {"source": "reviews", "appid": 10, "reason": "votes_up is no whole number but dict"},
    ]


async def test_a_game_without_reviews_is_complete_and_not_an_error(db, fake, service):
    fake.reviews[10] = []
    result = await service.crawl_reviews(10)
    assert (result.stored, result.reported, result.completeness, result.ended_early) == (0, 0, 1.0, None)
    assert state_of(db).finished_at is not None


async def test_a_game_with_reviews_that_hands_out_none_is_not_taken_for_complete(db, fake, service):
    fake.reviews[10], fake.totals[10] = [], 500
    result = await service.crawl_reviews(10)
    assert result.ended_early == "Steam reports 500 reviews and handed out none."
    assert state_of(db).finished_at is None


async def test_an_unknown_app_fails_with_its_kind(db, service):
    with pytest.raises(SteamApiError) as caught:
        await service.crawl_reviews(99)
    assert caught.value.kind is SteamErrorKind.NOT_FOUND
    assert "no such app" in state_of(db, 99).last_error


async def test_author_ids_are_hashed_with_a_salt_that_the_database_keeps(db, fake, clock):
    await CrawlService(db, fake.open(), fresh_hours=6, clock=clock).crawl_reviews(10)
    again = await CrawlService(db, fake.open(), fresh_hours=6, clock=clock).crawl_reviews(10, force=True)
    assert again.updated == 0
    with db.connection() as conn:
        keys = {row["author_key"] for row in fetch_all(conn, "select author_key from reviews")}
    assert len(keys) == 350
    assert all(len(key) == 32 and not key.isdigit() for key in keys)


async def test_a_salt_of_the_settings_wins_and_ids_are_stored_if_wanted(db, fake, clock):
    steam = fake.open()
    salted = CrawlService(db, steam, fresh_hours=6, clock=clock, author_salt=SecretStr("salt"))
    plain = CrawlService(db, steam, fresh_hours=6, clock=clock, store_author_ids=True)
    await salted.crawl_reviews(10)
    first = "select author_key from reviews where recommendationid = 1349"
    with db.connection() as conn:
        hashed = fetch_all(conn, first)
    await plain.crawl_reviews(10, force=True)
    with db.connection() as conn:
        assert fetch_all(conn, first) == [{"author_key": str(76561197960265729 + 349)}]
    assert len(hashed[0]["author_key"]) == 32
