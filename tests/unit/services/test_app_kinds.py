"""How well apps are classified: a labelled list of real titles, written from knowledge of Steam.

`set` of the list: a and b are hard on purpose (more than half of them is no game), c are 196 of the most played games.
Name rules are the last resort, asked when Steam says nothing.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from steampulse_dagster.models.library import AppKind, KindSource, KnownApp
from steampulse_dagster.services.app_kinds import classify, classify_by_name

pytestmark = pytest.mark.unit

TITLES = Path(__file__).parents[2] / "library" / "titles.tsv"
NEVER_OWNED = {"dlc", "music"}
"""Types that GetOwnedGames lists in no library: they are part of a game."""


def list_titles(sets="abc"):
    with TITLES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["set"] in sets]


def by_type(row):
    known = KnownApp(appid=1, source=KindSource.STORE, type=row["steam_type"])
    return classify(row["title"], known)[0].value


def by_name(row):
    return classify_by_name(row["title"]).value


def score(rows, judge):
    """Precision and recall of each kind, and the share that is right (micro precision and recall)."""
    hits = Counter(row["kind"] for row in rows if judge(row) == row["kind"])
    said, true = Counter(map(judge, rows)), Counter(row["kind"] for row in rows)
    kinds = {kind: (hits[kind] / said[kind] if said[kind] else 0.0, hits[kind] / true[kind]) for kind in true}
    return kinds, hits.total() / len(rows)


def test_the_list_is_long_and_has_every_kind():
    rows = list_titles()
    assert len(rows) >= 500
    assert {row["kind"] for row in rows} == {kind.value for kind in AppKind}


def test_with_steams_type_97_of_100_are_right_in_precision_and_recall_of_each_kind_together():
    kinds, right = score(list_titles(), by_type)
    assert right >= 0.97
    assert sum(precision for precision, _ in kinds.values()) / len(kinds) >= 0.97
    assert sum(recall for _, recall in kinds.values()) / len(kinds) >= 0.95


def test_by_name_alone_9_of_10_apps_that_a_library_can_hold_are_right():
    rows = [row for row in list_titles() if row["steam_type"] not in NEVER_OWNED]
    kinds, right = score(rows, by_name)
    assert right >= 0.9
    # What matters most: a game that is called something else is never looked up.
    assert kinds["game"][1] >= 0.99


def test_by_name_alone_nothing_that_is_no_game_is_called_something_wrong_but_a_game():
    wrong = [row for row in list_titles() if by_name(row) not in (row["kind"], "game")]
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize(
    ("name", "type_", "genres", "kind"),
    [
        ("The Turing Test", "game", (), AppKind.GAME),
        ("Wallpaper Engine", "game", ("4", "23", "51", "57"), AppKind.SOFTWARE),
        ("RPG Maker VX Ace", "game", ("53", "59"), AppKind.SOFTWARE),
        ("Universe of Schools", "game", ("28", "54"), AppKind.GAME),
        ("PUBG: Test Server", "game", ("1",), AppKind.BETA),
        ("Rust Dedicated Server", "tool", (), AppKind.SERVER),
        ("Crypt Soundtrack", "dlc", (), AppKind.SOUNDTRACK),
        ("Monster Hunter World: Iceborne", "dlc", (), AppKind.DLC),
        ("Some Beta", "game", (), AppKind.GAME),
    ],
)
def test_steams_type_wins_and_the_name_refines_it_only_where_it_is_coarse(name, type_, genres, kind):
    known = KnownApp(appid=1, source=KindSource.DETAILS, type=type_, genre_ids=genres)
    assert classify(name, known) == (kind, KindSource.DETAILS)


@pytest.mark.parametrize("known", [None, KnownApp(appid=1, source=KindSource.STORE, type="unknown")])
def test_what_steam_does_not_know_is_classified_by_its_name_and_says_so(known):
    assert classify("Undertale Demo", known) == (AppKind.DEMO, KindSource.NAME)
    assert classify("", known) == (AppKind.GAME, KindSource.NAME)
