import gc
from collections import deque

import pytest

from steampulse_dagster.clients.steam import REVIEWS_PAGE
from steampulse_dagster.errors import SteamApiError
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.simulators.paging import OFFTOPIC
from tests.fake_steam import FakeSteam, fail, raw_review, respond
from tests.integration.services.crawl_helpers import Clock, ids_of, state_of, stored_ids

pytestmark = pytest.mark.integration

MARKED = "offtopic"


@pytest.fixture
def fake():
    return FakeSteam(reviews={10: [raw_review(number) for number in range(2000)]})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def crawl(db, fake, clock):
    async def crawl(cap=None, **options):
        service = CrawlService(db, fake.open(), fresh_hours=6, reviews_per_game=cap, clock=clock)
        clock.pass_hours(24 * 15)
        return await service.crawl_reviews(10, **options)

    return crawl


def declare(fake, first, last):
    """Steam marks a period; the ids of its reviews."""
    for review in fake.reviews[10][first:last]:
        review[OFFTOPIC] = True
    return [1000 + number for number in range(first, last)]


def asked_without(fake):
    return [page for page in fake.asked_pages() if page["filter_offtopic_activity"]]


async def test_a_game_without_off_topic_activity_costs_one_request_in_two_weeks(db, fake, clock, crawl):
    result = await crawl()
    assert (result.offtopic, result.offtopic_marked) == (0, 0)
    assert [page["num_per_page"] for page in asked_without(fake)] == [0]
    clock.pass_hours(-24 * 14)
    await crawl(force=True)
    assert len(asked_without(fake)) == 1
    await crawl()
    assert len(asked_without(fake)) == 2


async def test_a_period_declared_later_is_marked_and_the_walk_ends_where_it_is_made_up(db, fake, crawl):
    await crawl()
    expected = declare(fake, 1500, 1800)
    result = await crawl()
    assert (result.offtopic, result.offtopic_marked) == (300, 300)
    assert stored_ids(db, MARKED) == expected
    assert len(asked_without(fake)) <= 2 + 500 // REVIEWS_PAGE
    asked = len(fake.requests)
    await crawl()
    assert len(fake.requests) - asked == 2, "one page of updates, one comparison of totals"


async def test_the_flag_is_no_content(db, fake, crawl):
    await crawl()
    declare(fake, 1500, 1800)
    await crawl()
    result = await crawl(full=True)
    assert (result.updated, len(stored_ids(db, MARKED))) == (0, 300)
    assert stored_ids(db, "changed_at <> stored_at") == []


@pytest.mark.parametrize(("first", "last"), [(0, 400), (1600, 2000), (950, 1050)])
async def test_periods_at_the_start_at_the_end_and_across_pages_are_found(db, fake, crawl, first, last):
    expected = declare(fake, first, last)
    await crawl()
    assert stored_ids(db, MARKED) == expected


async def test_several_periods_are_found(db, fake, crawl):
    expected = declare(fake, 100, 180) + declare(fake, 1200, 1330)
    await crawl()
    assert stored_ids(db, MARKED) == expected


async def test_a_period_that_is_taken_back_is_unmarked(db, fake, crawl):
    declare(fake, 1500, 1800)
    await crawl()
    for review in fake.reviews[10]:
        review.pop(OFFTOPIC, None)
    result = await crawl()
    assert (result.offtopic, stored_ids(db, MARKED)) == (0, [])


async def test_reviews_that_vanished_are_not_taken_for_off_topic(db, fake, crawl):
    await crawl()
    everything = ids_of(fake)
    del fake.reviews[10][5::40]
    declare(fake, 800, 1000)
    expected = [int(review["recommendationid"]) for review in fake.reviews[10][800:1000]]
    await crawl()
    assert set(expected) <= set(stored_ids(db, MARKED))
    assert len(stored_ids(db, MARKED)) <= len(expected) + len(expected) // 40 + 1
    assert stored_ids(db) == everything, "a review that vanished stays stored"


async def test_a_list_cut_short_marks_nothing_and_is_walked_again(db, fake, crawl):
    await crawl()
    declare(fake, 200, 300)
    fake.faults = deque([None, None, None, lambda: respond({"cursor": "x", "query_summary": {"num_reviews": 0}})])
    await crawl()
    assert stored_ids(db, MARKED) == []
    await crawl()
    assert len(stored_ids(db, MARKED)) == 100


async def test_a_walk_that_failed_goes_on_at_its_cursor_and_fails_no_crawl(db, fake, crawl):
    declare(fake, 200, 300)
    await crawl(full=True)
    fake.reviews[10] = [raw_review(number) for number in range(2000)]
    expected = declare(fake, 100, 300)
    fake.faults = deque([None, None, None, None, *[fail(500)] * 4])
    result = await crawl()
    assert result.ended_early is None
    walk = state_of(db).offtopic.walk
    assert (walk.pages, state_of(db).last_error) == (2, None)
    asked = len(fake.requests)
    await crawl(force=True)
    assert [page["cursor"] for page in fake.asked_pages()[asked:]][1] == walk.cursor
    assert stored_ids(db, MARKED) == expected


async def test_a_sample_is_marked_too(db, fake, crawl):
    expected = set(declare(fake, 1000, 1400))
    result = await crawl(500)
    assert set(stored_ids(db, MARKED)) == set(stored_ids(db)) & expected
    assert result.offtopic_marked == pytest.approx(100, abs=40)


async def test_two_totals_that_differ_a_little_mean_nothing(fake, crawl):
    declare(fake, 1000, 1004)
    result = await crawl()
    assert (result.offtopic, len(asked_without(fake))) == (0, 1)


async def test_steams_number_is_asked_for_while_the_end_of_the_list_is_proven(db, fake, crawl):
    held = []
    answer = fake.page

    def note(query):
        held.append((query["num_per_page"], "date_range_end" in query))
        return answer(query)

    fake.page = note
    result = await crawl()
    assert (result.offtopic, result.pages) == (0, 21)
    assert sorted(held[-2:]) == [(0, False), (REVIEWS_PAGE, True)]


async def test_a_crawl_whose_end_cannot_be_proven_asks_for_no_number_that_nobody_waits_for(db, fake, crawl, caplog):
    answer = fake.page

    def refuse_what_is_asked_by_date(query):
        return fail(403)() if "date_range_end" in query or not query["num_per_page"] else answer(query)

    fake.page = refuse_what_is_asked_by_date
    with pytest.raises(SteamApiError):
        await crawl()
    gc.collect()
    assert [record for record in caplog.records if "never retrieved" in record.getMessage()] == []
    assert len(stored_ids(db)) == 2000
