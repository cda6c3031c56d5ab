"""Tells from the names of known games whether a name is that of a part of one. Pure."""

import re
from collections.abc import Iterable, Iterator

from steampulse_dagster.services.igdb_rules import fold_title

_SEPARATOR = re.compile(r"(?:\s*(?P<colon>:)|\s+[-–—])\s+")
_OWN_GAME = re.compile(
    r"(?:the )?(?:(?:episode|chapter|part|book|act|season|volume|vol|complete|prologue)\b|[\w' -]*\b(?:anniversary\b|"
    r"(?:edition|remaster(?:ed)?|remake|redux|reloaded|reforged|revisited|reborn|deluxe|collection|anthology|trilogy|"
    r"goty|cut|version|vr|classic|prologue|prequel|(?:pre ?)?sequel|series|[2-9]|ii+|iv|vi{0,3}|ix)$))"
)
"""An edition, a prologue, an episode sold by itself, a number, for add-ons are hardly numbered."""


class GameNames:
    """The names of games, as far as the question needs them: a few dozen megabytes for all that Steam sells."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names: set[str] = set()
        self._series: set[tuple[str, bool]] = set()
        for name in names:
            self._names.add(fold_title(name))
            self._series.update((head, colon) for head, colon, _ in split_name(name))

    def has(self, name: str) -> bool:
        """Whether one of them is called so, but for case, accents, signs and spaces."""
        return fold_title(name) in self._names

    def have_beginning_of(self, name: str) -> bool:
        """Whether one of them, of two words or more, is the beginning of this name."""
        words = fold_title(name).split()
        return any(" ".join(words[:count]) in self._names for count in range(2, len(words)))

    def is_part(self, name: str) -> bool:
        """Whether a name that is none of them goes on from the name of a game, in a way that no game does.

        "Stellaris: Utopia" goes on from "Stellaris" and no game is called "Stellaris: …": an add-on. "Call of Duty:
        Ghosts" goes on from "Call of Duty" as other games do: one more of a series. Publishers stay with one sign, so
        a colon and a dash are told apart.
        """
        if self.has(name):
            return False
        return any(
            head in self._names and (head, colon) not in self._series and not is_own_game(rest)
            for head, colon, rest in split_name(name)
        )


def is_own_game(rest: str) -> bool:
    """Whether the whole is a game, too, where this follows the name of one."""
    return _OWN_GAME.match(fold_title(rest)) is not None


def goes_on(name: str) -> bool:
    """Whether a name has a part after a colon or dash: only then the other names can tell anything of it."""
    return _SEPARATOR.search(name) is not None


def split_name(name: str) -> Iterator[tuple[str, bool, str]]:
    """A name cut at each colon and dash: what stands before, whether it was a colon, what follows."""
    for sign in _SEPARATOR.finditer(name):
        yield fold_title(name[: sign.start()]), sign["colon"] is not None, name[sign.end() :]
