"""A world with a catalogue of any size and little else: for what depends on the number of apps alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from steampulse_dagster.simulators.review_totals import build_query_summary

FIRST_APPID = 10
APPID_STEP = 10
_EPOCH = 1_700_000_000


class LargeCatalogWorld:
    """`apps` games with a name, a date of change and a review count; they have no reviews to hand out.

    Review counts fall off as real ones do: every thousandth app has 10,000 or more, most have a few.
    """

    def __init__(self, apps: int) -> None:
        self.name = f"catalog:{apps}"
        self._apps = [_build_app(number) for number in range(apps)]
        self._places = {app["appid"]: place for place, app in enumerate(self._apps)}

    def modify(self, count: int, *, modified_at: int) -> None:
        """Let `count` apps, spread over the list, have changed at a moment (Unix seconds); every second is renamed."""
        every = max(1, len(self._apps) // count)
        for number, place in enumerate(range(0, every * count, every)):
            app = dict(self._apps[place], last_modified=modified_at)
            if number % 2:
                app["name"] += " II"
            self._apps[place] = app

    def list_apps(self) -> Sequence[Mapping[str, Any]]:
        return self._apps

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        app = self._get(appid)
        if app is None:
            return None
        data = {"type": "game", "name": app["name"], "steam_appid": appid, "required_age": 0, "is_free": True}
        return {"success": True, "data": {**data, "release_date": {"coming_soon": False, "date": "1 Jan, 2020"}}}

    def get_store_item(self, appid: int) -> Mapping[str, Any] | None:
        app = self._get(appid)
        if app is None:
            return None
        summary = {"review_count": count_reviews(self._places[appid])}
        named = {"name": app["name"], "type": 0, "reviews": {"summary_filtered": summary}}
        return {"item_type": 0, "id": appid, "success": 1, "visible": True, "appid": appid, **named}

    def list_tags(self) -> Mapping[int, str]:
        return {}

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        return None if self._get(appid) is None else ()

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        return None if self._get(appid) is None else build_query_summary(positive=0, negative=0)

    def get_owned_games(self, steamid: str) -> Mapping[str, Any] | None:
        return None

    def resolve_vanity(self, name: str) -> str | None:
        return None

    def list_igdb_games(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def list_igdb_external_games(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def _get(self, appid: int) -> Mapping[str, Any] | None:
        place = self._places.get(appid)
        return None if place is None else self._apps[place]


def count_reviews(place: int) -> int:
    """Reviews of the app at a place of the list."""
    return 10_000_000 // (1 + place * 7919 % 1_000_003)


def _build_app(number: int) -> dict[str, Any]:
    return {
        "appid": FIRST_APPID + APPID_STEP * number,
        "name": f"Invented Game {number}: The {'Long ' * (number % 4)}Road",
        "last_modified": _EPOCH + number,
        "price_change_number": 20_000_000 + number,
    }
