"""Makes the app: routes, pages, files and what lies around them. Opens nothing; the services are handed in."""

from functools import cache, partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from steampulse_dagster.api.access import Access
from steampulse_dagster.api.errors import ERROR_RESPONSES, install_error_handlers
from steampulse_dagster.api.examples import add_examples
from steampulse_dagster.api.middleware import EntityTags, RequestContext, UnexpectedErrors
from steampulse_dagster.api.routes import ROUTERS
from steampulse_dagster.models.base import Model
from steampulse_dagster.services.reading import ReadingServices
from steampulse_dagster.utils.attribute_docs import describe_schemas, list_models

DESCRIPTION = """
Games on Steam as their reviews tell: reports whose every statement names how many reviews say so out of how many were
read, the reviews behind it, searches, trends and exports.

Lists come in pages: ask on with `cursor`, which only the list that gave it can read. Errors are
`{code, message, detail}`. Answers carry an `ETag`; send it back as `If-None-Match` to be told 304 if nothing changed.
""".strip()
COMPRESSED_FROM_BYTES = 1_000
COMPRESSION_LEVEL = 3
"""Of a game's page, 250 kB: 1.0 ms and 30 kB; level 5 takes 1.8 ms for 26 kB, level 1 0.8 ms for 32 kB."""


def create_app(services: ReadingServices, *, access: Access) -> FastAPI:
    """The reading side on these services; `access` says who may change state."""
    app = FastAPI(
        title="SteamPulse",
        version=version("steampulse"),
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        # FastAPI's own pages about the API load their scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        responses=ERROR_RESPONSES,
        middleware=[
            Middleware(RequestContext),
            Middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=COMPRESSION_LEVEL),
            Middleware(EntityTags),
            Middleware(UnexpectedErrors),
        ],
    )
    app.openapi = cache(partial(_build_document, app))  # type: ignore[method-assign]
    app.state.services, app.state.access = services, access
    install_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    _include_pages(app)
    return app


def _build_document(app: FastAPI) -> dict[str, Any]:
    """The API's document, with what stands below the fields of the models, and examples of answers."""
    document = FastAPI.openapi(app)
    describe_schemas(document["components"]["schemas"], list_models(Model))
    add_examples(document)
    return document


def _include_pages(app: FastAPI) -> None:
    from steampulse_dagster.api.pages.routes import router
    from steampulse_dagster.api.pages.static_files import PageFiles

    app.include_router(router, include_in_schema=False)
    app.mount("/static", PageFiles(), name="static")
