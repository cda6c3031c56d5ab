"""Compares stored reports of a game; reads `reports` and `report_heads`."""

from steampulse_dagster.analyzer.report_diff import build_diff
from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.report_diffs import ReportDiff
from steampulse_dagster.models.reports import StoredReport
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.utils.db import Database


class ReportDiffService:
    """Blocks on the database: call it from a thread where an event loop runs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def compare(self, appid: int, *, from_id: int | None = None, to_id: int | None = None) -> ReportDiff:
        """What changed between two reports of a game: by default from the one before to the current one.

        Raises NotFoundError for a report that is not there, ValidationError where it is another game's or the game has
        only one.
        """
        with self._db.connection() as conn:
            reports = ReportRepository(conn)
            newer = reports.get_current(appid) if to_id is None else _require(reports, to_id, appid)
            if newer is None:
                raise NotFoundError(
                    f"There is no report on {appid} yet: `steampulse run {appid}` makes it.", appid=appid
                )
            older = _require(reports, from_id, appid) if from_id is not None else _get_before(reports, newer)
        if older is None:
            raise ValidationError(
                f"{newer.report.name} ({appid}) has no report older than {newer.report_id} to compare it with.",
                appid=appid,
            )
        return build_diff(older, newer)


def _require(reports: ReportRepository, report_id: int, appid: int) -> StoredReport:
    stored = reports.get_by_id(report_id)
    if stored is None:
        raise NotFoundError(f"There is no report {report_id}.", appid=appid)
    if stored.appid != appid:
        raise ValidationError(f"Report {report_id} is about {stored.appid}, not about {appid}.", appid=appid)
    return stored


def _get_before(reports: ReportRepository, newer: StoredReport) -> StoredReport | None:
    history = reports.list_history(newer.appid)
    return next((stored for stored in history if stored.report_id < newer.report_id), None)
