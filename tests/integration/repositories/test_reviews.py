import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import msgspec
import pytest

from steampulse_dagster.clients.steam_reviews import parse_review
from steampulse_dagster.clients.steam_values import LAST_MOMENT, MAX_COUNT
from steampulse_dagster.models.reviews import LanguageCount, MonthCount, ReviewRow, UpsertCounts, WindowCount
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.utils.db import Database, execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import is_blank
from tests.fake_steam import author_key_of, raw_review
from tests.review_rows import as_read

pytestmark = pytest.mark.integration

DAY = 86_400


def review(number, **changes):
    parsed = parse_review(raw_review(number, **changes), appid=changes.pop("appid", 10), author_key_of=author_key_of)
    assert isinstance(parsed, ReviewRow)
    return parsed


def upsert(db, *reviews):
    with db.transaction() as conn:
        return ReviewRepository(conn).upsert_many(10, reviews)


def stored(db, *ids):
    with db.connection() as conn:
        return ReviewRepository(conn).list_by_ids(10, ids)


def revisions(db):
    with db.connection() as conn:
        return fetch_all(conn, "select review, voted_up from review_revisions order by timestamp_updated")


def test_a_review_comes_back_as_it_was_stored(db):
    odd = 'tab\tnewline\nback\\slash \\N quote " \u2028 \u200b 🎮 \x08 é'
    full = review(1, review=odd, developer_response="thanks\n", timestamp_dev_responded=1_700_100_000, votes_up=10**7)
    bare = review(2, author={}, review="")
    assert upsert(db, full, bare) == UpsertCounts(inserted=2)
    assert stored(db, 1002, 1001) == [as_read(bare), as_read(full)]


def test_storing_the_same_again_writes_nothing(db):
    upsert(db, review(1), review(2))
    with db.connection() as conn:
        before = fetch_all(conn, "select xmin::text as xmin, changed_at from reviews order by recommendationid")
    assert upsert(db, review(1), review(2)) == UpsertCounts(unchanged=2)
    with db.connection() as conn:
        assert fetch_all(conn, "select xmin::text as xmin, changed_at from reviews order by recommendationid") == before


def test_a_repeated_crawl_of_what_is_known_touches_no_row_and_no_catalog(db):
    reviews = [review(number) for number in range(100)]

    def counters():
        with db.connection() as conn:
            fetch_one(conn, "select pg_stat_force_next_flush()")
            fetch_one(conn, "select pg_stat_clear_snapshot()")
            return fetch_one(
                conn,
                """
                select (select string_agg(ctid::text || xmin || xmax, ' ' order by ctid) from reviews) as rows,
                    (select n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables where relname = 'reviews')
                        as written,
                    (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_sys_tables
                        where relname in ('pg_class', 'pg_attribute', 'pg_type', 'pg_depend', 'pg_index')) as catalog
                """,
            )

    upsert(db, *reviews)
    upsert(db, *reviews)  # a connection makes its staging table once
    before = counters()
    for _ in range(20):
        assert upsert(db, *reviews) == UpsertCounts(unchanged=100)
    assert counters() == before


def roll_back(db, *reviews):
    with suppress(ZeroDivisionError), db.transaction() as conn:
        ReviewRepository(conn).upsert_many(10, reviews)
        raise ZeroDivisionError


def test_a_batch_that_was_rolled_back_leaves_nothing_for_the_next(db):
    roll_back(db, review(1))
    assert upsert(db, review(2)) == UpsertCounts(inserted=1)
    roll_back(db, review(3))
    assert upsert(db, review(4)) == UpsertCounts(inserted=1)
    assert [found.recommendationid for found in stored(db, 1004, 1003, 1002, 1001)] == [1004, 1002]


def test_known_reviews_are_looked_up_by_their_key_even_when_planned_on_an_empty_table(db):
    with db.transaction() as conn:
        for _ in range(2):
            ReviewRepository(conn).upsert_many(10, [review(1)])
        plan = fetch_all(conn, "explain execute upsert_reviews")
    lines = [row["QUERY PLAN"] for row in plan]
    look_ups = [line for line in lines if " on reviews " in line and "Insert" not in line]
    assert look_ups
    assert all("_pkey" in line for line in look_ups)


