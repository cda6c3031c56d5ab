"""Finds other games that a sentence compares this one with. Reads data/titles.txt."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from steampulse_dagster.analyzer.local.comparisons import find_unknown_titles, is_common, is_compared
from steampulse_dagster.analyzer.local.patterns import word_set

_TOKEN = re.compile(r"[^\W_]+(?:[.'’:&-][^\W_]+)*'?|&", re.UNICODE)
_PLAIN = re.compile(r"[^a-z0-9]+")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10"}
_SERIES_END = re.compile(
    r"\s*(?:[:\-–—(].*|\b(?:[ivx]+|\d+)\b.*|\b(?:remastered|remake|definitive|enhanced|special|deluxe|complete|gold|goty|hd|demo|edition)\b.*)$",
    re.I,
)


SHORT = 4
"""Up to this length a name is an abbreviation and must be written exactly so (LoL is a game, lol is not)."""
_AFTER_SUBJECT = word_set(
    """
    did does do had has is was handled got gave gives nailed meets but with without minus on clone style vibes
    at in still 2 3 4 5 6
    """
)
"""After these a capitalised first word is a name: "Banished did this better", not "Control the units"."""
_SMALL = word_set("of the and in to a for on from")


@dataclass(frozen=True, slots=True)
class TitleHit:
    """Another game found in a sentence; `start`..`end` within it."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    spelling: str
    strict: bool
    """Counts only with its capitals (a common word)."""
    group: tuple[str, ...] = ()
    """All spellings of the name: if one is this game's own, none of them is another game."""


class TitleCatalogue:
    """Names of games by their first word; longest match wins."""

    def __init__(self, titles: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], _Entry]]] = {}
        known: set[str] = set()
        for entry in (*_builtin(), *(_entry_of(title) for title in titles)):
            words = _tokens_of(entry.spelling)
            key = " ".join(words)
            if not words or key in known or is_common(words):
                continue
            known.add(key)
            self._by_first.setdefault(words[0], []).append((words, entry))
        for entries in self._by_first.values():
            entries.sort(key=lambda item: -len(item[0]))

    def find_compared(self, sentence: str, *, own_name: str) -> tuple[TitleHit, ...]:
        """The other games that a sentence compares this one with; empty when they are only mentioned."""
        known = self.find_titles(sentence, own_name=own_name)
        hits = tuple(hit for hit in known if is_compared(sentence, hit.start, hit.end))
        if known:
            return hits
        return tuple(
            TitleHit(name=name, start=start, end=start + len(name))
            for name, start in find_unknown_titles(sentence)
            if not is_same_series(name, own_name)
        )

    def find_titles(self, sentence: str, *, own_name: str) -> tuple[TitleHit, ...]:
        """Every known title in a sentence but the game's own and those of its series."""
        tokens = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(sentence)]
        plain = [_plain(token) for token, _, _ in tokens]
        hits: list[TitleHit] = []
        position = 0
        while position < len(tokens):
            found = self._match_at(tokens, plain, position)
            if found is None:
                position += 1
                continue
            entry, length = found
            if not any(is_same_series(spelling, own_name) for spelling in (entry.name, *entry.group)):
                hits.append(TitleHit(name=entry.name, start=tokens[position][1], end=tokens[position + length - 1][2]))
            position += length
        return tuple(hits)

    def _match_at(
        self, tokens: list[tuple[str, int, int]], plain: list[str], position: int
    ) -> tuple[_Entry, int] | None:
        for words, entry in self._by_first.get(plain[position], ()):
            if tuple(plain[position : position + len(words)]) != words:
                continue
            written = [token for token, _, _ in tokens[position : position + len(words)]]
            following = plain[position + len(words)] if position + len(words) < len(plain) else ""
            explained = position == 0 and following not in _AFTER_SUBJECT
            if entry.strict and not _as_spelled(written, entry.spelling, at_start=explained):
                continue
            return entry, len(words)
        return None


def is_same_series(name: str, own_name: str) -> bool:
    """Whether two titles are the same game or share a series name ("X", "X 2", "X: Subtitle")."""
    mine, other = _series(own_name), _series(name)
    if not mine or not other:
        return False
    if mine == other:
        return True
    short, long = sorted((mine, other), key=len)
    if len(short) >= 4 and f"{long} ".startswith(f"{short} "):
        return True
    whole = " ".join(_tokens_of(own_name))
    return len(other) >= 4 and f" {other} " in f" {whole} "


def slug_of(name: str) -> str:
    """Machine name of a title."""
    return _PLAIN.sub("-", name.lower().replace("'", "").replace("’", "")).strip("-") or "unknown"


def _as_spelled(written: list[str], spelling: str, *, at_start: bool) -> bool:
    """A common word is a title only with its capitals, and one that its place in the sentence does not explain."""
    if len(spelling) <= SHORT:
        return "".join(written) == spelling
    if all(word.isupper() for word in written) and not spelling.isupper():
        return False
    capital = all(word[:1].isupper() or not word[:1].isalpha() for word in written if word.lower() not in _SMALL)
    return capital and not (at_start and len(written) == 1)


def _entry_of(title: str) -> _Entry:
    """A title from the product's own catalogue: one of up to two words may be anything, so it must be spelled as is."""
    clean = re.sub(r"[®™©]", "", title).strip()
    return _Entry(name=clean, spelling=clean, strict=len(clean.split()) <= 3)


@lru_cache(maxsize=4096)
def _series(name: str) -> str:
    clean = re.sub(r"[®™©]", "", name).strip()
    stem = _SERIES_END.sub("", clean).strip() or clean
    return " ".join(word for word in _tokens_of(stem) if word not in ("the",))


def _tokens_of(title: str) -> tuple[str, ...]:
    return tuple(word for word in (_plain(token) for token in _TOKEN.findall(title)) if word)


@lru_cache(maxsize=20_000)
def _plain(token: str) -> str:
    word = token.lower().replace("’", "'")
    word = word.removesuffix("'s").replace("'", "").rstrip(":.")
    return _ROMAN.get(word, word) if len(word) > 1 else word


def _builtin() -> list[_Entry]:
    text = (files(__package__) / "data" / "titles.txt").read_text(encoding="utf-8")
    entries: list[_Entry] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        spellings = [part.strip() for part in line.split("|")]
        name = spellings[0].lstrip("=")
        group = tuple(spelling.lstrip("=") for spelling in spellings)
        entries.extend(
            _Entry(
                name=name,
                spelling=spelling.lstrip("="),
                strict=spelling.startswith("=") or len(spelling) <= SHORT,
                group=group,
            )
            for spelling in spellings
        )
    return entries
