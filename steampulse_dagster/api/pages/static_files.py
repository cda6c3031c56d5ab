"""The served files of the pages; one that is asked for by its digest may be kept for ever."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from steampulse_dagster.api.pages.rendering import STATIC

FOR_EVER = "public, max-age=31536000, immutable"


class PageFiles(StaticFiles):
    """Files under api/static."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; with a digest in its address it never changes."""
        response = await super().get_response(path, scope)
        is_named_by_digest = scope.get("query_string", b"").startswith(b"v=")
        if response.status_code in (200, 304) and (is_named_by_digest or path.startswith("fonts/")):
            response.headers["Cache-Control"] = FOR_EVER
        return response
