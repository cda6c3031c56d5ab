"""Reads and writes which stored reviews lie in periods that Steam counts as off-topic activity."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.base import ReviewId
from steampulse_dagster.models.reviews import OfftopicPeriod
from steampulse_dagster.repositories.review_upsert import lock_reviews
from steampulse_dagster.utils.db import fetch_all


class OfftopicRepository:
    """The flag `reviews.offtopic`; nothing else writes it, and it is no part of `content_hash`."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_created(self, appid: int, *, after: datetime | None, until: datetime) -> list[tuple[ReviewId, datetime]]:
        """Id and creation of the stored reviews created after one moment and up to another, newest first."""
        sql = """
            select recommendationid, timestamp_created from reviews
            where appid = %(appid)s and timestamp_created <= %(until)s
                and timestamp_created > coalesce(%(after)s, '-infinity'::timestamptz)
            order by timestamp_created desc, recommendationid desc
        """
        rows = fetch_all(self._conn, sql, {"appid": appid, "after": after, "until": until})
        return [(row["recommendationid"], row["timestamp_created"]) for row in rows]

    def mark(self, appid: int, periods: Sequence[OfftopicPeriod]) -> int:
        """Flag a game's reviews that were created in one of the periods and no others; how many that are.

        Needs an open transaction.
        """
        lock_reviews(self._conn, appid)
        sql = """
            with marked as (
                select recommendationid from reviews r
                where appid = %(appid)s and exists (
                    select from unnest(%(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) as period (first, last)
                    where r.timestamp_created between period.first and period.last
                )
            ), changed as (
                update reviews r set offtopic = not r.offtopic
                where appid = %(appid)s
                    and r.offtopic <> (r.recommendationid in (select recommendationid from marked))
            )
            select count(*) as n from marked
        """
        params = {
            "appid": appid,
            "firsts": [period.first for period in periods],
            "lasts": [period.last for period in periods],
        }
        return int(fetch_all(self._conn, sql, params)[0]["n"])
