"""How well apps are classified: a labelled list of real titles, written from knowledge of Steam."""

import pytest

from steampulse_dagster.models.library import AppKind, KindSource, KnownApp
from steampulse_dagster.services.app_kinds import classify, classify_by_name
from steampulse_dagster.services.game_names import GameNames
from tests.app_titles import (
    DEVELOPED_ON,
    HELD_OUT,
    by_names,
    by_type,
    by_words,
    list_half,
    list_ownable,
    list_titles,
    mean,
    score,
)

pytestmark = pytest.mark.unit


def test_the_list_is_long_and_has_every_kind():
    rows = list_titles()
    assert len(rows) >= 850
    assert len({row["title"].casefold() for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} == {kind.value for kind in AppKind}


def test_with_steams_type_97_of_100_are_right_in_precision_and_recall_of_each_kind_together():
    kinds, right = score(list_titles(), by_type)
    assert right >= 0.97
    assert mean(kinds, 0) >= 0.97
    assert mean(kinds, 1) >= 0.95


def test_by_name_alone_9_of_10_titles_are_right_on_the_half_that_no_rule_was_made_by_too():
    for rows in (list_titles(), list_half(DEVELOPED_ON), list_half(HELD_OUT)):
        kinds, right = score(rows, by_names)
        assert right >= 0.9
        # What matters most: a game is rarely called something else.
        assert kinds["game"][1] >= 0.97


@pytest.mark.parametrize("sets", ["de", "f"])
def test_titles_that_were_written_apart_are_judged_as_the_document_says(sets):
    kinds, right = score(list_titles(sets), by_names)
    assert right >= 0.9
    assert kinds["game"][1] >= 0.96


def test_by_one_name_alone_9_of_10_titles_are_right_for_the_tables_know_names():
    kinds, right = score(list_titles(), by_words)
    assert right >= 0.95
    assert kinds["game"][1] == 1.0


def test_the_words_of_a_name_alone_call_no_game_something_else():
    kinds, right = score(list_ownable(), by_words)
    assert right >= 0.92
    assert kinds["game"][1] == 1.0


def test_by_name_alone_what_is_no_game_is_rarely_called_something_wrong_but_a_game():
    wrong = [row for row in list_titles() if by_names(row) not in (row["kind"], "game") and row["kind"] != "game"]
    assert len(wrong) <= 8, wrong


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


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Stellaris: Utopia", AppKind.DLC),
        ("Call of Duty: Ghosts", AppKind.GAME),
        ("Stellaris: Console Edition", AppKind.GAME),
        ("Stellaris: Episode One", AppKind.GAME),
        ("Stellaris: Prologue - First Steps", AppKind.GAME),
        ("Stellaris: Galaxies 2", AppKind.GAME),
        ("Stellaris: 10th Anniversary World Tour", AppKind.GAME),
        ("Stellaris: Complete Story", AppKind.GAME),
        ("Pixel Game Maker Series Some Princess", AppKind.GAME),
        ("Some Game Maker", AppKind.SOFTWARE),
        ("Voxel Editor", AppKind.SOFTWARE),
        ("Stellaris - Modding Kit", AppKind.TOOL),
        ("Stellaris Beta Test", AppKind.BETA),
        ("Dota 2 Test", AppKind.BETA),
        ("The Test", AppKind.GAME),
        ("Half-Life 2: MMod", AppKind.MOD),
        ("Garry's Mod", AppKind.GAME),
        ("Dota 2 Texture Pack", AppKind.DLC),
        ("Utopia: Stellaris", AppKind.GAME),
        ("Stellaris: Original Soundtrack", AppKind.SOUNDTRACK),
        ("STELLARIS™ - Utopia", AppKind.DLC),
        ("Corellian Nights", AppKind.GAME),
        ("Tools Up!", AppKind.GAME),
    ],
)
def test_the_names_of_other_games_tell_parts_of_a_game_from_games_of_a_series(name, kind):
    names = GameNames(["Stellaris", "Call of Duty", "Call of Duty: Black Ops", "Dota 2", "Half-Life 2"])
    assert classify_by_name(name, names) is kind


def test_a_game_that_is_known_by_its_name_is_no_part_of_another():
    names = GameNames(["Insurgency", "Insurgency: Sandstorm"])
    assert classify_by_name("Insurgency: Sandstorm", names) is AppKind.GAME
