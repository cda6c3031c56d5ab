"""Whether the process lives and whether it can answer; and the stub that grants a key."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from steampulse_dagster.api.deps import Services
from steampulse_dagster.models.base import Model
from steampulse_dagster.models.reading import Readiness
from steampulse_dagster.services.metrics import CONTENT_TYPE

router = APIRouter(tags=["health"])


class Health(Model):
    """The process lives."""

    status: Literal["ok"] = "ok"


class KeyGrant(Model):
    """The answer of a stub: it grants everything that is asked and unlocks nothing."""

    granted: Literal[True] = True
    stub: Literal[True] = True
    unlocks: tuple[str, ...] = ()


@router.get("/health")
async def get_health() -> Health:
    """Whether the process lives; asks nobody."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness, "description": "The database is away or lacks tables"}})
def get_readiness(services: Services, response: Response) -> Readiness:
    """Whether questions can be answered: the database is there and has all tables."""
    readiness = services.readiness.check()
    if not readiness.ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return readiness


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"description": "Prometheus's text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
)
def get_metrics(services: Services) -> Response:
    """Figures of the whole product for Prometheus; read at most once in ten seconds."""
    return Response(services.metrics.render(), media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


@router.get("/api/validate-key")
async def validate_key(
    key: Annotated[str, Query(max_length=500, description="Anything; it is neither looked at nor kept")] = "",
) -> KeyGrant:
    """**A stub**, which always grants. It unlocks nothing: what changes state needs the token of the settings."""
    return KeyGrant()
