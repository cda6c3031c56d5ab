"""Pages of several walks in one transaction: together where they wait together, never one at the cost of another."""

import asyncio
import threading

import pytest

from steampulse_dagster.clients.steam_reviews import parse_review
from steampulse_dagster.models.reviews import CrawlState, ReviewPage, UpsertCounts
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services import crawl_pages
from steampulse_dagster.services.crawl_pages import Batch, PageStore
from steampulse_dagster.utils.db import Database, fetch_rows
from tests.fake_steam import author_key_of, raw_review

pytestmark = pytest.mark.integration


def build_rows(appid, numbers, **changes):
    return [parse_review(raw_review(number, **changes), appid=appid, author_key_of=author_key_of) for number in numbers]


def build_batch(appid, *, reviews, stored=0, cursor="next", reviews_of=None):
    page = ReviewPage(reviews=tuple(build_rows(reviews_of or appid, reviews)), next_cursor=cursor)
    return Batch(CrawlState(appid=appid, cursor=cursor, stored=stored), [page])


def count_stored(db):
    with db.connection() as conn:
        return dict(fetch_rows(conn, "select appid, count(*) from reviews group by appid"))


def list_states(db):
    with db.connection() as conn:
        return dict(fetch_rows(conn, "select appid, stored from crawl_state"))


@pytest.fixture
def transactions(monkeypatch):
    """The games of each transaction, one at a time; the first one waits until the event is set."""
    upsert, seen, go_on = ReviewRepository.upsert_games, [], threading.Event()

    def note(self, reviews):
        first = not seen
        seen.append(list(reviews))
        if first:
            assert go_on.wait(10)
        return upsert(self, reviews)

    monkeypatch.setattr(crawl_pages, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(ReviewRepository, "upsert_games", note)
    return seen, go_on


async def store_at_once(store, batches, go_on, *, broken_off=()):
    """What storing each batch gave or raised; all are handed over before the first is through."""
    tasks = []
    for batch in batches:
        tasks.append(asyncio.create_task(store.store(batch)))
        await asyncio.sleep(0)
    for number in broken_off:
        tasks[number].cancel()
    await asyncio.sleep(0.05)
    go_on.set()
    await asyncio.wait(tasks)
    return [None if task.cancelled() else task.exception() or task.result() for task in tasks]


async def test_what_waits_at_the_same_moment_is_stored_in_one_transaction_with_each_games_state(db, transactions):
    seen, go_on = transactions
    batches = [build_batch(appid, reviews=range(appid), stored=100) for appid in (10, 40, 30, 20)]
    answers = await store_at_once(PageStore(db), batches, go_on)
    assert seen == [[10], [40, 30, 20]]
    assert [answer.counts for answer in answers] == [UpsertCounts(inserted=n) for n in (10, 40, 30, 20)]
    assert [list(answer.reviews) for answer in answers] == [[10], [40], [30], [20]]
    assert [answer.state.stored for answer in answers] == [110, 140, 130, 120]
    assert count_stored(db) == {10: 10, 20: 20, 30: 30, 40: 40}
    assert list_states(db) == {10: 110, 20: 120, 30: 130, 40: 140}


def test_new_unchanged_and_edited_reviews_are_counted_for_their_own_game(db):
    with db.transaction() as conn:
        repository = ReviewRepository(conn)
        old = build_rows(10, range(4)), build_rows(20, range(3))
        repository.upsert_games({10: old[0], 20: old[1]})
        [edited] = build_rows(20, [2], votes_up=7)
        counts = repository.upsert_games({30: build_rows(30, range(2)), 20: [*old[1][:2], edited], 10: old[0]})
    assert counts == {
        10: UpsertCounts(unchanged=4),
        20: UpsertCounts(unchanged=2, updated=1),
        30: UpsertCounts(inserted=2),
    }


async def test_a_game_that_cannot_be_stored_fails_alone(db, transactions):
    _, go_on = transactions
    bad = build_batch(30, reviews=range(3), reviews_of=31)
    batches = [build_batch(10, reviews=range(5)), build_batch(20, reviews=range(5)), bad, build_batch(40, reviews=[1])]
    answers = await store_at_once(PageStore(db), batches, go_on)
    assert isinstance(answers[2], ValueError)
    assert [answer.counts.inserted for answer in answers if answer is not answers[2]] == [5, 5, 1]
    assert count_stored(db) == list_states(db) == {10: 5, 20: 5, 40: 1}


async def test_two_walks_of_one_game_are_stored_one_behind_the_other(db, transactions):
    seen, go_on = transactions
    batches = [
        build_batch(10, reviews=range(5)),
        build_batch(20, reviews=range(5), cursor="a"),
        build_batch(20, reviews=range(8), cursor="b"),
    ]
    answers = await store_at_once(PageStore(db), batches, go_on)
    assert seen == [[10], [20], [20]]
    assert answers[2].counts == UpsertCounts(inserted=3, unchanged=5)
    with db.connection() as conn:
        assert CrawlStateRepository(conn).get(20).cursor == "b"


async def test_what_comes_as_the_last_writer_ends_is_stored_by_another(db, transactions):
    seen, go_on = transactions
    go_on.set()
    store = PageStore(db)
    async with asyncio.timeout(10):
        for appid in (10, 20, 30):
            await store.store(build_batch(appid, reviews=range(5)))
    assert seen == [[10], [20], [30]]


async def test_a_transaction_takes_no_further_game_after_twenty_pages(db, transactions):
    seen, go_on = transactions
    page = build_batch(1, reviews=[]).pages[0]
    batches = [Batch(CrawlState(appid=appid), [page] * 9) for appid in range(1, 7)]
    await store_at_once(PageStore(db), batches, go_on)
    assert seen == [[1], [2, 3, 4], [5, 6]]


async def test_a_walk_that_is_broken_off_while_its_pages_wait_stores_none_of_them(db, transactions):
    seen, go_on = transactions
    batches = [build_batch(appid, reviews=range(5)) for appid in (10, 20, 30)]
    answers = await store_at_once(PageStore(db), batches, go_on, broken_off=[1])
    assert answers[1] is None
    assert seen == [[10], [30]]
    assert count_stored(db) == {10: 5, 30: 5}


async def test_writers_of_the_same_games_in_opposite_orders_never_wait_in_a_circle(db, database_url):
    def store(appids, version):
        database = Database(database_url, pool_size=1)
        try:
            for first in range(0, len(appids), 3):
                games = {appid: build_rows(appid, range(version, version + 20)) for appid in appids[first : first + 6]}
                with database.transaction() as conn:
                    ReviewRepository(conn).upsert_games(games)
        finally:
            database.close()

    appids = list(range(1, 31))
    async with asyncio.TaskGroup() as group:
        for version in range(8):
            group.create_task(asyncio.to_thread(store, appids[:: -1 if version % 2 else 1], version))
    assert count_stored(db) == dict.fromkeys(appids, 27)
