"""What schedules and sensors choose from, as PostgreSQL answers it."""

from datetime import timedelta

import pytest

from steampulse_dagster.repositories.analysis_jobs import JobRepository
from steampulse_dagster.repositories.candidates import CandidateRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.utils.db import execute, fetch_one
from tests.analysis_fakes import APPID, build_review
from tests.review_rows import build_row
from tests.selection_rows import ANALYST, DAY, NOW, follow, store_crawl, store_job, store_report

pytestmark = pytest.mark.integration

FRESH = timedelta(hours=6)


@pytest.fixture
def conn(db):
    with db.transaction() as conn:
        yield conn
        conn.rollback()


def list_night(conn, *, analyst_key=None):
    found = CandidateRepository(conn).list_for_night(now=NOW, fresh=FRESH, analyst_key=analyst_key)
    return {game.appid: game for game in found}


def list_news(conn, *, analyst_key=None, least=10):
    return {game.appid: game for game in CandidateRepository(conn).list_news(analyst_key=analyst_key, least=least)}


def test_a_night_chooses_from_what_is_due_and_from_what_is_crawled_and_not_all_analysed(conn):
    follow(conn, 1, 2, 3, 4, 5, 6)
    store_crawl(conn, 2, stored=100, due_at=NOW - DAY)
    store_crawl(conn, 3, stored=100)
    store_crawl(conn, 4, stored=100)
    store_crawl(conn, 5, stored=0)
    store_crawl(conn, 6, stored=100, dead_since=NOW - DAY, consecutive_failures=3)
    store_report(conn, 2, reviews=100)
    store_report(conn, 3, reviews=100)
    store_report(conn, 4, reviews=60)
    found = list_night(conn)
    assert {appid: (game.crawl_due, game.analysed) for appid, game in found.items()} == {
        1: (True, None),
        2: (True, 100),
        4: (False, 60),
        6: (False, None),
    }
    assert (found[1].due_at, found[1].finished_at, found[2].every) == (NOW - DAY, None, DAY)
    assert found[6].failures == 3


def test_reports_of_another_analyst_count_for_nothing_where_an_analyst_is_named(conn):
    follow(conn, 1, 2)
    for appid, analyst_key in ((1, ANALYST), (2, "bedrock:other:1")):
        store_crawl(conn, appid, stored=100)
        store_report(conn, appid, reviews=100, analyst_key=analyst_key)
    assert list_night(conn) == {}
    assert {appid: game.analysed for appid, game in list_night(conn, analyst_key=ANALYST).items()} == {2: None}
    assert set(list_news(conn, analyst_key=ANALYST)) == {2}


def test_the_size_of_a_game_is_what_steam_last_said_of_it(conn):
    follow(conn, 1, 2, 3)
    sql = "insert into store_items (appid, type, name, shown, review_count, checked_at) values (%(appid)s, 'game', '', "
    for appid in (1, 2):
        execute(conn, sql + "true, 700, now())", {"appid": appid})
    state = '{"total_reviews": 900, "total_positive": 800, "total_negative": 100}'
    store_crawl(conn, 1, stored=10, due_at=NOW)
    execute(conn, "update crawl_state set reported = %(state)s::jsonb where appid = 1", {"state": state})
    assert {appid: game.reported for appid, game in list_night(conn).items()} == {1: 900, 2: 700, 3: None}


def test_an_analysis_that_is_not_done_is_seen_and_one_that_is_done_is_not(conn):
    follow(conn, 1, 2)
    for appid, state in ((1, "failed"), (2, "done")):
        store_crawl(conn, appid, stored=100)
        store_job(conn, appid, state)
    found = list_night(conn)
    assert (found[1].job, found[1].job_changed_at) == ("failed", NOW)
    assert (found[2].job, found[2].job_changed_at) == (None, None)


