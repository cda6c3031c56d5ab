"""Readers beside writers: each page is one moment of the database; and no question reads a large table whole."""

import threading
from collections.abc import Callable

import pytest

from steampulse_dagster.errors import SlowQueryError
from steampulse_dagster.models.reading import GameFilter, GameSort, ReviewFilter, TrendStep
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.drawn_pages import DrawnPageRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services.reading_games import GameReader, add_report, read_outline
from steampulse_dagster.services.reading_library import LibraryReader
from steampulse_dagster.services.reading_reviews import ReviewReader
from steampulse_dagster.services.reading_signals import SignalReader
from steampulse_dagster.utils.db import Database, execute, fetch_all
from tests.analysis_fakes import APPID, KeywordAnalyst, build_game, build_reviews, store_game, store_reviews
from tests.page_world import STEAM_ID, analyse
from tests.query_plans import explain, list_whole_scans, recorded_statements
from tests.review_rows import build_row

pytestmark = pytest.mark.integration

PAGES, PAGE = 60, 5


def test_a_page_read_while_a_crawl_writes_is_one_moment_of_the_database(db: Database) -> None:
    store_game(db, build_game())
    done = threading.Event()

    def crawl() -> None:
        for number in range(PAGES):
            with db.transaction(durable=False) as conn:
                rows = [build_row(review) for review in build_reviews(number * PAGE, PAGE)]
                ReviewRepository(conn).upsert_many(APPID, rows)
                CrawlStateRepository(conn).upsert(CrawlState(appid=APPID, stored=(number + 1) * PAGE))
        done.set()

    reader, seen = GameReader(db), set()
    writer = threading.Thread(target=crawl)
    writer.start()
    while not done.is_set():
        page = reader.get_page(APPID)
        assert page.crawl is not None
        counted = sum(bucket.positive + bucket.negative for bucket in page.playtimes)
        assert counted == page.crawl.stored
        seen.add(counted)
    writer.join()
    assert len(seen) > 2, "the reader saw the crawl at work"


def test_a_snapshot_writes_nothing_and_a_slow_question_is_broken_off(db: Database) -> None:
    with pytest.raises(SlowQueryError), db.snapshot(seconds=0.05) as conn:
        execute(conn, "select pg_sleep(5)")
    with pytest.raises(Exception, match="read-only"), db.snapshot() as conn:
        execute(conn, "delete from reviews")
    with db.connection() as conn:
        assert execute(conn, "insert into database_values (name, value) values ('a', 'b')") == 1


async def test_every_question_has_an_index_to_follow(db: Database, tmp_path) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(1, 100))
    await analyse(db, APPID, KeywordAnalyst(), tmp_path)
    with recorded_statements() as statements:
        for ask in _build_questions(db):
            ask()
    assert len(statements) > 40
    with db.transaction() as conn:
        # Small tables are read whole because that is quicker: what is asked here is whether there is another way.
        execute(conn, "set local enable_seqscan = off")
        scans = {one: found for one in statements if (found := list_whole_scans(explain(conn, one)))}
    assert scans == {}


async def test_plans_that_connections_keep_follow_indexes_whatever_the_game(db: Database, tmp_path) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(1, 100))
    await analyse(db, APPID, KeywordAnalyst(), tmp_path)
    with db.transaction() as conn:
        execute(conn, "set local enable_seqscan = off; set local plan_cache_mode = force_generic_plan")
        assert add_report(conn, read_outline(conn, APPID)).report is not None
        DrawnPageRepository(conn).get(APPID, digest="none")
        kept = fetch_all(conn, "select name, cardinality(parameter_types) as values from pg_prepared_statements")
        asked = [f"execute {one['name']} ({', '.join(['null'] * one['values'])})" for one in kept]
        scans = {one: found for one in asked if (found := list_whole_scans(explain(conn, one)))}
    assert len(asked) >= 5
    assert scans == {}


async def test_words_are_found_by_their_index_within_a_game(db: Database) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(1, 3_000))
    with db.connection() as conn:
        execute(conn, "vacuum analyze reviews")
    with recorded_statements() as statements:
        ReviewReader(db).search(APPID, ReviewFilter(q="unheard of words"))
        ReviewReader(db).search(None, ReviewFilter(q="unheard of words"))
    with db.connection() as conn:
        plans = [str(explain(conn, one)) for one in statements if "websearch" in one]
    assert len(plans) == 2
    assert all("reviews_by_words" in plan for plan in plans)


def _build_questions(db: Database) -> list[Callable[[], object]]:
    games, reviews, signals, library = GameReader(db), ReviewReader(db), SignalReader(db), LibraryReader(db)
    everything = GameFilter(q="keep", genre="Action", tag="Co-op", min_sentiment=0.1, min_reviews=1, min_hidden_gem=0.0)
    return [
        *(lambda sort=sort: games.list_games(GameFilter(sort=sort)) for sort in GameSort),
        *(lambda sort=sort: games.list_games(GameFilter(sort=sort, reverse=True)) for sort in GameSort),
        lambda: games.list_games(everything),
        lambda: games.list_games(GameFilter(q="lantern")),
        lambda: games.list_games(GameFilter(tag="Co-op")),
        lambda: games.get_page(APPID),
        lambda: games.list_history(APPID),
        lambda: signals.list_signals(APPID),
        lambda: signals.list_evidence(APPID, section="gameplay_friction"),
        lambda: reviews.get_trends(APPID, step=TrendStep.WEEK),
        lambda: reviews.search(APPID, ReviewFilter()),
        lambda: reviews.search(APPID, ReviewFilter(q="crashes", voted_up=False)),
        lambda: reviews.search(APPID, ReviewFilter(q="崩溃")),
        lambda: reviews.search(None, ReviewFilter(q="crashes")),
        lambda: library.get_library(STEAM_ID),
    ]


def test_followed_games_of_which_nothing_is_stored_are_named_with_what_went_wrong(db: Database) -> None:
    store_game(db, build_game())
    with db.transaction() as conn:
        execute(
            conn,
            "insert into tracked_games (appid, name, reason) values "
            "(4200, 'Lantern Keep', 'manual'), (7, 'New', 'manual'), (8, 'Refused', 'manual')",
        )
        failed = CrawlState(appid=8, last_error="Steam refused the request (403).", last_error_kind="blocked")
        CrawlStateRepository(conn).mark_failed(failed)
    found = GameReader(db).list_uncrawled()
    assert found.total == 2
    assert [(game.name, game.crawl_error) for game in found.games] == [
        ("New", None),
        ("Refused", "Steam refused the request (403)."),
    ]
    assert [row.name for row in GameReader(db).list_games(GameFilter()).items] == ["Lantern Keep"]
