"""A world with a library of any size, its store entries and its rows in IGDB: for what depends on their number."""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from steampulse_dagster.simulators.recorded_store import build_store_item
from steampulse_dagster.simulators.review_totals import build_query_summary

OWNER = "76561202255110001"
FIRST_APPID, APPID_STEP = 1_000_010, 10
FIRST_GAME, FIRST_LINK = 2_000_000, 7_000_000
NOW = 1_795_000_000
"""2026-11-18: the newest session of the library."""
KNOWN_BY_APPID, KNOWN_BY_TITLE, IN_TWO_ROWS = 0.56, 0.04, 0.06
"""Shares of the games: IGDB covers about 56 % of Steam (a public catalogue, October 2026); the others are guesses."""
KINDS = (("game", 90), ("software", 4), ("demo", 2), ("beta", 2), ("tool", 1), ("mod", 1))
ODD_NAMES = (
    '"Quoted", with a comma', "=SUM(1;2)", "+1 Forever", "-Strive-", "@Home", "'Tis a Pity", "Two\nLines",
    "Emoji 🎮👩‍🚀 Game", "Ünïcödé: Żółć", "龙魂时刻", "العربية", "Semi;Colon \\ Backslash", "Tab\tbed", "™ Mark®",
)  # fmt: skip
_GENRES = (
    (12, "Role-playing (RPG)"),
    (31, "Adventure"),
    (32, "Indie"),
    (15, "Strategy"),
    (5, "Shooter"),
    (9, "Puzzle"),
)
_PC = {"id": 6, "name": "PC (Microsoft Windows)"}


class LargeLibraryWorld:
    """One public profile that owns `games` apps. Methods may be called from several threads once it is made.

    `move` changes which of IGDB's games an app is, `drop` and `play` change the library.
    """

    def __init__(self, games: int, *, seed: int = 7) -> None:
        self.name = f"library:{games}"
        rng = Random(f"{seed}:{games}")
        kinds = rng.choices([kind for kind, _ in KINDS], weights=[weight for _, weight in KINDS], k=games)
        self.kinds = {FIRST_APPID + APPID_STEP * number: kind for number, kind in enumerate(kinds)}
        self._owned = {appid: _owned(rng, appid, number) for number, appid in enumerate(self.kinds)}
        self._released = {appid: rng.randint(2005, 2025) for appid in self.kinds}
        self._games: list[dict[str, Any]] = []
        self._links: list[dict[str, Any]] = []
        self.matched: dict[int, int] = {}
        """The game that each app should end with; apps without one are not in it."""
        for appid, kind in self.kinds.items():
            if kind in ("game", "mod"):
                self._enter(rng, appid)

    def _enter(self, rng: Random, appid: int) -> None:
        """What IGDB knows of a game, if anything."""
        drawn = rng.random()
        # A semicolon ends a statement of IGDB's language, so that such a title cannot be asked for.
        if drawn >= KNOWN_BY_APPID + KNOWN_BY_TITLE or (drawn >= KNOWN_BY_APPID and ";" in self._owned[appid]["name"]):
            return
        game = self._add_game(rng, appid, " ".join(re.sub("[™®]", "", self._owned[appid]["name"]).split()))
        self.matched[appid] = game["id"]
        if drawn >= KNOWN_BY_APPID:
            return  # without a link: by title alone
        self._add_link(appid, game["id"])
        if rng.random() < IN_TWO_ROWS:
            edition = self._add_game(rng, appid, f"{game['name']}: Gold Edition") | {"version_parent": game["id"]}
            self._games[-1] = edition
            self._add_link(appid, edition["id"])

    def _add_game(self, rng: Random, appid: int, name: str) -> dict[str, Any]:
        game_id = FIRST_GAME + len(self._games)
        genres = [{"id": number, "name": genre} for number, genre in rng.sample(_GENRES, 2)]
        game = {
            "id": game_id,
            "name": name,
            "slug": f"game-{game_id}",
            "summary": f'{name} is a game, "they say";\nit has two lines.',
            "first_release_date": (self._released[appid] - 1970) * 31_557_600 + 15_000_000,
            "cover": {"id": game_id, "image_id": f"co{game_id:x}"},
            "genres": genres,
            "platforms": [_PC],
            "game_type": 0,
        }
        self._games.append(game)
        return game

    def _add_link(self, appid: int, game_id: int) -> None:
        number = FIRST_LINK + len(self._links)
        self._links.append({"id": number, "uid": str(appid), "game": game_id, "external_game_source": 1})

    def move(self, appid: int, game_id: int) -> None:
        """IGDB names another of its games for an app from now on."""
        self._links = [{**link, "game": game_id} if link["uid"] == str(appid) else link for link in self._links]
        self.matched[appid] = game_id

    def drop(self, appid: int) -> None:
        """The player owns an app no longer."""
        self._owned = {owned: game for owned, game in self._owned.items() if owned != appid}

    def play(self, appid: int, *, minutes: int) -> None:
        """The player plays once more."""
        game = self._owned[appid]
        played = {"playtime_forever": game["playtime_forever"] + minutes, "rtime_last_played": NOW}
        self._owned = {**self._owned, appid: {**game, **played}}

    def get_owned_games(self, steamid: str) -> Mapping[str, Any] | None:
        if steamid != OWNER:
            return None
        games = list(self._owned.values())
        return {"game_count": len(games), "games": games}

    def resolve_vanity(self, name: str) -> str | None:
        return OWNER if name == "collector" else None

    def list_igdb_games(self) -> Sequence[Mapping[str, Any]]:
        return self._games

    def list_igdb_external_games(self) -> Sequence[Mapping[str, Any]]:
        return self._links

    def get_store_item(self, appid: int) -> Mapping[str, Any] | None:
        if appid not in self.kinds:
            return None
        data = {"type": self.kinds[appid]}
        item = build_store_item(
            appid, name=f"App {appid}", data=data, summary=build_query_summary(positive=9, negative=1)
        )
        return item | {"release": {"steam_release_date": (self._released[appid] - 1970) * 31_557_600 + 20_000_000}}

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        return None

    def list_apps(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def list_tags(self) -> Mapping[int, str]:
        return {}

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        return () if appid in self.kinds else None

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        return None


def _owned(rng: Random, appid: int, number: int) -> dict[str, Any]:
    minutes = 0 if rng.random() < 0.4 else int(rng.lognormvariate(5.0, 1.6))
    odd = ODD_NAMES[number % 97] if number % 97 < len(ODD_NAMES) else None
    return {
        "appid": appid,
        "name": f"{odd} {number}" if odd else f"Invented Road {number}",
        "playtime_forever": minutes,
        "img_icon_url": f"{rng.getrandbits(160):040x}",
        "playtime_windows_forever": minutes,
        "playtime_mac_forever": 0,
        "playtime_linux_forever": 0,
        "playtime_deck_forever": 0,
        "rtime_last_played": NOW - rng.randint(0, 3_000) * 86_400 if minutes else 0,
    }
