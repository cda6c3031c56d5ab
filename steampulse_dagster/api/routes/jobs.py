"""Re-analyses of games: where each stands, why, what it cost."""

from typing import Annotated

from fastapi import APIRouter, Query

from steampulse_dagster.api.deps import Services
from steampulse_dagster.models.analysis_jobs import AnalysisJob
from steampulse_dagster.models.reading import MAX_APPID, MAX_PAGE

router = APIRouter(prefix="/api", tags=["work"])


@router.get("/jobs")
def list_jobs(
    services: Services,
    appid: Annotated[int | None, Query(ge=1, le=MAX_APPID, description="Of this game; else of all")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most jobs")] = 50,
) -> tuple[AnalysisJob, ...]:
    """The newest re-analyses."""
    return services.jobs.list_newest(limit=limit, appid=appid)
