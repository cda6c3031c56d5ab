"""Rows that schedules and sensors choose games by: followed games, their crawls, their reports, as they are stored."""

from datetime import UTC, datetime, timedelta

from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.utils.db import execute

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ANALYST = "local:model:1"


def follow(conn, *appids, tracked_at=NOW - DAY):
    names = {appid: f"Game {appid}" for appid in appids}
    TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=tracked_at)


def store_crawl(conn, appid, *, stored, finished_at=NOW - DAY, due_at=NOW + DAY, recent=None, **changes):
    """A game that was crawled; `recent`: reviews and positive ones since a report whose newest is at NOW - 9 days."""
    state = CrawlState(
        appid=appid,
        stored=stored,
        finished_at=finished_at,
        due_every=DAY,
        next_due_at=due_at,
        reviews_per_day=10.0,
    )
    CrawlStateRepository(conn).upsert(state.model_copy(update=changes))
    if recent is not None:
        sql = """
            update crawl_state set recent_reviews = %(reviews)s, recent_positive = %(positive)s, recent_since = %(at)s
            where appid = %(appid)s
        """
        execute(conn, sql, {"appid": appid, "reviews": recent[0], "positive": recent[1], "at": NOW - 9 * DAY})


def store_report(conn, appid, *, reviews, positive=0, analyst_key=ANALYST, confirmed_at=NOW - DAY):
    """The head of a report that knows so many reviews, the newest of them of NOW - 9 days."""
    sql = """
        with made as (
            insert into reports (appid, report_key, analyst_key, report)
            values (%(appid)s, %(appid)s || %(analyst_key)s, %(analyst_key)s, '{}') returning report_id
        )
        insert into report_heads (appid, report_id, confirmed_at, analyst_key, reviews, positive, newest_review_at)
        select %(appid)s, report_id, %(confirmed_at)s, %(analyst_key)s, %(reviews)s, %(positive)s, %(newest)s from made
    """
    params = {"appid": appid, "analyst_key": analyst_key, "confirmed_at": confirmed_at, "newest": NOW - 9 * DAY}
    execute(conn, sql, {**params, "reviews": reviews, "positive": positive})


def store_job(conn, appid, state, *, changed_at=NOW):
    sql = """
        insert into analysis_jobs (appid, state, reason, mode, analyst_key, changed_at)
        values (%(appid)s, %(state)s, 'first', 'real_time', %(analyst_key)s, %(changed_at)s)
    """
    execute(conn, sql, {"appid": appid, "state": state, "analyst_key": ANALYST, "changed_at": changed_at})
