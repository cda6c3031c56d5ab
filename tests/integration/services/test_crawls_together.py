"""Several crawls of the same games at once, as two runs on one database make them."""

import asyncio
import random
from datetime import timedelta

import pytest

from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.utils.db import Database, fetch_all
from tests.fake_steam import FakeSteam, raw_review
from tests.integration.services.crawl_helpers import Clock, ids_of, revisions, state_of, stored_ids

pytestmark = pytest.mark.integration

ROUNDS, CRAWLERS, REVIEWS = 12, 4, 450


@pytest.fixture
def fake():
    return FakeSteam(reviews={10: [raw_review(number) for number in range(REVIEWS)]})


async def crawl_at_once(url, fake, clock, *, rng):
    """Each with connections of its own, begun a little apart, so that they meet at every stage of a walk."""
    databases = [Database(url, pool_size=2) for _ in range(CRAWLERS)]
    services = [CrawlService(database, fake.open(), fresh_hours=0, clock=clock) for database in databases]

    async def crawl(service, turns):
        for _ in range(turns):
            await asyncio.sleep(0.001)
        return await service.crawl_reviews(10, force=True)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(crawl(service, rng.randrange(40))) for service in services]
    finally:
        for database in databases:
            database.close()
    return [task.result() for task in tasks]


async def test_crawls_of_one_game_at_once_store_it_once_and_keep_each_earlier_text_once(db, database_url, fake):
    clock, rng, expected = Clock(), random.Random(3), []
    for number in range(ROUNDS):
        results = await crawl_at_once(database_url, fake, clock, rng=rng)
        assert [result.ended_early for result in results] == [None] * CRAWLERS
        assert (stored_ids(db), revisions(db)) == (ids_of(fake), sorted(expected))
        state = state_of(db)
        assert (state.under_way, state.last_error, state.stored) == (False, None, len(fake.reviews[10]))
        moment = 1_700_000_000 + (1000 + 50 * number) * 3600
        for review in rng.sample(fake.reviews[10], 30):
            expected.append((int(review["recommendationid"]), review["review"]))
            review |= {"review": f"version {number}", "timestamp_updated": moment}
        first = len(fake.reviews[10])
        fake.reviews[10] += [raw_review(n, created=moment + n) for n in range(first, first + 30)]
        clock.now += timedelta(days=3)


async def test_pages_stored_at_once_in_opposite_orders_never_wait_for_each_other_for_ever(database_url, fake):
    from steampulse_dagster.clients.steam_reviews import parse_review
    from tests.fake_steam import author_key_of

    def store(pages, version):
        database = Database(database_url, pool_size=1)
        try:
            for page in pages:
                raws = [raw | {"review": f"{version}", "timestamp_updated": 1_800_000_000 + version} for raw in page]
                reviews = [parse_review(raw, appid=10, author_key_of=author_key_of) for raw in raws]
                with database.transaction() as conn:
                    ReviewRepository(conn).upsert_many(10, reviews)
        finally:
            database.close()

    reviews = fake.reviews[10]
    forwards = [reviews[start : start + 100] for start in range(0, REVIEWS, 50)]
    backwards = [page[::-1] for page in forwards[::-1]]
    async with asyncio.TaskGroup() as group:
        for version in range(8):
            group.create_task(asyncio.to_thread(store, backwards if version % 2 else forwards, version))
    database = Database(database_url, pool_size=1)
    with database.connection() as conn:
        rows = fetch_all(conn, "select count(*) as n, min(review) as low, max(review) as high from reviews")
    database.close()
    assert rows == [{"n": REVIEWS, "low": "7", "high": "7"}]
