"""Reads what schedules and sensors choose games by: `tracked_games`, `crawl_state`, `report_heads` and their like."""

from datetime import datetime, timedelta

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.news import News
from steampulse_dagster.models.nights import Candidate
from steampulse_dagster.repositories.due import SCHEDULE, build_moment
from steampulse_dagster.utils.db import fetch_rows

# What is due, and what is crawled and not all analysed. Columns in the order of Candidate.
_CANDIDATES = f"""
    select game.appid, game.name, game.state = 'due', game.due_at, game.every, game.reviews_per_day, game.stored,
        game.finished_at, game.failures,
        coalesce((crawl.reported ->> 'total_reviews')::bigint, games.review_count, item.review_count),
        games.details_at, catalog.steam_last_modified,
        case when head.analyst_key = %(analyst_key)s or %(analyst_key)s::text is null then head.reviews end as analysed,
        job.state, job.changed_at
    from ({SCHEDULE}) game
    left join crawl_state crawl using (appid)
    left join games using (appid)
    left join store_items item using (appid)
    left join app_catalog catalog using (appid)
    left join report_heads head using (appid)
    left join analysis_jobs job on job.appid = game.appid and job.state <> 'done'
    where game.state = 'due' or (
        game.stored > 0 and (
            head.reviews is null or head.reviews < game.stored or job.state = 'queued'
            or (head.analyst_key <> %(analyst_key)s and %(analyst_key)s::text is not null)
        )
    )
"""  # noqa: S608 - a constant of repositories/due.py

# Crawled games of which at least `least` reviews are not known to their report or were edited since, that have none by
# this analyst, or whose analysis was begun and not ended. Columns in the order of News. Counts of another report than
# the current one say nothing.
_NEWS = """
    select tracked.appid, tracked.name, crawl.stored, head.report_id, coalesce(head.reviews, 0),
        coalesce(head.positive, 0),
        case when crawl.recent_since = head.newest_review_at then crawl.recent_reviews else 0 end,
        case when crawl.recent_since = head.newest_review_at then crawl.recent_positive else 0 end,
        head.confirmed_at, job.state, job.changed_at,
        case when crawl.edits_since = head.confirmed_at then crawl.recent_edits else 0 end
    from tracked_games tracked
    join crawl_state crawl using (appid)
    left join report_heads head
        on head.appid = tracked.appid and (head.analyst_key = %(analyst_key)s or %(analyst_key)s::text is null)
    left join analysis_jobs job on job.appid = tracked.appid and job.state <> 'done'
    where crawl.finished_at is not null and crawl.stored > 0
        and (
            crawl.stored >= coalesce(head.reviews + %(least)s, 1) or job.state = 'queued'
            or (crawl.edits_since = head.confirmed_at
                and crawl.stored - head.reviews + crawl.recent_edits >= %(least)s)
        )
"""


class CandidateRepository:
    """Games that have something to do, in whatever order."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_for_night(self, *, now: datetime, fresh: timedelta, analyst_key: str | None) -> list[Candidate]:
        """What is due for a crawl at `now` or may be analysed. `analyst_key`: reports by others count for nothing;
        None: whoever made a report, it counts."""
        params = {**build_moment(now=now, fresh=fresh), "analyst_key": analyst_key}
        rows = fetch_rows(self._conn, _CANDIDATES, params)
        return [Candidate(*row) for row in rows]

    def list_news(self, *, analyst_key: str | None, least: int) -> list[News]:
        """Crawled games without a report, or with at least so many reviews that it does not know as they read now."""
        rows = fetch_rows(self._conn, _NEWS, {"analyst_key": analyst_key, "least": least})
        return [News(*row) for row in rows]
