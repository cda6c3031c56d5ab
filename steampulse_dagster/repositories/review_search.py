"""Finds stored reviews by their words and facts, and counts them over time; reads `reviews`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reading import ReviewFilter, ReviewHit, TrendStep
from steampulse_dagster.models.reviews import MonthCount
from steampulse_dagster.utils.db import fetch_all
from steampulse_dagster.utils.review_urls import build_review_url
from steampulse_dagster.utils.text import escape_like, is_written_without_spaces

_COLUMNS = """
    select appid, recommendationid, author_key, review, voted_up, playtime_at_review, playtime_forever, language,
        timestamp_created as created_at, timestamp_updated as updated_at, votes_up, votes_funny, steam_purchase,
        received_for_free, refunded, written_during_early_access as early_access, primarily_steam_deck as steam_deck,
        offtopic, developer_response
    from reviews
"""
# The expression is that of the index, word for word.
_WORDS = "to_tsvector('simple'::regconfig, review) @@ websearch_to_tsquery('simple'::regconfig, %(q)s)"
_WHERE = {
    "voted_up": "voted_up = %(voted_up)s",
    "language": "language = %(language)s",
    "min_hours": "playtime_at_review >= 60 * %(min_hours)s",
    "max_hours": "playtime_at_review <= 60 * %(max_hours)s",
    "since": "timestamp_created >= %(since)s::date",
    "until": "timestamp_created < %(until)s::date + 1",
}
_TREND = """
    select to_char(at, 'YYYY-MM-DD') as month, count(*) as reviews, count(*) filter (where voted_up) as positive
    from (
        select date_trunc(%(step)s, timestamp_created at time zone 'UTC') as at, voted_up
        from reviews where appid = %(appid)s
    ) each_review
    group by at order by at
"""


class ReviewSearchRepository:
    """Reviews of one game, or of all; the newest first."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def search(
        self, wanted: ReviewFilter, *, appid: int | None, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[ReviewHit]:
        """At most `limit` reviews created before that moment and id. `q` is read as a search engine reads it."""
        params: dict[str, Any] = {**wanted.model_dump(), "appid": appid, "limit": limit}
        conditions = [_WHERE[name] for name in _WHERE if params[name] is not None]
        if appid is not None:
            conditions.append("appid = %(appid)s")
        if wanted.q is not None and appid is not None and is_written_without_spaces(wanted.q):
            # A text without spaces is one word to PostgreSQL: within one game it is read through instead.
            for number, part in enumerate(wanted.q.split()):
                conditions.append(f"review ilike %(part{number})s")
                params[f"part{number}"] = f"%{escape_like(part)}%"
        elif wanted.q is not None:
            conditions.append(_WORDS)
        if before is not None:
            conditions.append("(timestamp_created, recommendationid) < (%(before)s, %(before_id)s)")
            params.update(before=before[0], before_id=before[1])
        sql = f"""
            {_COLUMNS} where {" and ".join(conditions) or "true"}
            order by timestamp_created desc, recommendationid desc limit %(limit)s
        """
        return [_build(row) for row in fetch_all(self._conn, sql, params)]

    def count_by_step(self, appid: int, step: TrendStep) -> list[MonthCount]:
        """Reviews of the game by week or month of creation (UTC); `month` is the first day of it."""
        rows = fetch_all(self._conn, _TREND, {"appid": appid, "step": step.value})
        return [MonthCount(**row) for row in rows]

    def list_by_ids(self, appid: int, review_ids: list[int]) -> Iterator[ReviewHit]:
        """Those of the game's reviews, in no order."""
        sql = f"{_COLUMNS} where appid = %(appid)s and recommendationid = any(%(ids)s::bigint[])"
        yield from (_build(row) for row in fetch_all(self._conn, sql, {"appid": appid, "ids": review_ids}))


def _build(row: dict[str, Any]) -> ReviewHit:
    url = build_review_url(appid=row["appid"], author_key=row.pop("author_key"), language=row["language"])
    at_review, forever = row.pop("playtime_at_review"), row.pop("playtime_forever")
    return ReviewHit(
        **row, hours_at_review=None if at_review is None else _hours(at_review), hours_forever=_hours(forever), url=url
    )


def _hours(minutes: int) -> float:
    return round(minutes / 60, 1)
