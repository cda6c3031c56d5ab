"""The labelled list of real titles that classifiers are measured on, written from knowledge of Steam.

`set` of the list: a and b are hard on purpose (more than half of them is no game), c are 196 of the most played games.
The halves of these three are told apart by a checksum of the title: rules were made by looking at one, and not at the
other. d (hard) and e (games) were written later, and f (two of three are games) last, without a look at the rules or
the other sets; rules were then mended by what each of them showed. `catalog.txt` has further games that Steam's list
names: with those of the titles they stand for it, each game judged as if the list did not name it.
"""

import csv
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

from steampulse_dagster.models.library import KindSource, KnownApp
from steampulse_dagster.services.app_kinds import classify, classify_by_name
from steampulse_dagster.services.game_names import GameNames, goes_on

Title = Mapping[str, str]
Scores = Mapping[str, tuple[float, float]]
LISTS = Path(__file__).parent / "library"
NEVER_OWNED = {"dlc", "music"}
"""Types that GetOwnedGames lists in no library: they are part of a game."""
DEVELOPED_ON, HELD_OUT = 0, 1


def list_titles(sets: str = "abcdef") -> list[Title]:
    """Titles with Steam's type, kind and set."""
    with (LISTS / "titles.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["set"] in sets]


def list_half(number: int) -> list[Title]:
    """The half of the older titles that rules were made by, or the other."""
    return [row for row in list_titles("abc") if crc32(row["title"].encode()) % 2 == number]


def list_ownable() -> list[Title]:
    """Titles that a library can hold."""
    return [row for row in list_titles() if row["steam_type"] not in NEVER_OWNED]


@cache
def _list_catalog() -> Sequence[str]:
    further = (LISTS / "catalog.txt").read_text(encoding="utf-8").splitlines()
    return [row["title"] for row in list_titles() if row["steam_type"] == "game"] + further


@cache
def _build_names(without: str | None) -> GameNames:
    return GameNames(name for name in _list_catalog() if name != without)


def by_type(row: Title) -> str:
    """The kind by Steam's type."""
    known = KnownApp(appid=1, source=KindSource.STORE, type=row["steam_type"])
    return classify(row["title"], known)[0].value


def by_words(row: Title) -> str:
    """The kind by the words of the name."""
    return classify_by_name(row["title"]).value


def by_names(row: Title) -> str:
    """The kind by the name beside those of other games."""
    title = row["title"]
    left_out = title if row["steam_type"] == "game" and goes_on(title) else None
    return classify_by_name(title, _build_names(left_out)).value


def score(rows: Sequence[Title], judge: Callable[[Title], str]) -> tuple[Scores, float]:
    """Precision and recall of each kind, and the share that is right (micro precision and recall)."""
    hits = Counter(row["kind"] for row in rows if judge(row) == row["kind"])
    said, true = Counter(map(judge, rows)), Counter(row["kind"] for row in rows)
    kinds = {kind: (hits[kind] / said[kind] if said[kind] else 0.0, hits[kind] / true[kind]) for kind in true}
    return kinds, hits.total() / len(rows)


def mean(kinds: Scores, which: int) -> float:
    """Mean precision (0) or recall (1) over the kinds."""
    return sum(values[which] for values in kinds.values()) / len(kinds)
