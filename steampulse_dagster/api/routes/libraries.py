"""Libraries of Steam ids, as they were imported."""

from typing import Annotated

from fastapi import APIRouter, Path

from steampulse_dagster.api.deps import Services
from steampulse_dagster.api.routes.games import Cursor, Limit
from steampulse_dagster.models.reading import Library

router = APIRouter(prefix="/api/libraries", tags=["libraries"])


@router.get("/{steam_id}")
def get_library(
    services: Services,
    steam_id: Annotated[
        str, Path(pattern=r"^76561[0-9]{12}$", description="SteamID64", examples=["76561198000000001"])
    ],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Library:
    """The games of a Steam id, most played first; empty where nothing was imported."""
    return services.library.get_library(steam_id, limit=limit, cursor=cursor)
