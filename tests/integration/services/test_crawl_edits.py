import random
from datetime import UTC, datetime

import pytest

from steampulse_dagster.services.crawl import CrawlService
from tests.fake_steam import FakeSteam, raw_review
from tests.integration.services.crawl_helpers import APPID, Clock, ids_of, revisions, state_of, stored_ids

pytestmark = pytest.mark.integration

STORED, EDITED, NEW = 10_000, 100, 100
LATER = 1_700_000_000 + STORED * 3600 + 86_400


@pytest.fixture
def clock():
    clock = Clock()
    clock.now = datetime.fromtimestamp(LATER + 30 * 86_400, UTC)
    return clock


@pytest.fixture
def fake():
    return FakeSteam(reviews={APPID: [raw_review(number) for number in range(STORED)]})


@pytest.fixture
def service(db, fake, clock):
    return CrawlService(db, fake.open(), fresh_hours=6, clock=clock)


def edit(fake, numbers, *, text, moment):
    for place, number in enumerate(numbers):
        fake.reviews[APPID][number] |= {"review": text, "timestamp_updated": moment + place}


async def test_one_per_cent_edited_and_one_per_cent_new_cost_about_two_per_cent_of_the_pages(db, fake, clock, service):
    first = await service.crawl_reviews(APPID)
    assert (first.inserted, first.pages) == (STORED, STORED // 100 + 1), "one that proves the end"
    edited = random.Random(1).sample(range(STORED), EDITED)
    edit(fake, edited, text="now I hate it", moment=LATER)
    fake.reviews[APPID] += [raw_review(STORED + n, created=LATER + 500 + n) for n in range(NEW)]
    clock.pass_hours(24)
    result = await service.crawl_reviews(APPID)
    assert (result.inserted, result.updated) == (NEW, EDITED)
    assert result.pages <= 4, "2 % of 100 pages are 2; the page that meets what is known is one more"
    assert stored_ids(db) == ids_of(fake)
    assert stored_ids(db, "review = 'now I hate it'") == sorted(1_000 + number for number in edited)
    assert revisions(db) == sorted((1_000 + number, f"Review number {number}") for number in edited)


async def test_every_text_that_a_review_had_at_a_crawl_is_kept(db, fake, clock, service):
    await service.crawl_reviews(APPID)
    for version in range(3):
        edit(fake, [5], text=f"version {version}", moment=LATER + 7200 * version)
        clock.pass_hours(24)
        await service.crawl_reviews(APPID)
    assert [text for _, text in revisions(db)] == ["Review number 5", "version 0", "version 1"]


async def test_an_edit_dated_in_the_future_hides_no_later_edit(db, fake, clock, service):
    await service.crawl_reviews(APPID)
    edit(fake, [7], text="from the future", moment=int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()))
    for version in range(3):
        edit(fake, [9], text=f"version {version}", moment=LATER + 7200 * version)
        clock.pass_hours(24)
        result = await service.crawl_reviews(APPID)
        assert state_of(db).high_water <= clock.now
        assert (result.pages, stored_ids(db, f"review = 'version {version}'")) == (1, [1009])
    assert stored_ids(db, "review = 'from the future'") == [1007]


async def test_a_review_dated_in_the_future_hides_no_later_edit_of_a_first_crawl(db, fake, clock, service):
    fake.reviews[APPID].append(raw_review(STORED, created=int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())))
    await service.crawl_reviews(APPID)
    edit(fake, [9], text="edited", moment=LATER)
    clock.pass_hours(24)
    await service.crawl_reviews(APPID)
    assert stored_ids(db, "review = 'edited'") == [1009]


async def test_a_clock_that_goes_back_loses_nothing(db, fake, clock, service):
    await service.crawl_reviews(APPID)
    clock.pass_hours(-24 * 365 * 30)
    edit(fake, [9], text="edited", moment=LATER)
    await service.crawl_reviews(APPID)
    assert stored_ids(db, "review = 'edited'") == [1009]
    clock.pass_hours(24 * 365 * 30 + 24)
    edit(fake, [11], text="edited", moment=LATER + 60)
    await service.crawl_reviews(APPID)
    assert stored_ids(db, "review = 'edited'") == [1009, 1011]


async def test_a_full_walk_sees_votes_that_changed_without_an_edit_and_loses_nothing(db, fake, clock, service):
    await service.crawl_reviews(APPID)
    fake.reviews[APPID][3]["votes_up"] = 777
    vanished = fake.reviews[APPID].pop(5000)
    clock.pass_hours(24)
    await service.crawl_reviews(APPID, force=True)
    assert stored_ids(db, "votes_up = 777") == []
    result = await service.crawl_reviews(APPID, full=True)
    assert (result.updated, stored_ids(db, "votes_up = 777")) == (1, [1003])
    assert int(vanished["recommendationid"]) in stored_ids(db), "a review that vanished stays stored"
    assert (result.inserted, revisions(db), state_of(db).high_water is not None) == (0, [], True)


async def test_a_game_without_reviews_costs_one_page_and_its_first_review_is_found(db, fake, clock, service):
    later = fake.reviews[APPID][:1]
    fake.reviews[APPID] = []
    assert (await service.crawl_reviews(APPID)).completeness == 1.0
    fake.reviews[APPID] = later
    clock.pass_hours(24 * 60)
    assert (await service.crawl_reviews(APPID)).inserted == 1
