"""What routes are handed: the services, and the permission to change state."""

from typing import Annotated

from fastapi import Depends, Path, Request

from steampulse_dagster.api.access import Access
from steampulse_dagster.models.reading import MAX_APPID
from steampulse_dagster.services.reading import ReadingServices


async def get_services(request: Request) -> ReadingServices:
    """The services that the app was made with. Not a plain function, which would be handed to a thread."""
    services: ReadingServices = request.app.state.services
    return services


def require_writer(request: Request) -> None:
    """Raises AccessError for a caller that may not change state."""
    access: Access = request.app.state.access
    access.require(request.headers, peer=request.client.host if request.client else None)


Services = Annotated[ReadingServices, Depends(get_services)]
Writer = Depends(require_writer)
AppId = Annotated[int, Path(ge=1, le=MAX_APPID, description="Steam's number of the game", examples=[9000030])]
