"""The app list of the seeded world: the games, the apps around them, and some hundred names to fill the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from steampulse_dagster.simulators.seeded.games import DATA_TIME, GAMES, SIDE_APPS

FILLERS = 360
_FIRST_FILLER = 9_001_000
_FIRST = (
    "Amber", "Ashen", "Borrowed", "Broken", "Cobalt", "Crooked", "Distant", "Dusty", "Eleventh", "Feral", "Forgotten",
    "Gilded", "Hidden", "Hollow", "Idle", "Iron", "Last", "Little", "Midnight", "Mild", "Northern", "Paper", "Patient",
    "Quiet", "Restless", "Rusty", "Salt", "Second", "Silver", "Sleepy", "Stray", "Tin", "Velvet", "Wandering",
)  # fmt: skip
_SECOND = (
    "Anvil", "Archive", "Bakery", "Beacon", "Canal", "Carnival", "Citadel", "Courier", "Dungeon", "Engine", "Ferry",
    "Fortress", "Frontier", "Galaxy", "Garden", "Harbor", "Heist", "Island", "Kingdom", "Labyrinth", "Lighthouse",
    "Market", "Meadow", "Museum", "Observatory", "Outpost", "Raiders", "Reactor", "Station", "Tactics", "Tavern",
    "Tower", "Voyage", "Workshop",
)  # fmt: skip
_THIRD = ("", "", "", "", "", " 2", " Simulator", " Online", " VR", ": Origins", " Tycoon", " Deluxe")


@dataclass(frozen=True)
class CatalogEntry:
    """An app that has a name and a kind and little else."""

    appid: int
    name: str
    kind: str


def build_fillers(seed: int) -> tuple[CatalogEntry, ...]:
    """Invented apps with names only, ascending; a few share a name, as real ones do."""
    rng = Random(f"{seed}:catalog")
    kinds = rng.choices(("game", "dlc", "software", "video"), weights=(88, 8, 3, 1), k=FILLERS)
    return tuple(CatalogEntry(_FIRST_FILLER + 10 * number, _name(rng, kind), kind) for number, kind in enumerate(kinds))


def build_app_list(seed: int, fillers: tuple[CatalogEntry, ...]) -> tuple[Mapping[str, Any], ...]:
    """GetAppList entries of the whole world with their `type`, ascending."""
    named = [CatalogEntry(game.appid, game.name, "game") for game in GAMES]
    named += [CatalogEntry(app.appid, app.name, app.kind) for app in SIDE_APPS]
    rng = Random(f"{seed}:modified")
    end = int(DATA_TIME.timestamp())
    return tuple(
        {
            "appid": entry.appid,
            "name": entry.name,
            "last_modified": end - rng.randint(3_600, 600 * 86_400),
            "price_change_number": rng.randint(20_000_000, 33_000_000),
            "type": entry.kind,
        }
        for entry in sorted([*named, *fillers], key=lambda entry: entry.appid)
    )


def _name(rng: Random, kind: str) -> str:
    name = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}{rng.choice(_THIRD)}"
    match kind:
        case "dlc":
            return f"{name} - {rng.choice(('Costume Pack', 'Supporter Pack', 'New Roads', 'Winter Maps'))}"
        case "software":
            return f"{name} Map Maker"
        case "video":
            return f"The Making of {name}"
        case _:
            return name
