"""appdetails answers and tags of the seeded world, in the store's shapes; no I/O."""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from steampulse_dagster.simulators.seeded.games import GAMES, SALES, SIDE_APPS, SeededGame, SideApp
from steampulse_dagster.simulators.seeded.texts_blurbs import ABOUT, LANGUAGE_NAMES

TAG_IDS: Mapping[str, int] = {
    "2D": 3871,
    "Action Roguelike": 42804,
    "Arcade": 1773,
    "Atmospheric": 4166,
    "Building": 1643,
    "Co-op": 1685,
    "Competitive": 3878,
    "Cozy": 97376,
    "Crafting": 1702,
    "Cute": 4726,
    "Detective": 5613,
    "Early Access": 493,
    "FPS": 1663,
    "Fantasy": 1684,
    "Farming Sim": 87918,
    "Free to Play": 113,
    "Funny": 4136,
    "Local Multiplayer": 7368,
    "Logic": 6129,
    "Management": 12472,
    "Metroidvania": 1628,
    "Minimalist": 4094,
    "Multiplayer": 3859,
    "Mystery": 5716,
    "Noir": 6052,
    "Open World": 1695,
    "Pixel Graphics": 3964,
    "Platformer": 1625,
    "Puzzle": 1664,
    "PvP": 1775,
    "RPG": 122,
    "Racing": 699,
    "Relaxing": 1654,
    "Sandbox": 3810,
    "Sci-fi": 3942,
    "Shooter": 1774,
    "Short": 4234,
    "Simulation": 599,
    "Singleplayer": 4182,
    "Souls-like": 29482,
    "Space": 1755,
    "Stealth": 1687,
    "Story Rich": 1742,
    "Strategy": 9,
    "Survival": 1662,
    "Tactical": 1708,
    "Trains": 1616,
    "Turn-Based Tactics": 14139,
    "Visual Novel": 3799,
    "Walking Simulator": 5900,
}
_GENRE_IDS: Mapping[str, str] = {
    "Action": "1",
    "Strategy": "2",
    "RPG": "3",
    "Casual": "4",
    "Racing": "9",
    "Indie": "23",
    "Adventure": "25",
    "Simulation": "28",
    "Free To Play": "37",
    "Early Access": "70",
}
_CATEGORIES: Mapping[int, str] = {
    1: "Multi-player",
    2: "Single-player",
    10: "Game demo",
    21: "Downloadable Content",
    22: "Steam Achievements",
    23: "Steam Cloud",
    28: "Full controller support",
    30: "Steam Workshop",
    36: "Online PvP",
    38: "Online Co-op",
}
_RATED_MOST = 40
"""Games with fewer reviews have no `recommendations`, as in the store."""
_NAMES = {game.appid: game.name for game in GAMES}


def build_details(game: SeededGame) -> dict[str, Any]:
    """The inner appdetails answer of a game with reviews."""
    dlc = [app.appid for app in SIDE_APPS if app.kind == "dlc" and app.parent == game.appid]
    demos = [app.appid for app in SIDE_APPS if app.kind == "demo" and app.parent == game.appid]
    data = _common("game", game.appid, game.name, released=game.released) | {
        "is_free": game.cents == 0,
        "controller_support": "full",
        "detailed_description": _about(game),
        "about_the_game": _about(game),
        "short_description": game.summary,
        "supported_languages": _languages(game),
        "website": f"https://games.example/{game.appid}" if game.publisher else None,
        "developers": [game.developer],
        "publishers": [game.publisher or game.developer],
        "platforms": {"windows": True, "mac": game.mac, "linux": game.linux},
        "categories": _categories(game),
        "genres": [{"id": _GENRE_IDS[name], "description": name} for name in game.genres],
        "achievements": {"total": 10 + game.reviews % 37, "highlighted": []},
        **({"price_overview": build_price(game.cents, discount=SALES.get(game.appid, 0))} if game.cents else {}),
        **({"dlc": dlc} if dlc else {}),
        **({"demos": [{"appid": appid, "description": ""} for appid in demos]} if demos else {}),
        **({"recommendations": {"total": game.reviews}} if game.reviews > _RATED_MOST else {}),
    }
    if "Shooter" in game.tags:
        data["required_age"] = "16"
    return {"success": True, "data": data}


