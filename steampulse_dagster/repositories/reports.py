"""Reads and writes `reports` and `report_heads`; a report is written once and never changed."""

from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reports import GameReport, StoredReport
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one, fetch_one_planned


class ReportRepository:
    """Reports of games, and which of a game's reports is the current one."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def freeze_view(self) -> None:
        """Make the transaction, which has to be new, see the database as it is at this moment, and write nothing."""
        execute(self._conn, "set transaction isolation level repeatable read, read only")

    def insert(self, *, appid: int, report_key: str, report: GameReport) -> StoredReport:
        """Store a report and make it the current one; of two equal keys the first report stays."""
        sql = """
            insert into reports (appid, report_key, analyst_key, report)
            values (%(appid)s, %(report_key)s, %(analyst_key)s, %(report)s::jsonb)
            on conflict (appid, report_key) do nothing
        """
        params = {"appid": appid, "report_key": report_key, "analyst_key": report.provenance.key}
        execute(self._conn, sql, {**params, "report": report.model_dump_json()})
        stored = self.get_by_key(appid, report_key=report_key)
        if stored is None:
            raise LookupError(f"report {report_key} of {appid} vanished within its transaction")
        self.mark_current(stored)
        return stored

    def mark_current(self, stored: StoredReport) -> None:
        """Note that this report is the game's current one and true at this moment, and what it rests on."""
        sql = """
            insert into report_heads (appid, report_id, analyst_key, reviews, positive, newest_review_at)
            values (%(appid)s, %(report_id)s, %(analyst_key)s, %(reviews)s, %(positive)s, %(newest_review_at)s)
            on conflict (appid) do update set
                report_id = excluded.report_id, confirmed_at = now(), analyst_key = excluded.analyst_key,
                reviews = excluded.reviews, positive = excluded.positive,
                newest_review_at = excluded.newest_review_at
        """
        facts = stored.report.facts
        params = {
            "appid": stored.appid,
            "report_id": stored.report_id,
            "analyst_key": stored.report.provenance.key,
            "reviews": facts.stored,
            "positive": facts.positive,
            "newest_review_at": facts.last_created,
        }
        execute(self._conn, sql, params)

    def get_by_key(self, appid: int, *, report_key: str) -> StoredReport | None:
        """The game's report that was made from exactly this."""
        sql = """
            select report_id, appid, report_key, created_at, report::text as report
            from reports where appid = %(appid)s and report_key = %(report_key)s
        """
        return _parse(fetch_one(self._conn, sql, {"appid": appid, "report_key": report_key}))

    def get_by_id(self, report_id: int) -> StoredReport | None:
        """Any report, current or not."""
        sql = """
            select report_id, appid, report_key, created_at, report::text as report
            from reports where report_id = %(report_id)s
        """
        return _parse(fetch_one_planned(self._conn, sql, {"report_id": report_id}))

    def get_current(self, appid: int) -> StoredReport | None:
        """The game's current report."""
        sql = """
            select report_id, appid, report_key, created_at, report::text as report
            from current_reports where appid = %(appid)s
        """
        return _parse(fetch_one(self._conn, sql, {"appid": appid}))

    def list_history(self, appid: int, *, limit: int = 100) -> list[StoredReport]:
        """The game's reports, newest first."""
        sql = """
            select report_id, appid, report_key, created_at, report::text as report
            from reports where appid = %(appid)s order by report_id desc limit %(limit)s
        """
        rows = fetch_all(self._conn, sql, {"appid": appid, "limit": limit})
        return [_build(row) for row in rows]


def _parse(row: dict[str, Any] | None) -> StoredReport | None:
    return None if row is None else _build(row)


def _build(row: dict[str, Any]) -> StoredReport:
    return StoredReport(**{**row, "report": GameReport.model_validate_json(row["report"])})
