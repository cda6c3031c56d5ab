"""Reports: the current one, any one, as a file, and what changed between two."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from steampulse_dagster.api.deps import AppId, Services
from steampulse_dagster.errors import NotFoundError
from steampulse_dagster.models.report_diffs import ReportDiff
from steampulse_dagster.models.reports import StoredReport

router = APIRouter(prefix="/api", tags=["reports"])

MAX_ID = 2**63 - 1
ReportId = Annotated[int, Path(ge=1, le=MAX_ID, description="Number of the report")]


@router.get("/games/{appid}/report")
def get_current_report(services: Services, appid: AppId) -> StoredReport:
    """The game's current report."""
    return services.reports.require_current_report(appid)


@router.get("/reports/{report_id}")
def get_report(services: Services, report_id: ReportId) -> StoredReport:
    """Any report, current or not; a report never changes."""
    stored = services.reports.get_report(report_id)
    if stored is None:
        raise NotFoundError(f"There is no report {report_id}.")
    return stored


@router.get("/games/{appid}/diff")
def get_diff(
    services: Services,
    appid: AppId,
    from_id: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Older report; else the one before")] = None,
    to_id: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Newer report; else the current one")] = None,
) -> ReportDiff:
    """What changed between two reports of a game."""
    return services.diffs.compare(appid, from_id=from_id, to_id=to_id)
