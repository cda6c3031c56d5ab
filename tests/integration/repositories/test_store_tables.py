"""Games, catalogue, tracking, states, quarantine, values and counts."""

import threading
from datetime import UTC, datetime

import pytest

from steampulse_dagster.models.catalog import CatalogApp, CatalogChanges, TrackReason
from steampulse_dagster.models.games import Game, GameCategory, GameGenre, GameState, GameTag
from steampulse_dagster.models.reviews import CrawlPhase, CrawlState, QuerySummary, UnparsedReview
from steampulse_dagster.models.status import TableCount
from steampulse_dagster.repositories import status
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.database_values import DatabaseValueRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.repositories.status import PRODUCT_TABLES, StatusRepository
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.utils.db import execute, fetch_all

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
GAME = Game(
    appid=10,
    name="Ten",
    slug="ten-10",
    type="game",
    state=GameState.AVAILABLE,
    developers=("A", 'B "quoted", with comma'),
    dlc_appids=(11, 12),
    price_currency="USD",
    price_initial=999,
    tags=(GameTag(tagid=2, name="Two", weight=9), GameTag(tagid=1, name="One", weight=5)),
    genres=(GameGenre(genre_id="1", name="Action"), GameGenre(genre_id="70", name="Early Access")),
    categories=(GameCategory(category_id=2, name="Single-player"),),
    crawled_at=NOW,
)


def store(db, game):
    with db.transaction() as conn:
        return GameRepository(conn).upsert(game)


def load(db, appid=10):
    with db.connection() as conn:
        return GameRepository(conn).get(appid)


def test_a_game_comes_back_as_it_was_stored(db):
    assert store(db, GAME)
    assert load(db) == GAME
    assert load(db, 11) is None


def test_an_unchanged_game_is_only_marked_as_seen(db):
    store(db, GAME)
    with db.connection() as conn:
        before = fetch_all(conn, "select xmin::text as xmin from game_tags")
    later = GAME.model_copy(update={"crawled_at": datetime(2026, 11, 2, tzinfo=UTC), "tags": GAME.tags[::-1]})
    assert not store(db, later)
    assert load(db) == later.model_copy(update={"tags": GAME.tags})
    with db.connection() as conn:
        assert fetch_all(conn, "select xmin::text as xmin from game_tags") == before


def test_tags_genres_and_categories_are_replaced(db):
    store(db, GAME)
    changed = GAME.model_copy(update={"tags": (GameTag(tagid=3, name="Three", weight=1),), "genres": (), "name": "X"})
    assert store(db, changed)
    assert load(db) == changed


def app(appid, name="A", modified=None):
    return CatalogApp(appid=appid, name=name, steam_last_modified=modified, price_change_number=0)


def test_the_catalogue_counts_what_is_new_renamed_and_modified(db):
    with db.transaction() as conn:
        first = CatalogRepository(conn).upsert_many([app(1), app(2), app(3, name="tab\t\\ name")])
    assert first == CatalogChanges(seen=3, new=3)
    with db.transaction() as conn:
        again = CatalogRepository(conn).upsert_many([app(1), app(2, name="B"), app(3, "tab\t\\ name", NOW), app(4)])
    assert again == CatalogChanges(seen=4, new=1, renamed=1, modified=1)
    with db.connection() as conn:
        assert CatalogRepository(conn).count() == 4
        assert CatalogRepository(conn).get_last_finished_at() is None


def test_an_empty_page_of_the_catalogue_changes_nothing(db):
    with db.transaction() as conn:
        assert CatalogRepository(conn).upsert_many([]) == CatalogChanges()


def test_the_last_finished_walk_of_the_catalogue_is_known(db):
    with db.transaction() as conn:
        CatalogRepository(conn).insert_crawl(CatalogChanges(seen=1), finished_at=NOW)
    with db.connection() as conn:
        assert CatalogRepository(conn).get_last_finished_at() == NOW


def test_tracking_again_changes_nothing_and_untracking_tells_what_was_tracked(db):
    with db.transaction() as conn:
        repository = TrackingRepository(conn)
        names = {20: "Twenty", 10: "Ten's"}
        added = repository.insert_many(names, reason=TrackReason.MANUAL, tracked_at=NOW)
        assert [(game.appid, game.name, game.reason) for game in added] == [
            (10, "Ten's", TrackReason.MANUAL),
            (20, "Twenty", TrackReason.MANUAL),
        ]
        assert repository.insert_many(names, reason=TrackReason.FILE, tracked_at=NOW) == ()
        assert repository.insert_many({}, reason=TrackReason.FILE, tracked_at=NOW) == ()
        assert repository.list_tracked() == added
        assert repository.delete_many([20, 30], untracked_at=NOW) == (20,)
        assert (repository.list_appids(), repository.count()) == ([10], 1)


def test_a_crawl_state_comes_back_as_it_was_stored(db):
    state = CrawlState(
        appid=10,
        phase=CrawlPhase.UPDATES,
        cursor="AoJ4+/=",
        high_water=NOW,
        pending_high_water=NOW,
        reported=QuerySummary(total_reviews=5, total_positive=4, total_negative=1),
        stored=5,
        completeness=1.0,
        finished_at=NOW,
        next_due_at=NOW,
        last_error="why",
        consecutive_failures=2,
    )
    with db.transaction() as conn:
        repository = CrawlStateRepository(conn)
        assert repository.get(10) is None
        repository.upsert(CrawlState(appid=10))
        assert repository.get(10) == CrawlState(appid=10)
        repository.upsert(state)
        assert repository.get(10) == state


