"""A small invented world and a client that reaches the look-alikes without a socket."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import pytest

from steampulse_dagster.simulators.app import build_app
from steampulse_dagster.simulators.igdb import ClientLimits, TokenDesk

LANGUAGES = ("english", "english", "german", "schinese")


def build_review(number: int, **changes: Any) -> dict[str, Any]:
    """Review `number`; several share a second, and each seventh was edited much later."""
    created = 1_700_000_000 + number // 3 * 60
    review = {
        "recommendationid": str(9_007_199_254_740_993 + number),
        "author": {"steamid": str(76561197960265729 + number), "playtime_forever": 60 * number},
        "language": LANGUAGES[number % 4],
        "review": f"Review {number}: plays well ❤ \u2028 [b]bold[/b]",
        "timestamp_created": created,
        "timestamp_updated": created + (5_000_000 if number % 7 == 0 else 0),
        "voted_up": number % 5 != 0,
        "votes_funny": 4294967295 if number == 3 else 0,
        "weighted_vote_score": "0.520548" if number % 2 else 0,
        "steam_purchase": number % 10 != 0,
    }
    return review | changes


class SmallWorld:
    """Three games, a DLC, a demo; reviews can be added while a walk is under way."""

    name = "small"

    def __init__(self) -> None:
        self.reviews: dict[int, list[dict[str, Any]]] = {
            10: [build_review(number) for number in range(250)],
            20: [build_review(number) for number in range(7)],
            30: [],
        }
        self.details: dict[int, dict[str, Any]] = {
            10: {"success": True, "data": {"type": "game", "name": "Ten", "steam_appid": 10, "is_free": False}},
            20: {"success": True, "data": {"type": "game", "name": "Twenty", "steam_appid": 20, "is_free": True}},
            40: {"type": "Buffer", "data": [1, 2]},
        }
        self.details[10]["data"]["price_overview"] = {"currency": "USD", "final": 999}
        self.details[10]["data"]["genres"] = [{"id": "1", "description": "Action"}]

    def list_apps(self) -> Sequence[Mapping[str, Any]]:
        kinds = {10: "game", 11: "dlc", 12: "demo", 20: "game", 30: "game", 40: "software"}
        return [
            {
                "appid": appid,
                "name": f"App {appid}",
                "last_modified": appid * 100,
                "price_change_number": 1,
                "type": kind,
            }
            for appid, kind in kinds.items()
        ]

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        return self.details.get(appid)

    def get_store_item(self, appid: int) -> Mapping[str, Any] | None:
        if appid != 10:
            return None
        return {
            "id": 10,
            "appid": 10,
            "success": 1,
            "name": "Ten",
            "tags": [{"tagid": 19, "weight": 9}, {"tagid": 21, "weight": 5}],
            "tagids": [19, 21],
            "reviews": {"summary_filtered": {"review_count": 250}},
            "basic_info": {"short_description": "A game."},
        }

    def list_tags(self) -> Mapping[int, str]:
        return {21: "Adventure", 19: "Action"}

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        return self.reviews.get(appid)

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        if appid != 10:
            return None
        return {
            "num_reviews": 77,
            "review_score": 8,
            "review_score_desc": "Very Positive",
            "total_positive": 5000,
            "total_negative": 500,
            "total_reviews": 5500,
        }

    def get_owned_games(self, steamid: str) -> Mapping[str, Any] | None:
        games = [
            {"appid": 10, "name": "Ten", "playtime_forever": 5, "img_icon_url": "a"},
            {"appid": 20, "name": "Twenty", "playtime_forever": 0, "img_icon_url": "b"},
        ]
        return {"76561197960265800": {"game_count": 2, "games": games}, "76561197960265801": {}}.get(steamid)

    def resolve_vanity(self, name: str) -> str | None:
        return {"someone": "76561197960265800"}.get(name)

    def list_igdb_games(self) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "id": 100,
                "name": "Ten",
                "slug": "ten",
                "first_release_date": 1_600_000_000,
                "cover": {"id": 5, "image_id": "co5", "url": "//x"},
                "genres": [{"id": 31, "name": "Adventure"}, {"id": 32, "name": "Indie"}],
                "platforms": [6, 14],
                "game_type": 0,
                "rating": 81.5,
            },
            {"id": 101, "name": "Ten: Gold Edition", "version_parent": 100, "platforms": [6], "game_type": 3},
            {"id": 102, "name": "Twenty", "genres": [{"id": 31, "name": "Adventure"}], "platforms": [48]},
        ]

    def list_igdb_external_games(self) -> Sequence[Mapping[str, Any]]:
        return [
            {"id": 1, "uid": "10", "game": 100, "external_game_source": 1, "name": "Ten"},
            {"id": 2, "uid": "20", "game": 102, "external_game_source": 1, "name": "Twenty"},
            {"id": 3, "uid": "10", "game": 102, "external_game_source": 5, "name": "Elsewhere"},
        ]


class Clock:
    """A clock that stands still until moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def world() -> SmallWorld:
    return SmallWorld()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def http(world: SmallWorld, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    desk = TokenDesk({"good-id": "good-secret"}, clock=clock)
    app = build_app(world, desk=desk, igdb_limits=ClientLimits(clock))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://simulators") as client:
        yield client
