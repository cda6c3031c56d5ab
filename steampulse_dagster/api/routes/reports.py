"""Reports: the current one, any one, as a file, and what changed between two."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from steampulse_dagster.api.deps import AppId, Services
from steampulse_dagster.errors import NotFoundError
from steampulse_dagster.models.report_diffs import ReportDiff
from steampulse_dagster.models.reports import StoredReport
from steampulse_dagster.services.data_dictionary import build_report_schema
from steampulse_dagster.services.report_markdown import render_markdown

router = APIRouter(prefix="/api", tags=["reports"])

MAX_ID = 2**63 - 1


HTML_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""Of a report as one file: its style stands in it, and nothing of it runs or is fetched."""


def _files(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The file", "content": {media_type: {"schema": {"type": "string"}}}}}


def _as_file(text: str, stored: StoredReport, *, media_type: str, suffix: str) -> Response:
    name = f"report-{stored.appid}-{stored.report_id}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=media_type, headers=headers)


ReportId = Annotated[int, Path(ge=1, le=MAX_ID, description="Number of the report")]


@router.get("/games/{appid}/report")
def get_current_report(services: Services, appid: AppId) -> StoredReport:
    """The game's current report."""
    return services.reports.require_current_report(appid)


@router.get("/games/{appid}/report.md", response_class=Response, responses=_files("text/markdown"))
def download_markdown(services: Services, appid: AppId) -> Response:
    """The current report as Markdown."""
    stored = services.reports.require_current_report(appid)
    return _as_file(render_markdown(stored.report), stored, media_type="text/markdown", suffix="md")


@router.get("/games/{appid}/report.html", response_class=Response, responses=_files("text/html"))
def download_html(services: Services, appid: AppId) -> Response:
    """The current report as one HTML file that needs nothing else: to send, to print, to keep."""
    from steampulse_dagster.api.pages.report_html import render_report_html

    page = services.games.get_page(appid)
    stored = page.report or services.reports.require_current_report(appid)
    answer = _as_file(render_report_html(stored, page), stored, media_type="text/html", suffix="html")
    answer.headers["Content-Security-Policy"] = HTML_POLICY
    return answer


@router.get("/report-schema.json", responses={200: {"description": "JSON Schema", "content": {"application/json": {}}}})
def get_report_schema() -> JSONResponse:
    """The JSON Schema of a report, as `report` of the other answers has it."""
    return JSONResponse(build_report_schema())


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