def test_a_failure_keeps_the_cursor_and_the_counts_that_stand_there(db):
    failure = {
        "last_error": "no", "last_error_kind": "not_found", "last_failed_at": NOW, "next_due_at": NOW,
        "consecutive_failures": 3, "dead_since": NOW, "dead_reason": "tired",
    }  # fmt: skip
    with db.transaction() as conn:
        repository = CrawlStateRepository(conn)
        repository.upsert(CrawlState(appid=10, cursor="c", stored=300))
        repository.mark_failed(CrawlState(appid=10, cursor="older", stored=200, **failure))
        assert repository.get(10) == CrawlState(appid=10, cursor="c", stored=300, **failure)
        repository.mark_failed(CrawlState(appid=11, **failure))
        assert repository.get(11) == CrawlState(appid=11, **failure)


def test_the_same_payload_of_a_game_is_kept_once(db):
    bad = UnparsedReview(payload='{"a": "\\u0000"}', reason="no id")
    with db.transaction() as conn:
        repository = QuarantineRepository(conn)
        assert repository.insert_reviews(10, [bad, bad, UnparsedReview(payload="1", reason="no object")]) == 2
        assert repository.insert_reviews(10, [bad]) == 0
        assert repository.insert_reviews(11, [bad]) == 1
        assert repository.insert_reviews(10, []) == 0
        assert (repository.count(10), repository.count(11)) == (2, 1)


def test_a_value_of_the_database_is_made_once_by_however_many_ask(db):
    values = []

    def ask(number):
        with db.connection() as conn:
            values.append(DatabaseValueRepository(conn).get_or_create("salt", lambda: f"made-{number}"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(values) == 6
    assert len(set(values)) == 1


def test_every_table_of_the_migrations_is_counted(db):
    sql = """
        select table_name from information_schema.tables
        where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name <> 'schema_migrations'
        order by table_name
    """
    with db.connection() as conn:
        assert [row["table_name"] for row in fetch_all(conn, sql)] == sorted(PRODUCT_TABLES)


def test_counts_are_exact(db):
    store(db, GAME)
    with db.connection() as conn:
        counts = {count.table: count.rows for count in StatusRepository(conn).count_tables()}
        assert StatusRepository(conn).count_reviews() == TableCount(table="reviews", rows=0)
        assert StatusRepository(conn).get_server_version()[0].isdigit()
    assert list(counts) == sorted(PRODUCT_TABLES)
    assert {name: rows for name, rows in counts.items() if rows} == {
        "games": 1,
        "game_figures": 1,
        "game_tags": 2,
        "game_genres": 2,
        "game_categories": 1,
    }


def test_large_tables_are_estimated_and_said_to_be_unless_exact_counts_are_asked_for(db, monkeypatch):
    monkeypatch.setattr(status, "COUNTED_UP_TO", 50)
    fill = "insert into game_genres (appid, genre_id, name) select 10, n, 'x' from generate_series(1, %(rows)s) n"
    store(db, GAME)
    with db.connection() as conn:
        execute(conn, "alter table game_genres set (autovacuum_enabled = false)")
        execute(conn, fill + " on conflict do nothing", {"rows": 1_000})
        assert not any(count.estimated for count in StatusRepository(conn).count_tables())  # nobody has looked yet
        execute(conn, "analyze game_genres")
        execute(conn, "delete from game_genres where genre_id::integer > 900")
        estimates = [count for count in StatusRepository(conn).count_tables() if count.estimated]
        counts = {count.table: count for count in StatusRepository(conn).count_tables(exact=True)}
    assert [(count.table, 990 <= count.rows <= 1_010) for count in estimates] == [("game_genres", True)]
    assert not counts["game_genres"].estimated
    assert counts["game_genres"].rows < 950


def test_the_status_shows_games_that_are_tracked_stored_or_failed(db):
    store(db, GAME)
    with db.transaction() as conn:
        TrackingRepository(conn).insert_many({20: "Twenty"}, reason=TrackReason.MANUAL, tracked_at=NOW)
        CrawlStateRepository(conn).mark_failed(CrawlState(appid=30, last_error="gone", last_error_kind="blocked"))
        CrawlStateRepository(conn).upsert(
            CrawlState(
                appid=20,
                reported=QuerySummary(total_reviews=8, total_positive=8, total_negative=0),
                completeness=0.5,
                finished_at=NOW,
            )
        )
    with db.connection() as conn:
        ten, twenty, thirty = StatusRepository(conn).list_game_status()
    assert (ten.appid, ten.name, ten.type, ten.tracked) == (10, "Ten", "game", False)
    assert (twenty.name, twenty.tracked, twenty.reported, twenty.completeness) == ("Twenty", True, 8, 0.5)
    assert twenty.last_crawled_at == NOW
    assert (thirty.name, thirty.last_error, thirty.last_error_kind) == ("App 30", "gone", "blocked")
