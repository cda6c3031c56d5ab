"""Reads, for the checks on tables, how many rows there are and which are not as they should be.

From `report_heads`, `report_proofs`, `crawl_state`, `tracked_games`, `llm_batches`, `llm_batch_records`, `llm_calls`.
Each statement is one pass over an index or a small table, also at 100,000 games.
"""

from datetime import timedelta
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import fetch_all, fetch_one


class DataCheckRepository:
    """Counts and offenders."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def count_reports(self) -> dict[str, Any]:
        """Current reports, and how many were never examined."""
        sql = """
            select count(*) as reports, count(*) - count(proof.report_id) as unproven
            from report_heads head left join report_proofs proof using (report_id)
        """
        return self._one(sql)

    def list_bad_reports(self, *, limit: int) -> list[dict[str, Any]]:
        """Current reports in which something is wrong, with what."""
        sql = """
            select head.appid, proof.report_id, proof.quotes, proof.ungrounded, proof.repeated, proof.miscounted,
                proof.offenders
            from report_proofs proof join report_heads head using (report_id)
            where proof.ungrounded + proof.repeated + proof.miscounted > 0
            order by proof.report_id limit %(limit)s
        """
        return fetch_all(self._conn, sql, {"limit": limit})

    def count_completeness(self, *, least: float) -> dict[str, Any]:
        """Tracked games whose completeness is known, and how many are below what is wanted."""
        sql = """
            select count(*) as games, count(*) filter (where completeness < %(least)s) as bad,
                coalesce(avg(least(completeness, 1)), 0)::float8 as average
            from crawl_state join tracked_games using (appid) where completeness is not null
        """
        return self._one(sql, least=least)

    def list_incomplete(self, *, least: float, limit: int) -> list[dict[str, Any]]:
        """The least complete games."""
        sql = """
            select appid, tracked.name, stored, (reported ->> 'total_reviews')::bigint as reported,
                round(completeness::numeric, 4)::float8 as completeness
            from crawl_state join tracked_games tracked using (appid)
            where completeness < %(least)s order by completeness, appid limit %(limit)s
        """
        return fetch_all(self._conn, sql, {"least": least, "limit": limit})

    def count_freshness(self, *, late: timedelta) -> dict[str, Any]:
        """Tracked games, and how many are overdue by so much, were never crawled, or are given up."""
        sql = """
            select count(*) as games,
                count(*) filter (where next_due_at < now() - %(late)s and dead_since is null) as overdue,
                count(*) filter (where state.appid is null and tracked_at < now() - %(late)s) as never,
                count(*) filter (where dead_since is not null) as given_up
            from tracked_games left join crawl_state state using (appid)
        """
        return self._one(sql, late=late)

    def list_overdue(self, *, late: timedelta, limit: int) -> list[dict[str, Any]]:
        """The games that are overdue longest."""
        sql = """
            select appid, name, round(extract(epoch from now() - due_at) / 86400, 1)::float8 as days,
                coalesce(last_error, '') as reason
            from (
                select tracked.appid, tracked.name, coalesce(state.next_due_at, tracked.tracked_at) as due_at,
                    state.last_error
                from tracked_games tracked left join crawl_state state using (appid) where state.dead_since is null
            ) due where due_at < now() - %(late)s order by due_at, appid limit %(limit)s
        """
        return fetch_all(self._conn, sql, {"late": late, "limit": limit})

    def count_jobs(self) -> int:
        """Bulk jobs that are not collected."""
        return int(self._one("select count(*) as jobs from llm_batches where collected_at is null")["jobs"])

    def list_orphaned_jobs(self, *, late: timedelta, limit: int) -> list[dict[str, Any]]:
        """Bulk jobs that nobody looks after: not brought to the service, or ended and not read, for so long."""
        sql = """
            select batch_id as job, status, model, records, coalesce(error, '') as reason,
                round(extract(epoch from now() - coalesce(finished_at, created_at)) / 3600, 1)::float8 as hours
            from llm_batches where collected_at is null and (
                finished_at < now() - %(late)s or job_arn is null and created_at < now() - %(late)s
            ) order by batch_id limit %(limit)s
        """
        return fetch_all(self._conn, sql, {"late": late, "limit": limit})

    def count_forgotten_records(self) -> int:
        """Records of collected jobs whose money is still set aside."""
        sql = """
            select count(*) as calls from llm_calls call
            join llm_batch_records record using (call_id) join llm_batches job using (batch_id)
            where call.status = 'reserved' and job.collected_at is not null
        """
        return int(self._one(sql)["calls"])

    def _one(self, sql: str, **params: object) -> dict[str, Any]:
        return fetch_one(self._conn, sql, params) or {}
