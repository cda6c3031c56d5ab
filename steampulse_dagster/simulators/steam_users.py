"""GetOwnedGames and ResolveVanityURL of the Steam look-alike."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from steampulse_dagster.simulators.wire import BadParameterError, Params, json_response
from steampulse_dagster.simulators.world import World

_APPINFO = (
    "name",
    "img_icon_url",
    "has_community_visible_stats",
    "has_leaderboards",
    "content_descriptorids",
)
_NO_MATCH = 42


class GetOwnedGames:
    """IPlayerService/GetOwnedGames. An unknown account answers as a private profile does, without game_count."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, params: Params) -> Response:
        steamid = str(params.values.get("steamid", ""))
        if not steamid.isdigit():
            raise BadParameterError("Required parameter 'steamid' is missing")
        return json_response({"response": await asyncio.to_thread(self._answer, steamid, params)})

    def _answer(self, steamid: str, params: Params) -> Mapping[str, Any]:
        owned = self._world.get_owned_games(steamid)
        if not owned:
            return {}
        games = [_shown(game, params) for game in owned.get("games", ()) if self._is_wanted(game, params)]
        return {**owned, "game_count": len(games), "games": games} if games else {"game_count": 0}

    def _is_wanted(self, game: Mapping[str, Any], params: Params) -> bool:
        """Free games are left out unless asked for; the world's store data says which are free."""
        only = {str(appid) for appid in params.items("appids_filter")}
        if only and str(game["appid"]) not in only:
            return False
        return params.flag("include_played_free_games", default=False) or not self._is_free(game["appid"])

    def _is_free(self, appid: int) -> bool:
        data = (self._world.get_appdetails(appid) or {}).get("data")
        return isinstance(data, Mapping) and bool(data.get("is_free"))


def _shown(game: Mapping[str, Any], params: Params) -> Mapping[str, Any]:
    if params.flag("include_appinfo", default=False):
        return game
    return {key: value for key, value in game.items() if key not in _APPINFO}


class GetPlayerSummaries:
    """ISteamUser/GetPlayerSummaries: private profiles have one too, unknown accounts are left out."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, params: Params) -> Response:
        steamids = [steamid for steamid in params.text("steamids").split(",") if steamid.isdigit()]
        players = [player for steamid in steamids if (player := await asyncio.to_thread(self._player, steamid))]
        return json_response({"response": {"players": players}})

    def _player(self, steamid: str) -> Mapping[str, Any] | None:
        owned = self._world.get_owned_games(steamid)
        if owned is None:
            return None
        return {"steamid": steamid, "communityvisibilitystate": 3 if owned else 1, "profilestate": 1}


class ResolveVanityURL:
    """ISteamUser/ResolveVanityURL: HTTP 200 whether or not the name exists."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, params: Params) -> Response:
        name = params.text("vanityurl")
        if not name:
            raise BadParameterError("Required parameter 'vanityurl' is missing")
        steamid = await asyncio.to_thread(self._world.resolve_vanity, name)
        if steamid is None:
            return json_response({"response": {"success": _NO_MATCH, "message": "No match"}})
        return json_response({"response": {"success": 1, "steamid": steamid}})
