"""The Steam Web API look-alike (api.steampowered.com): one table of methods over a world."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from steampulse_dagster.simulators.steam_catalog import GetAppList, GetItems, GetTagList
from steampulse_dagster.simulators.steam_reviews import GetAppReviews
from steampulse_dagster.simulators.steam_users import GetOwnedGames, GetPlayerSummaries, ResolveVanityURL
from steampulse_dagster.simulators.wire import STEAM_ERRORS, Params, steam_error
from steampulse_dagster.simulators.world import World

Method = Callable[[Params], Awaitable[Response]]

_WITH_KEY = frozenset(
    {
        "IStoreService/GetAppList",
        "IPlayerService/GetOwnedGames",
        "ISteamUser/GetPlayerSummaries",
        "ISteamUser/ResolveVanityURL",
    }
)
REFUSED_KEY = "wrong"
"""A key that is refused, as one that was revoked is. Any other that is not empty is a good one."""
_VERSIONS = {"ISteamUser/GetPlayerSummaries": ("v2", "v0002")}
"""Of methods that are not at version 1."""
_DENIED = "Access is denied. Retrying will not help. Please verify your <pre>key=</pre> parameter."


def build_steam(world: World) -> Starlette:
    """An ASGI application that answers as api.steampowered.com does."""
    methods: Mapping[str, Method] = {
        "IStoreService/GetAppList": GetAppList(world),
        "IStoreService/GetTagList": GetTagList(world),
        "IStoreBrowseService/GetItems": GetItems(world),
        "IUserReviewsService/GetAppReviews": GetAppReviews(world),
        "IPlayerService/GetOwnedGames": GetOwnedGames(world),
        "ISteamUser/GetPlayerSummaries": GetPlayerSummaries(world),
        "ISteamUser/ResolveVanityURL": ResolveVanityURL(world),
    }

    async def call(request: Request) -> Response:
        name = f"{request.path_params['interface']}/{request.path_params['method']}"
        method = methods.get(name)
        if method is None or request.path_params["version"].lower() not in _VERSIONS.get(name, ("v1", "v0001")):
            return _no_such_method(request)
        return _refuse_without_key(request, name) or await method(Params.of(request))

    path = "/{interface}/{method}/{version}"
    return Starlette(routes=[Route(path, call), Route(path + "/", call)], exception_handlers=STEAM_ERRORS)


def _refuse_without_key(request: Request, name: str) -> Response | None:
    if name not in _WITH_KEY or request.query_params.get("key", "") not in ("", REFUSED_KEY):
        return None
    return steam_error(403 if "key" in request.query_params else 401, _DENIED)


def _no_such_method(request: Request) -> Response:
    """What ISteamApps/GetAppList, switched off in November 2025, answers too."""
    method, interface = request.path_params["method"], request.path_params["interface"]
    return steam_error(404, f"Method '{method}' not found in interface '{interface}'")
