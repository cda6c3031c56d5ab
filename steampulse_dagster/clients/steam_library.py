"""A player's library from Steam: GetOwnedGames, ResolveVanityURL, GetPlayerSummaries. Reads HTTP, writes nothing."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError as ModelError

from steampulse_dagster.clients.http import SteamHttp
from steampulse_dagster.clients.steam_values import (
    UnreadableValueError,
    number_or_none,
    object_in,
    objects_in,
    read_count,
    read_number,
    read_seconds,
    text_or_empty,
)
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.library import LARGEST_MINUTES, OwnedGame, OwnedLibrary
from steampulse_dagster.models.quarantine import QuarantineSource, Unparsed
from steampulse_dagster.utils.clock import read_moment
from steampulse_dagster.utils.steam_ids import is_steam_id, read_profile
from steampulse_dagster.utils.text import clean_text

MAX_NAME = 1_000
RESOLVED, NO_MATCH = 1, 42
"""`success` of ResolveVanityURL."""
_YEAR_2000 = 946_684_800
_MINUTES = (
    "playtime_forever", "playtime_2weeks", "playtime_windows_forever", "playtime_mac_forever",
    "playtime_linux_forever", "playtime_deck_forever",
)  # fmt: skip


class SteamLibrarySource:
    """Methods raise SteamApiError: private, not_found, key_refused, rate_limited, unavailable, incomplete and
    unexpected_shape are different answers; an empty library is none of them. They raise ConfigError without a key."""

    def __init__(self, http: SteamHttp, *, api_url: str, key: str | None) -> None:
        self._http = http
        self._api_url = api_url
        self._key = key

    async def fetch_steam_id(self, profile: str) -> str:
        """The SteamID64 that a SteamID64, a profile address or a custom name stands for. Raises ValidationError for
        what is none of them; a SteamID64 is taken as it is, without asking."""
        steam_id, name = read_profile(profile)
        if steam_id is not None:
            return steam_id
        what = f"The profile {name}"
        answer = await self._fetch("ISteamUser/ResolveVanityURL/v1", {"vanityurl": str(name), "url_type": "1"}, what)
        found = text_or_empty(answer, "steamid")
        match number_or_none(answer, "success"):
            case code if code == RESOLVED and is_steam_id(found):
                return found
            case code if code == NO_MATCH:
                message = f"Steam has no profile with the custom name {name!r}."
                raise SteamApiError(message, kind=SteamErrorKind.NOT_FOUND)
            case _:
                message = f"{what}: the answer names neither an id nor that there is none."
                raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE)

    async def fetch_owned_games(self, steam_id: str) -> OwnedLibrary:
        """Every game of a profile, played free ones included, with names and playtimes; maybe none."""
        params = {
            "steamid": steam_id,
            "include_appinfo": "true",
            "include_played_free_games": "true",
            # Without this, games with limited profile features are left out.
            "skip_unvetted_apps": "false",
            "language": "english",
        }
        answer = await self._fetch("IPlayerService/GetOwnedGames/v1", params, f"The library of {steam_id}")
        if not answer:
            raise await self._explain_empty(steam_id)
        # Tens of thousands of entries take long enough to hold up every other request of the loop.
        return await asyncio.to_thread(parse_library, answer, steam_id=steam_id)

    async def _explain_empty(self, steam_id: str) -> SteamApiError:
        """Private profiles and unknown ids get the same empty answer; the profile itself tells them apart."""
        answer = await self._fetch(
            "ISteamUser/GetPlayerSummaries/v2", {"steamids": steam_id}, f"The profile {steam_id}"
        )
        if objects_in(answer, "players"):
            message = f"The profile {steam_id} does not show its games: they are private."
            return SteamApiError(message, kind=SteamErrorKind.PRIVATE)
        return SteamApiError(f"Steam has no profile {steam_id}.", kind=SteamErrorKind.NOT_FOUND)

    async def _fetch(self, method: str, params: Mapping[str, str], what: str) -> Mapping[str, Any]:
        if not self._key:
            raise ConfigError("Libraries need a Web API key: set STEAM_API_KEY (steamcommunity.com/dev/apikey).")
        answer = await self._http.fetch_json(
            f"{self._api_url}/{method}/", params={"key": self._key, **params}, what=what
        )
        if not isinstance(answer.get("response"), dict):
            raise SteamApiError(f"{what}: the answer has no response.", kind=SteamErrorKind.UNEXPECTED_SHAPE)
        return object_in(answer, "response")


def parse_library(answer: Mapping[str, Any], *, steam_id: str) -> OwnedLibrary:
    """The inner answer of GetOwnedGames. An entry that cannot be read is kept whole beside the others.

    Raises SteamApiError incomplete where fewer entries came than are counted, unexpected_shape where none can be.
    """
    count, entries = number_or_none(answer, "game_count"), answer.get("games", [])
    if not isinstance(entries, list) or (count is None and not entries):
        message = f"The library of {steam_id}: the answer has no list of games."
        raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE)
    if count is not None and len(entries) < count:
        message = f"The library of {steam_id}: Steam sent {len(entries)} of {count} games."
        raise SteamApiError(message, kind=SteamErrorKind.INCOMPLETE)
    parsed = [parse_owned_game(entry) for entry in entries]
    games = {game.appid: game for game in parsed if isinstance(game, OwnedGame)}
    return OwnedLibrary(
        steam_id=steam_id,
        games=tuple(games[appid] for appid in sorted(games)),
        unparsed=tuple(entry for entry in parsed if isinstance(entry, Unparsed)),
    )


def parse_owned_game(raw: Any) -> OwnedGame | Unparsed:
    """One entry. The name stays as Steam sends it, but for what no table can hold."""
    try:
        if not isinstance(raw, Mapping):
            raise UnreadableValueError(f"the entry is {type(raw).__name__}, not an object")
        appid = read_number(raw, "appid")
        if appid is None:
            raise UnreadableValueError("the entry has no appid")
        last_played = read_seconds(raw, "rtime_last_played")
        return OwnedGame(
            appid=appid,
            name=clean_text(text_or_empty(raw, "name"))[:MAX_NAME],
            # 86400 and the like stand for "before Steam kept this".
            last_played=read_moment(last_played) if last_played >= _YEAR_2000 else None,
            icon=clean_text(text_or_empty(raw, "img_icon_url"))[:200],
            **{field: read_count(raw, field, ceiling=LARGEST_MINUTES) or 0 for field in _MINUTES},
        )
    except (UnreadableValueError, ModelError) as error:
        reason = str(error) if isinstance(error, UnreadableValueError) else "the appid is none"
        appid_or_none = number_or_none(raw, "appid") if isinstance(raw, Mapping) else None
        return Unparsed(
            source=QuarantineSource.OWNED_GAME,
            payload=json.dumps(raw, ensure_ascii=True),
            reason=reason,
            appid=appid_or_none,
        )
