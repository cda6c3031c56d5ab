from collections import deque

import pytest

from steampulse_dagster.errors import SteamApiError
from steampulse_dagster.services.crawl import CrawlService
from tests.fake_steam import FakeSteam, fail, raw_review
from tests.integration.services.crawl_helpers import Clock, ids_of, state_of, stored_ids

pytestmark = pytest.mark.integration


@pytest.fixture
def fake():
    return FakeSteam(reviews={10: [raw_review(number) for number in range(3000)]})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def crawl(db, fake, clock):
    async def crawl(cap, **options):
        service = CrawlService(db, fake.open(), fresh_hours=6, reviews_per_game=cap, clock=clock)
        clock.pass_hours(24 * 60)
        return await service.crawl_reviews(10, **options)

    return crawl


async def test_a_larger_game_is_kept_as_a_sample_of_about_the_cap_that_knows_its_rate(db, crawl):
    result = await crawl(600)
    assert result.sample_rate == state_of(db).sample_rate == 0.2
    assert len(stored_ids(db)) == result.stored == pytest.approx(600, abs=90)
    assert result.completeness == pytest.approx(1, abs=0.15)
    assert result.ended_early is None


async def test_a_game_below_the_cap_is_kept_whole(db, fake, crawl):
    result = await crawl(3000)
    assert (result.sample_rate, stored_ids(db)) == (1.0, ids_of(fake))


async def test_a_review_once_in_stays_in_and_new_ones_come_in_at_the_same_rate(db, fake, crawl):
    await crawl(600)
    before = set(stored_ids(db))
    fake.reviews[10] += [raw_review(number) for number in range(3000, 6000)]
    result = await crawl(600)
    assert before < set(stored_ids(db))
    assert result.sample_rate == 0.2
    assert result.inserted == pytest.approx(600, abs=90)
    assert result.completeness == pytest.approx(1, abs=0.15)


async def test_a_higher_cap_adds_to_the_sample_and_no_cap_makes_it_whole(db, fake, crawl):
    await crawl(600)
    before = set(stored_ids(db))
    result = await crawl(1500)
    grown = set(stored_ids(db))
    assert before < grown
    assert result.inserted == len(grown) - len(before)
    assert (result.sample_rate, len(grown)) == (0.5, pytest.approx(1500, abs=110))
    assert (await crawl(None)).sample_rate == 1.0
    assert (stored_ids(db), state_of(db).sample_cap) == (ids_of(fake), None)


async def test_a_higher_cap_is_heeded_although_what_is_stored_is_fresh(db, fake, clock):
    for cap in (600, 1500):
        await CrawlService(db, fake.open(), fresh_hours=6, reviews_per_game=cap, clock=clock).crawl_reviews(10)
    assert state_of(db).sample_rate == 0.5


async def test_a_lower_cap_and_one_that_comes_later_throw_nothing_away(db, fake, crawl):
    await crawl(600)
    before = stored_ids(db)
    asked = len(fake.requests)
    assert (await crawl(10)).sample_rate == 0.2
    assert stored_ids(db) == before
    assert len(fake.requests) - asked <= 3


async def test_a_cap_that_comes_later_leaves_a_whole_game_whole(db, fake, crawl):
    await crawl(None)
    assert (await crawl(100)).sample_rate == 1.0
    assert stored_ids(db) == ids_of(fake)


async def test_totals_that_fall_do_not_walk_a_sampled_game_again(db, fake, crawl):
    await crawl(600)
    fake.totals[10] = 2000
    result = await crawl(600)
    assert (result.sample_rate, result.pages) == (0.2, 1)


async def test_a_sample_is_chosen_although_the_first_try_failed(db, fake, crawl):
    fake.faults = deque([None, *[fail(500)] * 4])
    with pytest.raises(SteamApiError):
        await crawl(600)
    await crawl(600)
    assert state_of(db).sample_rate == 0.2
    assert len(stored_ids(db)) == pytest.approx(600, abs=90)


async def test_growing_goes_on_where_it_was_killed(db, fake, crawl):
    await crawl(600)
    fake.faults = deque([None, None, None, *[fail(500)] * 4])
    with pytest.raises(SteamApiError):
        await crawl(None)
    asked = len(fake.requests)
    await crawl(None)
    assert fake.asked_pages()[asked]["cursor"] != "*"
    assert stored_ids(db) == ids_of(fake)


async def test_edits_of_a_sampled_game_are_found_as_deep_as_they_go(db, fake, crawl):
    await crawl(600)
    for review in fake.reviews[10][:450]:
        review |= {"review": "edited", "timestamp_updated": review["timestamp_created"] + 3600 * 5000}
    result = await crawl(600)
    edited = set(stored_ids(db, "review = 'edited'"))
    assert edited == set(stored_ids(db)) & {int(review["recommendationid"]) for review in fake.reviews[10][:450]}
    assert result.pages in (5, 6)