def test_a_failed_analysis_that_is_reset_is_chosen_from_whatever_is_new(conn):
    follow(conn, 1, 2)
    for appid in (1, 2):
        store_crawl(conn, appid, stored=100)
        store_report(conn, appid, reviews=100)
        store_job(conn, appid, "failed")
    assert (list_night(conn), list_news(conn)) == ({}, {})
    assert JobRepository(conn).reset_failed([2, 3]) == (2,)
    assert list_night(conn)[2].job == list_news(conn)[2].job == "queued"
    assert JobRepository(conn).reset_failed(None) == (1,)


def test_news_are_games_without_a_report_and_games_with_enough_reviews_that_it_does_not_know(conn):
    follow(conn, 1, 2, 3, 4, 5)
    store_crawl(conn, 1, stored=100, recent=(30, 3))
    store_crawl(conn, 2, stored=100)
    store_crawl(conn, 3, stored=3)
    store_crawl(conn, 4, stored=200, finished_at=None)  # its first crawl is under way
    store_report(conn, 1, reviews=70, positive=60)
    store_report(conn, 2, reviews=91)
    store_report(conn, 4, reviews=10)
    found = list_news(conn)
    assert set(found) == {1, 3}
    one = found[1]
    assert (one.stored, one.analysed, one.positive, one.recent, one.recent_positive) == (100, 70, 60, 30, 3)
    assert (found[3].report_id, found[3].analysed) == (None, 0)


def test_counts_since_an_earlier_report_say_nothing_of_a_later_one(conn):
    follow(conn, 1)
    store_crawl(conn, 1, stored=100, recent=(30, 3))
    store_report(conn, 1, reviews=70, positive=60)
    execute(conn, "update report_heads set newest_review_at = newest_review_at + interval '1 hour'")
    assert (list_news(conn)[1].recent, list_news(conn)[1].recent_positive) == (0, 0)


def test_a_crawl_counts_what_was_written_after_the_newest_review_of_the_report(conn):
    reviews = [build_review(number) for number in range(40)]
    ReviewRepository(conn).upsert_many(APPID, [build_row(review) for review in reviews])
    store_crawl(conn, APPID, stored=40)
    states = CrawlStateRepository(conn)
    sql = "select recent_reviews, recent_positive, recent_since from crawl_state"
    states.count_recent(APPID)
    assert fetch_one(conn, sql) == {"recent_reviews": None, "recent_positive": None, "recent_since": None}
    store_report(conn, APPID, reviews=10)
    since = sorted(review.timestamp_created for review in reviews)[9]
    execute(conn, "update report_heads set newest_review_at = %(since)s", {"since": since})
    states.count_recent(APPID)
    later = [review for review in reviews if review.timestamp_created > since]
    assert fetch_one(conn, sql) == {
        "recent_reviews": len(later),
        "recent_positive": sum(review.voted_up for review in later),
        "recent_since": since,
    }


def test_edits_of_reviews_that_the_report_knows_count_until_it_is_made_again_or_confirmed(conn):
    made_at = build_review(19).timestamp_created
    reviews = [build_review(number) for number in range(40)]
    ReviewRepository(conn).upsert_many(APPID, [build_row(review) for review in reviews])
    follow(conn, APPID)
    store_crawl(conn, APPID, stored=40)
    store_report(conn, APPID, reviews=40)
    execute(conn, "update report_heads set newest_review_at = %(at)s", {"at": made_at})
    for hours in (1, 2):  # an edit of an edit is one review that reads otherwise
        later = [
            review.model_copy(
                update={
                    "review": f"edited {hours}",
                    "content_hash": f"edited {hours}",
                    "timestamp_updated": review.timestamp_updated + timedelta(hours=hours),
                }
            )
            for review in reviews[8:]
        ]
        ReviewRepository(conn).upsert_many(APPID, [build_row(review) for review in later])

    CrawlStateRepository(conn).count_recent(APPID)

    assert list_news(conn)[APPID].edited == 12  # of 8 to 19; the others are new to the report
    assert list_news(conn, least=13) == {}
    execute(conn, "update report_heads set confirmed_at = now() + interval '1 hour'")
    assert list_news(conn) == {}
    CrawlStateRepository(conn).count_recent(APPID)
    assert fetch_one(conn, "select recent_edits from crawl_state")["recent_edits"] == 0
