"""Owned games and profiles, over HTTP to the look-alikes and over answers that these never give."""

import httpx
import pytest

from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_library import parse_library, parse_owned_game
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.library import OwnedGame
from steampulse_dagster.models.quarantine import QuarantineSource
from steampulse_dagster.simulators.app import build_app
from steampulse_dagster.simulators.large_library import ODD_NAMES, OWNER, LargeLibraryWorld
from steampulse_dagster.simulators.seeded.library import COLLECTOR, NEWCOMER, PRIVATE
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.steam import REFUSED_KEY
from tests.fake_steam import NO_WAITING

pytestmark = pytest.mark.unit


def open_library(world=None, *, key="any", handler=None):
    transport = httpx.MockTransport(handler) if handler else httpx.ASGITransport(build_app(world or SeededWorld()))
    limiter = HostLimiter(requests_per_second=None, concurrency=4)
    urls = {"api_url": "http://sim/steam", "store_url": "http://sim/store"}
    return SteamDataSource(
        httpx.AsyncClient(transport=transport), **urls, key=key, limiter=limiter, retry=NO_WAITING
    ).library


async def refusal(library, steam_id):
    with pytest.raises(SteamApiError) as caught:
        await library.fetch_owned_games(steam_id)
    return caught.value


async def test_a_library_comes_with_names_playtimes_and_free_games():
    library = await open_library().fetch_owned_games(COLLECTOR)
    assert len(library.games) == 38
    assert library.unparsed == ()
    assert all(game.name and game.icon for game in library.games)
    assert any(game.playtime_forever and game.last_played for game in library.games)
    assert [game.appid for game in library.games] == sorted(game.appid for game in library.games)


async def test_private_unknown_and_empty_are_three_different_answers():
    library = open_library()
    assert (await refusal(library, PRIVATE)).kind is SteamErrorKind.PRIVATE
    assert (await refusal(library, "76561202255100009")).kind is SteamErrorKind.NOT_FOUND
    assert (await library.fetch_owned_games(NEWCOMER)).games == ()


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (401, SteamErrorKind.KEY_REFUSED, False),
        (429, SteamErrorKind.RATE_LIMITED, True),
        (503, SteamErrorKind.UNAVAILABLE, True),
    ],
)
async def test_a_refused_key_a_rate_limit_and_an_outage_are_told_apart(status, kind, retryable):
    error = await refusal(open_library(handler=lambda _: httpx.Response(status)), COLLECTOR)
    assert (error.code, error.kind, error.retryable) == ("STEAM_API_ERROR", kind, retryable)


async def test_a_refused_key_is_named_and_not_shown():
    error = await refusal(open_library(key=REFUSED_KEY), COLLECTOR)
    assert error.kind is SteamErrorKind.KEY_REFUSED
    assert "STEAM_API_KEY" in error.advice
    assert REFUSED_KEY not in error.message.split()


async def test_without_a_key_nothing_is_asked():
    with pytest.raises(ConfigError, match="STEAM_API_KEY"):
        await open_library(key=None).fetch_owned_games(COLLECTOR)


async def test_a_custom_name_is_resolved_and_an_id_is_taken_as_it_is():
    library = open_library()
    assert await library.fetch_steam_id("https://steamcommunity.com/id/BrassCollector/") == COLLECTOR
    assert await library.fetch_steam_id("76561") == NEWCOMER
    assert await open_library(handler=lambda _: httpx.Response(500)).fetch_steam_id(COLLECTOR) == COLLECTOR
    with pytest.raises(SteamApiError, match="custom name 'nobody'") as caught:
        await library.fetch_steam_id("nobody")
    assert caught.value.kind is SteamErrorKind.NOT_FOUND


async def test_odd_names_arrive_as_they_are():
    library = await open_library(LargeLibraryWorld(97)).fetch_owned_games(OWNER)
    assert [game.name for game in library.games[: len(ODD_NAMES)]] == [f"{n} {i}" for i, n in enumerate(ODD_NAMES)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"game_count": 2, "games": [{"appid": 10}]}, SteamErrorKind.INCOMPLETE),
        ({"game_count": 2}, SteamErrorKind.INCOMPLETE),
        ({"games": {}}, SteamErrorKind.UNEXPECTED_SHAPE),
        ({"else": 1}, SteamErrorKind.UNEXPECTED_SHAPE),
    ],
)
def test_half_a_list_or_none_is_no_library(answer, kind):
    with pytest.raises(SteamApiError) as caught:
        parse_library(answer, steam_id=COLLECTOR)
    assert caught.value.kind is kind


def test_an_entry_that_cannot_be_read_is_kept_whole_beside_the_others():
    entries = [{"appid": 10, "playtime_forever": "5"}, {"appid": "ten"}, "x", {"name": "No id"}, {"appid": 2**33}]
    library = parse_library({"game_count": 5, "games": entries}, steam_id=COLLECTOR)
    assert [(game.appid, game.playtime_forever) for game in library.games] == [(10, 5)]
    assert len(library.unparsed) == 4
    assert all(entry.source is QuarantineSource.OWNED_GAME and entry.reason for entry in library.unparsed)


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        ({"rtime_last_played": 86400}, "last_played", None),
        ({"rtime_last_played": 0}, "last_played", None),
        ({"playtime_forever": -5}, "playtime_forever", 0),
        ({"playtime_forever": 4294967295}, "playtime_forever", 0),
        ({"name": "a\0b\ud800\r\nc"}, "name", "ab\nc"),
        ({"name": 5}, "name", ""),
    ],
)
def test_odd_values_are_cleaned(raw, field, value):
    game = parse_owned_game({"appid": 10, **raw})
    assert isinstance(game, OwnedGame)
    assert getattr(game, field) == value
