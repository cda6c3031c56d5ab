"""The tables of names: whole names first, then words, then the families of add-ons."""

from collections import Counter
from importlib.resources import files

import pytest

from steampulse_dagster.models.library import AppKind, KindSource, KnownApp
from steampulse_dagster.services import known_names
from steampulse_dagster.services.app_kinds import classify, classify_by_name
from steampulse_dagster.services.game_names import GameNames
from steampulse_dagster.services.igdb_rules import fold_title

DATA = files("steampulse_dagster.services") / "data"


def read(name: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def test_a_name_stands_in_one_table_once() -> None:
    names = [known_names._key(line) for kind in AppKind for line in read_if_there(kind)]
    assert names
    assert all(names)
    assert {name: count for name, count in Counter(names).items() if count > 1} == {}


def read_if_there(kind: AppKind) -> list[str]:
    return read(f"app_names/{kind}.txt") if (DATA / "app_names" / f"{kind}.txt").is_file() else []


def test_each_table_is_named_after_a_kind() -> None:
    assert {file.name.removesuffix(".txt") for file in (DATA / "app_names").iterdir()} <= set(AppKind)


def test_a_family_has_one_section_at_most_and_knows_its_sign() -> None:
    lines = read("add_on_families.txt")
    assert lines[0] in known_names._SIGNS
    assert {line for line in lines if line.startswith("[")} <= known_names._SIGNS.keys()
    assert all(fold_title(line.removeprefix("= ")) for line in lines)
    own = [fold_title(line) for line in lines if not line.startswith(("= ", "["))]
    assert {name: count for name, count in Counter(own).items() if count > 1} == {}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Wallpaper Engine", AppKind.SOFTWARE),
        ("WALLPAPER  ENGINE™", AppKind.SOFTWARE),
        ("The Chaos Engine", AppKind.GAME),
        ("Hearts of Iron IV: Together for Victory", AppKind.DLC),
        ("Hearts of Iron IV – Together for Victory", AppKind.DLC),
        ("Hearts of Iron® IV: Together for Victory", AppKind.DLC),
        ("Hearts of Iron IV", AppKind.GAME),
        ("Hearts of Iron IV Soundtrack", AppKind.SOUNDTRACK),
        ("Hearts of Iron IV - Demo", AppKind.DEMO),
        ("Hearts of Iron IV: Anniversary Edition", AppKind.GAME),
        ("Hearts of Iron IV Eastern Front Planes Pack", AppKind.DLC),
        ("RPG Maker MV", AppKind.SOFTWARE),
        ("RPG Maker MV - Ruined Castle Tiles", AppKind.DLC),
        ("The Sims 4 Get to Work", AppKind.DLC),
        ("Total War: WARHAMMER III", AppKind.GAME),
        ("Total War: WARHAMMER III - Forge of the Chaos Dwarfs", AppKind.DLC),
        ("Rust Bucket Pack", AppKind.GAME),
    ],
)
def test_whole_names_come_before_words_and_words_before_families(name: str, kind: AppKind) -> None:
    assert classify_by_name(name) is kind


def test_steam_is_believed_before_the_tables() -> None:
    known = KnownApp(appid=1, source=KindSource.STORE, type="game", name="Wallpaper Engine")
    assert classify("Wallpaper Engine", known) == (AppKind.GAME, KindSource.STORE)


def test_what_was_played_is_no_add_on_of_a_family() -> None:
    assert classify_by_name("Hearts of Iron IV: Together for Victory", played=True) is AppKind.GAME
    assert classify_by_name("Wallpaper Engine", played=True) is AppKind.SOFTWARE


def test_what_looks_like_an_add_on_and_is_none_is_told_by_its_words() -> None:
    names = GameNames(["Insurgency", "PUBG"])
    assert classify_by_name("Insurgency: Sandstorm", names) is AppKind.GAME
    assert classify_by_name("PUBG: Test Server", names) is AppKind.BETA


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Hearts of Iron IV: Galaxies 2", AppKind.GAME),
        ("Hearts of Iron IV - Tokens 2", AppKind.DLC),
        ("Hearts of Iron IV: Prologue - Early Days", AppKind.GAME),
        ("Construct2", AppKind.SOFTWARE),
    ],
)
def test_numbers_and_prologues_behind_a_colon_are_games(name: str, kind: AppKind) -> None:
    assert classify_by_name(name) is kind
