"""Reads and writes `crawl_state`: where the crawl of each game's reviews stands."""

from collections.abc import Sequence
from typing import Any

from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from steampulse_dagster.models.reviews import CrawlState, OfftopicCheck
from steampulse_dagster.utils.db import execute, fetch_one_planned

_UPSERT = """
    insert into crawl_state (
        appid, phase, cursor, window_end, walked_to, doubtful_ends, high_water, pending_high_water, reported,
        stored, completeness, finished_at, reviews_per_day, due_every, next_due_at, last_error,
        last_error_kind, last_failed_at, consecutive_failures, dead_since, dead_reason, sample_rate, sample_cap,
        offtopic
    ) values %s
    on conflict (appid) do update set
        phase = excluded.phase, cursor = excluded.cursor, window_end = excluded.window_end,
        walked_to = excluded.walked_to, doubtful_ends = excluded.doubtful_ends, high_water = excluded.high_water,
        pending_high_water = excluded.pending_high_water, reported = excluded.reported,
        stored = excluded.stored, completeness = excluded.completeness, finished_at = excluded.finished_at,
        reviews_per_day = excluded.reviews_per_day, due_every = excluded.due_every,
        next_due_at = excluded.next_due_at, last_error = excluded.last_error,
        last_error_kind = excluded.last_error_kind, last_failed_at = excluded.last_failed_at,
        consecutive_failures = excluded.consecutive_failures, dead_since = excluded.dead_since,
        dead_reason = excluded.dead_reason, sample_rate = excluded.sample_rate,
        sample_cap = excluded.sample_cap, offtopic = excluded.offtopic
"""
# With their types: in a list of several rows PostgreSQL takes a null or a text for text.
_STATE = """(
    %(appid)s, %(phase)s, %(cursor)s, %(window_end)s::timestamptz, %(walked_to)s::timestamptz, %(doubtful_ends)s,
    %(high_water)s::timestamptz, %(pending_high_water)s::timestamptz, %(reported)s::jsonb, %(stored)s,
    %(completeness)s::double precision, %(finished_at)s::timestamptz, %(reviews_per_day)s::double precision,
    %(due_every)s::interval, %(next_due_at)s::timestamptz, %(last_error)s, %(last_error_kind)s,
    %(last_failed_at)s::timestamptz, %(consecutive_failures)s, %(dead_since)s::timestamptz, %(dead_reason)s,
    %(sample_rate)s::double precision, %(sample_cap)s::integer, %(offtopic)s::jsonb
)"""


class CrawlStateRepository:
    """One row a game, written in the transaction of the reviews it speaks of."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, appid: int) -> CrawlState | None:
        """The state of a game; None before its first crawl."""
        sql = """
            select appid, phase, cursor, window_end, walked_to, doubtful_ends, high_water, pending_high_water, reported,
                stored, completeness, finished_at, reviews_per_day, due_every, next_due_at, last_error,
                last_error_kind, last_failed_at, consecutive_failures, dead_since, dead_reason, sample_rate, sample_cap,
                offtopic
            from crawl_state where appid = %(appid)s
        """
        row = fetch_one_planned(self._conn, sql, {"appid": appid})
        return None if row is None else CrawlState.model_validate(row)

    def upsert(self, state: CrawlState) -> None:
        """Write the whole state of a game."""
        self.upsert_many([state])

    def upsert_many(self, states: Sequence[CrawlState]) -> None:
        """Write the whole states of games, each game once."""
        with self._conn.cursor() as cur:
            execute_values(cur, _UPSERT, [_columns(state) for state in states], template=_STATE, page_size=len(states))

    def mark_failed(self, state: CrawlState) -> None:
        """Note the failure that `state` tells of beside whatever stands there; the cursor and the counts stay."""
        sql = """
            insert into crawl_state (
                appid, phase, stored, next_due_at, last_error, last_error_kind, last_failed_at, consecutive_failures,
                dead_since, dead_reason
            ) values (
                %(appid)s, 'first', 0, %(next_due_at)s, %(last_error)s, %(last_error_kind)s, %(last_failed_at)s,
                %(consecutive_failures)s, %(dead_since)s, %(dead_reason)s
            )
            on conflict (appid) do update set
                next_due_at = excluded.next_due_at, last_error = excluded.last_error,
                last_error_kind = excluded.last_error_kind, last_failed_at = excluded.last_failed_at,
                consecutive_failures = excluded.consecutive_failures, dead_since = excluded.dead_since,
                dead_reason = excluded.dead_reason
        """
        execute(self._conn, sql, _columns(state))

    def add_stored(self, appid: int, reviews: int) -> None:
        """Count reviews that were stored beside a crawl. A game without a state has nothing to count in."""
        sql = "update crawl_state set stored = stored + %(reviews)s where appid = %(appid)s and %(reviews)s > 0"
        execute(self._conn, sql, {"appid": appid, "reviews": reviews})

    def count_recent(self, appid: int) -> None:
        """Count the reviews created since the newest one that the current report knows, and those up to it that were
        edited since the report was made or confirmed; nothing without a report."""
        sql = """
            update crawl_state state set
                recent_reviews = recent.reviews, recent_positive = recent.positive,
                recent_since = head.newest_review_at,
                recent_edits = edits.reviews, edits_since = head.confirmed_at
            from report_heads head cross join lateral (
                select count(*) as reviews, count(*) filter (where voted_up) as positive
                from reviews
                where reviews.appid = head.appid and reviews.timestamp_created > head.newest_review_at
            ) recent cross join lateral (
                select count(distinct recommendationid) as reviews
                from review_revisions edit join reviews using (appid, recommendationid)
                where edit.appid = head.appid and edit.replaced_at > head.confirmed_at
                    and reviews.timestamp_created <= head.newest_review_at
            ) edits
            where state.appid = %(appid)s and head.appid = %(appid)s
        """
        execute(self._conn, sql, {"appid": appid})

    def save_offtopic(self, appid: int, check: OfftopicCheck) -> None:
        """Write what is known of a game's off-topic activity; everything else of its state stays."""
        sql = "update crawl_state set offtopic = %(offtopic)s::jsonb where appid = %(appid)s"
        execute(self._conn, sql, {"appid": appid, "offtopic": check.model_dump_json()})


def _columns(state: CrawlState) -> dict[str, Any]:
    reported = None if state.reported is None else state.reported.model_dump_json()
    offtopic = None if state.offtopic is None else state.offtopic.model_dump_json()
    return {**state.model_dump(), "phase": state.phase.value, "reported": reported, "offtopic": offtopic}
