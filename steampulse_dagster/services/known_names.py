"""What is known of names on Steam that no word tells: the kind of an app of just this name, and the games whose add-ons
go on from their name. Reads data/app_names/*.txt and data/add_on_families.txt, which say how to extend them."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from steampulse_dagster.models.library import AppKind
from steampulse_dagster.services.game_names import is_own_game, split_name
from steampulse_dagster.services.igdb_rules import fold_title

_COLON, _DASH, _ANYTHING = "colon", "dash", "anything"
_SIGNS = {
    "[colon or dash]": frozenset({_COLON, _DASH}),
    "[colon]": frozenset({_COLON}),
    "[dash]": frozenset({_DASH}),
    "[anything]": frozenset({_COLON, _DASH, _ANYTHING}),
}
_EXCEPTION = "= "
_EDITION = re.compile(
    r"prologue\b|(?:[\w ]*\b(?:edition|remaster(?:ed)?|remake|redux|reforged|goty|game of the year|cut|demo|prologue|"
    r"multiplayer|vr)|complete|gold|deluxe|ultimate|platinum|[2-9]|ii+|iv|vi*)$"
)
"""What follows the name of a game where the whole is that game again, or the next one. After a colon more is a game of
its own (`is_own_game`): with a dash even what is numbered or an episode is an add-on ("… - Tokens 2")."""
_ADD_ON = re.compile(
    r"\b(?:dlc|add ?on)\b|"
    r"\b(?:packs?|costumes?|outfits?|skins?|attire|swimsuits?|(?:season|expansion) pass|expansion|set)$"
)
"""What an add-on is called, whatever stands before it."""


def find_kind(name: str) -> AppKind | None:
    """The kind of the app of exactly this name, but for case, accents, signs and spaces."""
    return _kinds().get(_key(name))


def is_no_add_on(name: str) -> bool:
    """Whether it is the name of a game with add-ons, or one that only looks like that of such an add-on."""
    return fold_title(name) in _families() or _key(name) in _exceptions()


def is_add_on(name: str) -> bool:
    """Whether a name goes on from that of a game in a way that only its add-ons do."""
    if is_no_add_on(name):
        return False
    for head, colon, rest in split_name(name):
        if (_COLON if colon else _DASH) not in _families().get(head, ()) or _EDITION.match(fold_title(rest)):
            continue
        if not colon or not is_own_game(rest):
            return True
    return any(_ANYTHING in signs or _ADD_ON.search(rest) for signs, rest in _list_continued(name))


def _list_continued(name: str) -> Iterator[tuple[frozenset[str], str]]:
    """The games whose name a name begins with, and what follows: of two words or more, for "Rust" is a word."""
    words = fold_title(name).split()
    for count in range(2, len(words)):
        signs = _families().get(" ".join(words[:count]))
        rest = " ".join(words[count:])
        if signs is not None and not _EDITION.match(rest):
            yield signs, rest


@cache
def _kinds() -> dict[str, AppKind]:
    """The kinds by the key of a name; a name of two kinds is a mistake in the tables, which a test finds."""
    folder = _data() / "app_names"
    return {_key(line): kind for kind in AppKind for line in _read(folder / f"{kind}.txt")}


@cache
def _exceptions() -> frozenset[str]:
    return frozenset(_key(line.removeprefix(_EXCEPTION)) for line in _read_families() if line.startswith(_EXCEPTION))


@cache
def _families() -> dict[str, frozenset[str]]:
    """The signs that may follow, by the folded name of the game."""
    families: dict[str, frozenset[str]] = {}
    signs: frozenset[str] = frozenset()
    for line in _read_families():
        if line in _SIGNS:
            signs = _SIGNS[line]
        elif not line.startswith(_EXCEPTION):
            families[fold_title(line)] = signs
    return families


def _key(name: str) -> str:
    """Publishers write "Game Maker" and "GameMaker"."""
    return fold_title(name).replace(" ", "")


def _read_families() -> list[str]:
    return _read(_data() / "add_on_families.txt")


def _read(file: Traversable) -> list[str]:
    """The lines of a table without comments; none where a kind has no table."""
    if not file.is_file():
        return []
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("# ")]


def _data() -> Traversable:
    return files("steampulse_dagster.services") / "data"
