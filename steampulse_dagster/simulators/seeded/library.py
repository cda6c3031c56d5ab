"""Libraries of invented Steam profiles and the world's rows in IGDB; no I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from steampulse_dagster.simulators.seeded.catalog import CatalogEntry
from steampulse_dagster.simulators.seeded.games import DATA_TIME, GAMES, SIDE_APPS

COLLECTOR, PRIVATE, NEWCOMER = "76561202255100001", "76561202255100002", "76561202255100003"
"""A public profile, one that shows nothing, one that owns nothing; far above the accounts that exist."""
VANITY_NAMES: Mapping[str, str] = {"brasscollector": COLLECTOR, "closedshutters": PRIVATE, "76561": NEWCOMER}
"""Custom profile names; one consists of digits only, as real ones may."""

_UNMATCHED = {9000110, 9000120}
"""Games that IGDB does not know."""
_FILLERS_OWNED, _FILLERS_KNOWN = 30, 0.56
"""IGDB covers about 56 % of Steam (measured on a public catalogue in October 2026)."""
_GENRES: Mapping[int, tuple[int, ...]] = {
    9000010: (5, 32),
    9000080: (5,),
    9000030: (12, 31),
    9000020: (13, 31, 32),
    9000050: (15, 24, 32),
    9000040: (13, 15),
    9000070: (13, 32),
    9000090: (9, 32),
    9000060: (8, 32),
    9000100: (31, 34),
}
_GENRE_NAMES = {
    5: "Shooter",
    8: "Platform",
    9: "Puzzle",
    12: "Role-playing (RPG)",
    13: "Simulator",
    15: "Strategy",
    24: "Tactical",
    31: "Adventure",
    32: "Indie",
    34: "Visual Novel",
}
_PLATFORM_NAMES = {3: "Linux", 6: "PC (Microsoft Windows)", 14: "Mac"}
_FIRST_GAME, _FIRST_LINK = 910_001, 5_100_001
_EDITION_OF = 9000010
_MAIN_GAME, _DLC = 0, 1
_STEAM = 1


def build_owned_games(seed: int, fillers: Sequence[CatalogEntry]) -> Mapping[str, Mapping[str, Any]]:
    """GetOwnedGames answers by SteamID64; {} is a private profile."""
    rng = Random(f"{seed}:library")
    owned = [(game.appid, game.name) for game in GAMES if game.reviews >= 100]
    owned += [(app.appid, app.name) for app in SIDE_APPS if app.kind == "game" and not app.listed]
    owned += [(entry.appid, entry.name) for entry in rng.sample(fillers, _FILLERS_OWNED) if entry.kind != "dlc"]
    games = [_owned(rng, appid, name) for appid, name in sorted(owned)]
    return {COLLECTOR: {"game_count": len(games), "games": games}, PRIVATE: {}, NEWCOMER: {"game_count": 0}}


def _owned(rng: Random, appid: int, name: str) -> dict[str, Any]:
    minutes = 0 if rng.random() < 0.25 else int(rng.lognormvariate(5.5, 1.4))
    played = int(DATA_TIME.timestamp()) - rng.randint(3_600, 900 * 86_400) if minutes else 0
    game = {
        "appid": appid,
        "name": name,
        "playtime_forever": minutes,
        "img_icon_url": f"{rng.getrandbits(160):040x}",
        "playtime_windows_forever": minutes,
        "playtime_mac_forever": 0,
        "playtime_linux_forever": 0,
        "playtime_deck_forever": 0,
        "rtime_last_played": played,
        "playtime_disconnected": 0,
    }
    if minutes and played > DATA_TIME.timestamp() - 14 * 86_400:
        game["playtime_2weeks"] = min(minutes, 240)
    if rng.random() < 0.7:
        game["has_community_visible_stats"] = True
    return game


def build_igdb_rows(
    seed: int, fillers: Sequence[CatalogEntry]
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...]]:
    """IGDB's `games` and its `external_games` for this world; one appid has a second row, an edition."""
    rng = Random(f"{seed}:igdb")
    rows: list[dict[str, Any]] = []
    appids: list[int] = []
    for game in GAMES:
        if game.appid not in _UNMATCHED:
            row = _igdb_game(_FIRST_GAME + len(rows), game.name, genres=_GENRES[game.appid], released=game.released)
            platforms = (6, *((14,) if game.mac else ()), *((3,) if game.linux else ()))
            rows.append(row | {"summary": game.summary, "platforms": _named(platforms, _PLATFORM_NAMES)})
            appids.append(game.appid)
    base = rows[appids.index(_EDITION_OF)]
    edition = _igdb_game(_FIRST_GAME + len(rows), f"{base['name']}: Foundry Edition", genres=(5, 32), released=None)
    rows.append(edition | {"version_parent": base["id"], "version_title": "Foundry Edition"})
    appids.append(_EDITION_OF)
    for app in SIDE_APPS:
        if app.kind == "dlc":
            row = _igdb_game(_FIRST_GAME + len(rows), app.name, genres=(5,), released=app.released, game_type=_DLC)
            rows.append(row | {"parent_game": base["id"]})
            appids.append(app.appid)
    for entry in fillers:
        if entry.kind == "game" and rng.random() < _FILLERS_KNOWN:
            rows.append(_igdb_filler(rng, _FIRST_GAME + len(rows), entry))
            appids.append(entry.appid)
    links = tuple(_link(number, row, appid) for number, (row, appid) in enumerate(zip(rows, appids, strict=True)))
    for row, link in zip(rows, links, strict=True):
        row["external_games"] = [link["id"]]
    return tuple(rows), links


def _igdb_game(
    game_id: int, name: str, *, genres: Sequence[int], released: date | None, game_type: int = _MAIN_GAME
) -> dict[str, Any]:
    slug = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    row = {
        "id": game_id,
        "name": name,
        "slug": slug,
        "url": f"https://www.igdb.com/games/{slug}",
        "cover": {"id": game_id + 400_000, "image_id": f"co{game_id % 46_656:x}s"},
        "genres": _named(genres, _GENRE_NAMES),
        "platforms": _named((6,), _PLATFORM_NAMES),
        "game_type": game_type,
        "updated_at": int(DATA_TIME.timestamp()) - game_id % 1_000 * 3_600,
    }
    if released is not None:
        row["first_release_date"] = int(datetime(released.year, released.month, released.day, tzinfo=UTC).timestamp())
    return row


def _igdb_filler(rng: Random, game_id: int, entry: CatalogEntry) -> dict[str, Any]:
    """Sparse, as rows of small games are: some lack a cover, a summary or a date."""
    released = date(rng.randint(2014, 2025), rng.randint(1, 12), rng.randint(1, 28)) if rng.random() < 0.8 else None
    row = _igdb_game(game_id, entry.name, genres=rng.sample(sorted(_GENRE_NAMES), 2), released=released)
    if rng.random() < 0.15:
        del row["cover"]
    if rng.random() < 0.7:
        row["summary"] = f"{entry.name} is a small game about small things."
    return row


def _link(number: int, row: Mapping[str, Any], appid: int) -> dict[str, Any]:
    return {
        "id": _FIRST_LINK + number,
        "uid": str(appid),
        "game": row["id"],
        "external_game_source": _STEAM,
        "name": row["name"],
        "url": f"https://store.steampowered.com/app/{appid}",
    }


def _named(ids: Sequence[int], names: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{"id": number, "name": names[number]} for number in ids]
