"""Queries about one game never read the whole of `reviews`, whatever the server knows of the table's statistics."""

from datetime import UTC, datetime

import pytest

from steampulse_dagster.repositories import chunks, review_facts
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.migrate import list_migrations, migrate
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.utils.db import Database, execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import VISIBLE_PATTERN
from tests.helpers import empty_database
from tests.review_rows import build_row
from tests.selection_rows import store_crawl, store_report

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 1, tzinfo=UTC)
IDS = list(range(1, 51))

_FILL = """
    insert into reviews (
        appid, recommendationid, author_key, playtime_forever, playtime_last_two_weeks, deck_playtime_at_review,
        language, review, timestamp_created, timestamp_updated, voted_up, votes_up, votes_funny, weighted_vote_score,
        comment_count, steam_purchase, received_for_free, refunded, written_during_early_access,
        primarily_steam_deck, content_hash
    )
    select appid, id, md5(id::text), 1, 1, 1, 'english', repeat('good ', 40), now() - id * interval '1 hour',
        now() - id * interval '1 hour', true, 0, 0, 0.5, 0, true, false, false, false, false, md5(id::text)
    from generate_series(%(first)s, %(last)s) appid, generate_series(1, %(reviews)s) id
    order by hashint8(appid * 1000 + id)
"""


def fill(conn, *, first, last, reviews=200):
    execute(conn, _FILL, {"first": first, "last": last, "reviews": reviews})


def never_analyzed(conn):
    fill(conn, first=1, last=100)


def analyzed_when_it_was_empty(conn):
    execute(conn, "vacuum (analyze) reviews")
    fill(conn, first=1, last=100)


def analyzed_when_it_held_this_game_alone(conn):
    fill(conn, first=10, last=10)
    execute(conn, "vacuum (analyze) reviews")
    fill(conn, first=11, last=110)


def analyzed_before_this_game_came(conn):
    fill(conn, first=11, last=110)
    execute(conn, "vacuum (analyze) reviews")
    fill(conn, first=10, last=10)


def analyzed_as_it_is(conn):
    fill(conn, first=1, last=100)
    execute(conn, "vacuum (analyze) reviews")


def seat_some(conn):
    for chunk_no in range(2):
        execute(
            conn,
            "insert into chunks (appid, chunk_no, sealed, review_ids, content_hash) "
            "values (10, %(chunk_no)s, true, %(ids)s, 'x')",
            {"chunk_no": chunk_no, "ids": [chunk_no * 50 + n for n in IDS]},
        )


def upsert(conn):
    reviews = ReviewRepository(conn).list_by_ids(10, IDS)
    ReviewRepository(conn).upsert_many(10, [build_row(review, votes_up=9) for review in reviews])


QUESTIONS = {
    "facts": lambda conn: ReviewRepository(conn).get_facts(10),
    "unchunked": lambda conn: ReviewRepository(conn).list_unchunked(10, 2_000),
    "by ids": lambda conn: ReviewRepository(conn).list_by_ids(10, IDS),
    "hashes": lambda conn: ReviewRepository(conn).list_content_hashes(10, IDS),
    "count": lambda conn: ReviewRepository(conn).count(10),
    "waiting": lambda conn: ChunkRepository(conn).count_waiting(10),
    "pulse": lambda conn: DueRepository(conn).get_pulse(10, stored=200, now=NOW),
    "recent": lambda conn: CrawlStateRepository(conn).count_recent(10),
    "upsert": upsert,
}


def count_full_reads(conn):
    """How often `reviews` was read from end to end since it exists, this session's reading included."""
    execute(conn, "select pg_stat_force_next_flush()")
    execute(conn, "select pg_stat_clear_snapshot()")
    row = fetch_one(conn, "select seq_scan from pg_stat_user_tables where relname = 'reviews'")
    return row["seq_scan"]


@pytest.mark.parametrize(
    "prepare",
    [
        never_analyzed,
        analyzed_when_it_was_empty,
        analyzed_when_it_held_this_game_alone,
        analyzed_before_this_game_came,
        analyzed_as_it_is,
    ],
)
def test_a_question_about_one_game_reads_no_other_game(db, prepare):
    with db.connection() as conn:
        execute(conn, "alter table reviews set (autovacuum_enabled = false)")
        prepare(conn)
        seat_some(conn)
        store_crawl(conn, 10, stored=200)
        store_report(conn, 10, reviews=100)
        full_reads = {}
        for name, ask in QUESTIONS.items():
            before = count_full_reads(conn)
            with db.transaction() if name == "upsert" else db.connection() as asked:
                ask(asked)
                execute(asked, "select pg_stat_force_next_flush()")
            full_reads[name] = count_full_reads(conn) - before
    assert full_reads == dict.fromkeys(QUESTIONS, 0)


@pytest.mark.parametrize("sql", [review_facts._FACTS, f"select count(*) {chunks._WAITING}"])
def test_facts_and_who_waits_are_read_from_indexes_alone(db, sql):
    with db.connection() as conn:
        execute(conn, "alter table reviews set (autovacuum_enabled = false)")
        analyzed_as_it_is(conn)
        params = {"appid": 10, "visible": VISIBLE_PATTERN, "days": [7, 30, 90]}
        lines = [row["QUERY PLAN"] for row in fetch_all(conn, f"explain (analyze) {sql}", params)]
    scans = [line for line in lines if " on reviews" in line]
    assert scans
    assert [line for line in scans if "Index Only Scan" not in line] == []
    assert {line.strip() for line in lines if "Heap Fetches" in line} == {"Heap Fetches: 0"}
    assert any("reviews_blank" in line for line in scans), "the pattern of the index is not VISIBLE_PATTERN"


def test_the_counter_of_full_reads_counts(db):
    with db.connection() as conn:
        fill(conn, first=1, last=2)
        before = count_full_reads(conn)
        fetch_one(conn, "select count(*) from reviews where review like 'x%%'")
        assert count_full_reads(conn) == before + 1


def test_a_filled_table_is_migrated_in_place_and_forgets_its_statistics_of_appid(database_server):
    files = "select xmin::text as xmin, ctid::text as ctid from reviews order by ctid"
    known = "select count(*) as n from pg_stats where tablename = 'reviews' and attname = 'appid'"
    with empty_database(database_server) as url:
        database = Database(url)
        migrate(url, migrations=[migration for migration in list_migrations() if migration.version < 6])
        with database.connection() as conn:
            fill(conn, first=1, last=3)
            execute(conn, "analyze reviews")
            before = fetch_all(conn, files)
            assert fetch_one(conn, known) == {"n": 1}
        migrate(url, migrations=[migration for migration in list_migrations() if migration.version <= 6])
        with database.connection() as conn:
            execute(conn, "analyze reviews")
            assert fetch_one(conn, known) == {"n": 0}
            assert fetch_all(conn, files) == before  # not one row was written again
        database.close()