def build_side_details(app: SideApp) -> dict[str, Any]:
    """The inner appdetails answer of an app without reviews; `success: false` for a delisted or locked one."""
    if app.leads_to is not None:
        return build_details(next(game for game in GAMES if game.appid == app.leads_to))
    if not app.listed or app.locked:
        return {"success": False}
    data = _common(app.kind, app.appid, app.name, released=app.released) | {
        "short_description": ABOUT.get(app.appid, ""),
        "about_the_game": ABOUT.get(app.appid, ""),
        "detailed_description": ABOUT.get(app.appid, ""),
        "is_free": app.kind == "demo",
        "developers": [_developer_of(app)],
        "publishers": [_developer_of(app)],
        "categories": [{"id": number, "description": _CATEGORIES[number]} for number in _side_categories(app)],
        "genres": [{"id": "23", "description": "Indie"}],
    }
    if app.parent is not None:
        data["fullgame"] = {"appid": str(app.parent), "name": _NAMES[app.parent]}
    if app.released is not None and app.kind != "demo":
        data["price_overview"] = build_price(799, discount=SALES.get(app.appid, 0))
    return {"success": True, "data": data}


def build_catalog_details(appid: int, *, name: str, kind: str) -> dict[str, Any]:
    """The inner appdetails answer of an app that only fills the catalogue."""
    rng = Random(appid)
    released = date(rng.randint(2014, 2026), rng.randint(1, 10), rng.randint(1, 28))
    data = _common(kind, appid, name, released=released)
    genre = rng.choice(("Action", "Casual", "Adventure", "Simulation", "Strategy", "RPG"))
    data["genres"] = [{"id": _GENRE_IDS[genre], "description": genre}, {"id": "23", "description": "Indie"}]
    if rng.random() < 0.15:
        return {"success": True, "data": data | {"is_free": True}}
    return {"success": True, "data": data | {"price_overview": build_price(rng.choice((299, 499, 999, 1499, 1999)))}}


def build_tags(game: SeededGame) -> list[dict[str, int]]:
    """Weighted tags, strongest first."""
    return [
        {"tagid": TAG_IDS[name], "weight": max(5, game.reviews // (rank + 2))} for rank, name in enumerate(game.tags)
    ]


def build_price(cents: int, *, discount: int = 0) -> dict[str, Any]:
    """A price_overview in US dollars; `discount` is that of a sale, in per cent."""
    final = cents * (100 - discount) // 100
    return {
        "currency": "USD",
        "initial": cents,
        "final": final,
        "discount_percent": discount,
        "initial_formatted": _dollars(cents) if discount else "",
        "final_formatted": _dollars(final),
    }


def _dollars(cents: int) -> str:
    return f"${cents // 100}.{cents % 100:02d}"


def _common(kind: str, appid: int, name: str, *, released: date | None) -> dict[str, Any]:
    shown = "To be announced" if released is None else f"{released.day} {released:%b, %Y}"
    return {
        "type": kind,
        "name": name,
        "steam_appid": appid,
        "required_age": 0,
        "is_free": False,
        "supported_languages": "English<strong>*</strong><br><strong>*</strong>languages with full audio support",
        "header_image": f"https://images.example/apps/{appid}/header.jpg",
        "pc_requirements": {"minimum": "<strong>Minimum:</strong><br>A computer from this decade"},
        "mac_requirements": [],
        "linux_requirements": [],
        "platforms": {"windows": True, "mac": False, "linux": False},
        "package_groups": [],
        "release_date": {"coming_soon": released is None, "date": shown},
        "support_info": {"url": "", "email": "support@example.com"},
        "background": "",
        "content_descriptors": {"ids": [], "notes": None},
    }


def _about(game: SeededGame) -> str:
    return f"<h2>{game.name}</h2><p>{game.summary}</p><p>{ABOUT[game.appid]}</p>"


def _languages(game: SeededGame) -> str:
    names = [LANGUAGE_NAMES[code] for code in game.languages]
    return ", ".join(["English<strong>*</strong>", *names]) + (
        "<br><strong>*</strong>languages with full audio support"
    )


def _categories(game: SeededGame) -> list[dict[str, Any]]:
    ids = [2, 22, 23, 28]
    if game.multiplayer:
        ids = [1, 36, *ids[1:]] if "PvP" in game.tags else [1, 38, *ids]
    if any(tag in game.tags for tag in ("Trains", "Sandbox")):
        ids.append(30)
    return [{"id": number, "description": _CATEGORIES[number]} for number in ids]


def _side_categories(app: SideApp) -> tuple[int, ...]:
    match app.kind:
        case "dlc" | "music":
            return (2, 21)
        case "demo":
            return (2, 10)
        case _:
            return (2,)


def _developer_of(app: SideApp) -> str:
    return next((game.developer for game in GAMES if game.appid == app.parent), "Lower Lock Games")