@pytest.mark.parametrize(
    "changes",
    [
        {"votes_up": 3},
        {"votes_funny": 0},
        {"weighted_vote_score": "0.9"},
        {"comment_count": 1},
        {"refunded": True},
        {"developer_response": "hello"},
        {"timestamp_dev_responded": 1_700_100_000},
        {"language": "german"},
        {"author": {"steamid": "1", "playtime_forever": 601}},
    ],
)
def test_a_change_of_any_field_is_stored_and_is_no_revision(db, changes):
    upsert(db, review(1))
    assert upsert(db, review(1, **changes)) == UpsertCounts(updated=1)
    assert stored(db, 1001) == [as_read(review(1, **changes))]
    assert revisions(db) == []


def test_an_edit_keeps_the_earlier_text_and_vote(db):
    upsert(db, review(1, review="good"))
    edited = review(1, review="bad now", voted_up=False, timestamp_updated=1_700_500_000)
    assert upsert(db, edited) == UpsertCounts(updated=1)
    assert upsert(db, edited) == UpsertCounts(unchanged=1)
    assert revisions(db) == [{"review": "good", "voted_up": True}]
    assert stored(db, 1001) == [as_read(edited)]


def test_an_answer_older_than_what_is_stored_changes_nothing(db):
    new = review(1, review="new", timestamp_updated=1_700_500_000)
    upsert(db, new)
    assert upsert(db, review(1, review="old")) == UpsertCounts(unchanged=1)
    assert stored(db, 1001) == [as_read(new)]
    assert revisions(db) == []


def test_new_and_known_reviews_of_one_batch_are_told_apart(db):
    upsert(db, review(1), review(2, review="old"), review(3))
    edited = review(2, review="new", timestamp_updated=1_700_500_000)
    counts = upsert(db, review(5), review(3), edited, review(1, votes_up=3), review(4))
    assert counts == UpsertCounts(inserted=2, updated=2, unchanged=1)
    assert [found.recommendationid for found in stored(db, 1001, 1002, 1003, 1004, 1005)] == list(range(1001, 1006))
    assert [row["review"] for row in revisions(db)] == ["old"]


def test_two_who_store_the_same_new_reviews_wait_for_each_other(db, database_url):
    other = Database(database_url, pool_size=1)
    with ThreadPoolExecutor(1) as executor, db.transaction() as conn:
        assert ReviewRepository(conn).upsert_many(10, [review(1), review(2)]) == UpsertCounts(inserted=2)
        second = executor.submit(upsert, other, review(2), review(3))
        deadline = time.monotonic() + 10
        while not somebody_waits(db):
            assert time.monotonic() < deadline
        conn.commit()
        assert second.result(timeout=10) == UpsertCounts(inserted=1, unchanged=1)
    other.close()


def somebody_waits(db):
    with db.connection() as conn:
        sql = """
            select count(*) as n from pg_locks where locktype = 'advisory' and not granted
                and database = (select oid from pg_database where datname = current_database())
        """
        return fetch_one(conn, sql)["n"] > 0


@pytest.mark.parametrize("seconds", [1, 946_684_799, 946_684_800, LAST_MOMENT - 1])
def test_moments_and_numbers_at_their_limits_come_back(db, seconds):
    author = {"steamid": "1", "playtime_forever": MAX_COUNT, "num_reviews": 0, "last_played": 1_700_000_000}
    extreme = review(
        1, created=seconds, timestamp_updated=seconds, author=author, weighted_vote_score="0.123456789012345678"
    )
    far = msgspec.structs.replace(extreme, recommendationid=2**63 - 1)
    upsert(db, extreme, far)
    assert stored(db, 1001, 2**63 - 1) == [as_read(extreme), as_read(far)]


def test_of_duplicates_in_one_batch_the_latest_edit_wins(db):
    new = review(1, review="new", timestamp_updated=1_700_500_000)
    assert upsert(db, new, review(1, review="old"), review(2)) == UpsertCounts(inserted=2)
    assert stored(db, 1001) == [as_read(new)]


def test_several_batches_fit_into_one_transaction(db):
    with db.transaction() as conn:
        repository = ReviewRepository(conn)
        repository.upsert_many(10, [review(1)])
        assert repository.upsert_many(10, [review(2), review(1)]) == UpsertCounts(inserted=1, unchanged=1)
        assert repository.upsert_many(10, []) == UpsertCounts()
        assert repository.count(10) == 2


