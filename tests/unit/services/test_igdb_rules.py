from datetime import date, timedelta

import pytest

from steampulse_dagster.models.library import IgdbGame, NamedId, PlayStatus
from steampulse_dagster.services.igdb_rules import (
    build_titles,
    choose_best,
    choose_by_title,
    find_parent,
    fold_title,
    is_game_called,
    suggest_status,
)

pytestmark = pytest.mark.unit

PC = NamedId(id=6, name="PC")
SWITCH = NamedId(id=130, name="Switch")
TODAY = date(2026, 11, 29)


def game(igdb_id, name="Prey", **changes):
    return IgdbGame(igdb_id=igdb_id, name=name, **{"platforms": (PC,), "game_type": 0, **changes})


IN_2017 = game(1, first_release_date=date(2017, 5, 5))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({}, {"version_parent": 9}),
        ({}, {"game_type": 1, "summary": "Long", "cover_image_id": "co"}),
        ({"game_type": 8}, {"game_type": 3}),
        ({"game_type": 4}, {"game_type": 13}),
        ({"game_type": None}, {"game_type": 1}),
        ({"summary": "Told", "first_release_date": date(2017, 5, 5)}, {}),
        ({}, {"slug": "duplicate-prey", "summary": "Told"}),
        ({}, {"platforms": (SWITCH,)}),
    ],
)
def test_the_best_of_several_rows_is_a_game_by_itself_that_most_is_known_of(better, worse):
    assert choose_best([game(1, **worse), game(2, **better)]).igdb_id == 2
    assert choose_best([game(2, **better), game(1, **worse)]).igdb_id == 2


def test_of_equal_rows_the_first_entered_wins_and_no_row_is_none():
    assert choose_best([game(7), game(3)]).igdb_id == 3
    assert choose_best([]) is None


@pytest.mark.parametrize(
    ("changes", "parent"),
    [
        ({}, None),
        ({"version_parent": 5}, 5),
        ({"game_type": 1, "parent_game": 6}, 6),
        ({"game_type": 13, "parent_game": 6}, 6),
        ({"game_type": 4, "parent_game": 6}, None),
        ({"game_type": 2, "parent_game": 6}, None),
        ({"game_type": 1}, None),
    ],
)
def test_editions_and_parts_stand_for_the_game_they_belong_to(changes, parent):
    assert find_parent(game(1, **changes)) == parent


@pytest.mark.parametrize(
    ("changes", "called"),
    [
        ({}, True),
        ({"name": "PREY™"}, True),
        ({"game_type": None}, True),
        ({"name": "Prey: Mooncrash"}, False),
        ({"game_type": 1}, False),
        ({"game_type": 2}, False),
        ({"version_parent": 5}, False),
        ({"slug": "duplicate-prey"}, False),
    ],
)
def test_only_a_game_by_itself_of_the_same_name_says_that_a_name_is_a_games(changes, called):
    assert is_game_called(game(1, **changes), "Prey") is called


def test_titles_are_alike_but_for_case_accents_and_signs():
    assert fold_title("Pokémon™:  LET'S go!") == fold_title("pokemon lets GO")
    assert fold_title("龙魂时刻") == "龙魂时刻"
    assert fold_title("Nioh") != fold_title("Nioh 2")
    assert build_titles("Half-Life® 2: Episode One™") == ("Half-Life 2: Episode One", "half-life-2-episode-one")
    assert build_titles("龙魂时刻") == ("龙魂时刻", "")


@pytest.mark.parametrize(
    ("released", "candidates", "chosen"),
    [
        (date(2006, 7, 11), [IN_2017, game(2, first_release_date=date(2006, 7, 11))], 2),
        (date(2018, 1, 2), [IN_2017], 1),
        (date(2020, 1, 2), [IN_2017], None),
        (date(2017, 1, 1), [game(1)], 1),
        (date(2017, 1, 1), [game(1), game(2)], None),
        (None, [IN_2017], 1),
        (None, [game(1), game(2)], None),
        (date(2017, 1, 1), [IN_2017, game(2, first_release_date=date(2016, 5, 5))], None),
        (None, [game(1, platforms=(SWITCH,))], None),
        (None, [game(1, version_parent=4)], None),
        (None, [game(1, game_type=1)], None),
        (None, [game(1, name="Prey 2")], None),
        (None, [game(1, slug="duplicate-prey")], None),
        (None, [], None),
    ],
)  # fmt: skip
def test_a_title_matches_one_game_on_pc_of_its_year_or_none(released, candidates, chosen):
    found = choose_by_title("PREY™", released, candidates)
    assert (found.igdb_id if found else None) == chosen


@pytest.mark.parametrize(
    ("forever", "weeks", "days_ago", "status"),
    [
        (0, 0, None, PlayStatus.UNPLAYED),
        (0, 0, 3, PlayStatus.UNPLAYED),
        (5, 5, 1, PlayStatus.PLAYING),
        (90, 0, 30, PlayStatus.PLAYING),
        (59, 0, 31, PlayStatus.TRIED),
        (60, 0, 31, PlayStatus.PAUSED),
        (60, 0, 365, PlayStatus.PAUSED),
        (60, 0, 366, PlayStatus.SHELVED),
        (6000, 0, None, PlayStatus.SHELVED),
        (30, 0, None, PlayStatus.TRIED),
    ],
)
def test_the_status_follows_from_playtime_and_the_last_session(forever, weeks, days_ago, status):
    played = None if days_ago is None else TODAY - timedelta(days=days_ago)
    told = suggest_status(playtime_forever=forever, playtime_2weeks=weeks, last_played=played, today=TODAY)
    assert told is status
