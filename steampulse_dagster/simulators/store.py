"""The store look-alike (store.steampowered.com): appdetails, and what became of the old review page."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from steampulse_dagster.simulators.wire import STEAM_ERRORS, json_response
from steampulse_dagster.simulators.world import World

_GROUPS: Mapping[str, tuple[str, ...]] = {
    "basic": (
        "type",
        "name",
        "steam_appid",
        "required_age",
        "is_free",
        "controller_support",
        "dlc",
        "detailed_description",
        "about_the_game",
        "short_description",
        "fullgame",
        "supported_languages",
        "header_image",
        "capsule_image",
        "capsule_imagev5",
        "website",
        "pc_requirements",
        "mac_requirements",
        "linux_requirements",
    ),
    "packages": ("packages", "package_groups"),
    "background": ("background", "background_raw"),
}
"""Filter groups that hold more than the key of their own name."""

_FRONT_PAGE = "<!DOCTYPE html><html><head><title>Welcome to Steam</title></head><body>Steam</body></html>"


def build_store(world: World) -> Starlette:
    """An ASGI application that answers as store.steampowered.com does; `cc` and `l` change nothing."""

    async def appdetails(request: Request) -> Response:
        appids = request.query_params.get("appids", "").split(",")
        groups = [name for name in request.query_params.get("filters", "").split(",") if name]
        if not all(appid.isdigit() for appid in appids) or (len(appids) > 1 and groups != ["price_overview"]):
            return json_response(None, status=400)
        return json_response(await asyncio.to_thread(_answers, world, appids, groups))

    async def front_page(_: Request) -> Response:
        return HTMLResponse(_FRONT_PAGE)

    async def old_reviews(request: Request) -> Response:
        """Switched off on 2026-10-22: a client that follows redirects gets HTTP 200 and HTML."""
        return RedirectResponse(request.scope.get("root_path", "") + "/", status_code=302)

    routes = [
        Route("/", front_page),
        Route("/api/appdetails", appdetails),
        Route("/api/appdetails/", appdetails),
        Route("/appreviews/{appid}", old_reviews),
    ]
    return Starlette(routes=routes, exception_handlers=STEAM_ERRORS)


def _answers(world: World, appids: list[str], groups: list[str]) -> Mapping[str, Any]:
    body: dict[str, Any] = {}
    for appid in appids:
        inner = world.get_appdetails(int(appid))
        if inner is not None and "success" not in inner:
            return inner
        body[appid] = {"success": False} if inner is None else _filtered(inner, groups)
    return body


def _filtered(inner: Mapping[str, Any], groups: list[str]) -> Mapping[str, Any]:
    """Only the groups asked for; `data` is an empty list where nothing is left, as for the price of a free app."""
    data = inner.get("data")
    if not groups or not isinstance(data, Mapping):
        return inner
    keys = {key for group in groups for key in _GROUPS.get(group, (group,))}
    return {**inner, "data": {key: value for key, value in data.items() if key in keys} or []}
