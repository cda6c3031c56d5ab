"""Wishes for work on games: stored once, taken up by Dagster."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from steampulse_dagster.api.deps import Services, Writer
from steampulse_dagster.models.base import Model
from steampulse_dagster.models.reading import MAX_APPID
from steampulse_dagster.models.work_requests import NewWorkRequest, WorkKind, WorkRequest, WorkSource

router = APIRouter(prefix="/api/requests", tags=["work"])


class WishBody(Model):
    """What is wished for. Equal keys mean the same wish, however often it is sent."""

    kind: WorkKind = Field(description="`refresh` is both", examples=["refresh"])
    appid: int = Field(ge=1, le=MAX_APPID, examples=[9000030])
    key: str | None = Field(default=None, pattern=r"^[!-~]{1,200}$", examples=["nightly-2026-11-29-9000030"])


@router.post("", status_code=202, dependencies=[Writer])
def submit_request(services: Services, wish: WishBody, response: Response) -> WorkRequest:
    """Ask for a crawl, an analysis, or both: 202, and the row that Dagster's sensor takes up.

    Sent again with the same key, or without a key while an equal wish waits, it is 200 and the row that there is.
    Needs `Authorization: Bearer` with the token of the settings.
    """
    wanted = NewWorkRequest(kind=wish.kind, appid=wish.appid, source=WorkSource.API, request_key=wish.key)
    submitted = services.requests.submit(wanted)
    response.headers["Location"] = f"/api/requests/{submitted.request.request_id}"
    if not submitted.is_new:
        response.status_code = 200
    return submitted.request


@router.get("/{request_id}")
def get_request(
    services: Services, request_id: Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the wish")]
) -> WorkRequest:
    """Where a wish stands."""
    return services.requests.require(request_id)