def test_a_review_of_another_game_is_refused(db):
    with pytest.raises(ValueError, match="a review of 10 among those of 11"), db.transaction() as conn:
        ReviewRepository(conn).upsert_many(11, [review(1)])


def test_unchunked_reviews_are_readable_ones_in_order_of_creation(db):
    upsert(db, review(3), review(1), review(2, review="\u200e\n"), review(4), review(5))
    with db.transaction() as conn:
        columns = "appid, chunk_no, sealed, review_ids, content_hash"
        execute(conn, f"insert into chunks ({columns}) values (10, 1, false, '{{1003}}', 'x')")
    with db.connection() as conn:
        repository = ReviewRepository(conn)
        assert [r.recommendationid for r in repository.list_unchunked(10, 10)] == [1001, 1004, 1005]
        assert [r.recommendationid for r in repository.list_unchunked(10, 2)] == [1001, 1004]
        assert repository.list_content_hashes(10, [1001, 9]) == {1001: review(1).content_hash}


def test_python_and_postgresql_agree_on_what_is_blank(db):
    from steampulse_dagster.utils.text import VISIBLE_PATTERN

    codes = [code for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF]
    sql = """
        select code from unnest(%(codes)s::integer[]) code where chr(code) !~ %(visible)s order by code
    """
    with db.connection() as conn:
        blank = [row["code"] for row in fetch_all(conn, sql, {"codes": codes, "visible": VISIBLE_PATTERN})]
    assert blank == [code for code in codes if is_blank(chr(code))]


def test_there_are_no_facts_without_reviews(db):
    with db.connection() as conn:
        assert ReviewRepository(conn).get_facts(10) is None


def test_facts_are_counted_over_everything_stored(db):
    newest = 1_704_067_200 + 45 * DAY  # 2024-02-15
    author = raw_review(1)["author"]
    upsert(
        db,
        review(1, created=newest, author={**author, "playtime_at_review": 10}),
        review(2, created=newest - 7 * DAY + 1, author={**author, "playtime_at_review": 30}, refunded=True),
        review(3, created=newest - 7 * DAY, voted_up=False, language="german", received_for_free=True),
        review(4, created=newest - 40 * DAY, voted_up=False, review=" ", primarily_steam_deck=True),
        review(5, created=newest - 170 * DAY, steam_purchase=False, written_during_early_access=True),
        review(6, created=newest - 400 * DAY, timestamp_updated=newest, developer_response="hi"),
    )
    with db.connection() as conn:
        facts = ReviewRepository(conn).get_facts(10)
    assert facts is not None
    assert (facts.stored, facts.positive, facts.blank, facts.edited, facts.developer_responses) == (6, 4, 1, 1, 1)
    assert (facts.refunded, facts.received_for_free, facts.steam_deck, facts.early_access) == (1, 1, 1, 1)
    assert (facts.steam_purchase, facts.last_created and facts.last_created.timestamp()) == (5, newest)
    assert facts.median_playtime_at_review_positive == 265  # of 10, 30, 500, 500
    assert facts.median_playtime_at_review_negative == 500
    assert facts.languages == (
        LanguageCount(language="english", reviews=5, positive=4),
        LanguageCount(language="german", reviews=1, positive=0),
    )
    assert facts.months[-1] == MonthCount(month="2024-02", reviews=3, positive=2)
    assert [month.month for month in facts.months] == ["2023-01", "2023-08", "2024-01", "2024-02"]
    assert facts.windows == (
        WindowCount(days=7, reviews=2, positive=2, reviews_before=1, positive_before=0),
        WindowCount(days=30, reviews=3, positive=2, reviews_before=1, positive_before=0),
        WindowCount(days=90, reviews=4, positive=2, reviews_before=1, positive_before=1),
    )


def test_reviews_of_other_games_are_not_counted(db):
    upsert(db, review(1))
    with db.transaction() as conn:
        other = msgspec.structs.replace(review(1), appid=11)
        ReviewRepository(conn).upsert_many(11, [other])
    with db.connection() as conn:
        assert ReviewRepository(conn).count(10) == 1
        row = fetch_one(conn, "select count(*) as n from reviews")
    assert row == {"n": 2}
