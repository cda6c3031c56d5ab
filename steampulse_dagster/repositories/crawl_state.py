"""Reads and writes `crawl_state`: where the crawl of each game's reviews stands."""

from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.utils.db import execute, fetch_one


class CrawlStateRepository:
    """One row a game, written in the transaction of the reviews it speaks of."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, appid: int) -> CrawlState | None:
        """The state of a game; None before its first crawl."""
        sql = """
            select appid, phase, cursor, high_water, pending_high_water, reported, stored, completeness, finished_at,
                next_due_at, last_error, consecutive_failures
            from crawl_state where appid = %(appid)s
        """
        row = fetch_one(self._conn, sql, {"appid": appid})
        return None if row is None else CrawlState.model_validate(row)

    def upsert(self, state: CrawlState) -> None:
        """Write the whole state of a game."""
        sql = """
            insert into crawl_state (
                appid, phase, cursor, high_water, pending_high_water, reported, stored, completeness, finished_at,
                next_due_at, last_error, consecutive_failures
            ) values (
                %(appid)s, %(phase)s, %(cursor)s, %(high_water)s, %(pending_high_water)s, %(reported)s::jsonb,
                %(stored)s, %(completeness)s, %(finished_at)s, %(next_due_at)s, %(last_error)s,
                %(consecutive_failures)s
            )
            on conflict (appid) do update set
                phase = excluded.phase, cursor = excluded.cursor, high_water = excluded.high_water,
                pending_high_water = excluded.pending_high_water, reported = excluded.reported,
                stored = excluded.stored, completeness = excluded.completeness, finished_at = excluded.finished_at,
                next_due_at = excluded.next_due_at, last_error = excluded.last_error,
                consecutive_failures = excluded.consecutive_failures
        """
        reported = None if state.reported is None else state.reported.model_dump_json()
        execute(self._conn, sql, {**state.model_dump(), "phase": state.phase.value, "reported": reported})

    def mark_failed(self, appid: int, *, error: str, next_due_at: datetime) -> None:
        """Note a failure beside whatever stands there; the cursor and the counts stay."""
        sql = """
            insert into crawl_state (appid, phase, stored, last_error, next_due_at, consecutive_failures)
            values (%(appid)s, 'first', 0, %(error)s, %(next_due_at)s, 1)
            on conflict (appid) do update set
                last_error = excluded.last_error, next_due_at = excluded.next_due_at,
                consecutive_failures = crawl_state.consecutive_failures + 1
        """
        execute(self._conn, sql, {"appid": appid, "error": error, "next_due_at": next_due_at})
