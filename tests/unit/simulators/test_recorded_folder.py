"""The recorded world over a small folder written by the test itself."""

import gzip
import json
from pathlib import Path

import pytest

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.simulators.recorded import RecordedWorld, list_recorded_appids

pytestmark = pytest.mark.unit

ODD_REVIEW = {
    "recommendationid": "11",
    "author": {"steamid": "9", "playtime_forever": 3},
    "language": "english",
    "review": "fine",
    "timestamp_created": 5,
    "timestamp_updated": 5,
    "voted_up": True,
    "votes_funny": -1,
    "comment_count": "2",
    "weighted_vote_score": "1.5",
}


def write(file: Path, value) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path / "manifest.json", [{"appid": 20, "name": "Bare (name from the texts)"}, {"appid": 7, "name": "Seven"}]
    )
    for appid in (20, 7):
        file = tmp_path / "appreviews" / f"{appid}.jsonl.gz"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(gzip.compress((json.dumps(ODD_REVIEW) + "\n").encode()))
    page = {
        "type": "game",
        "name": "Seven!",
        "steam_appid": 7,
        "is_free": False,
        "developers": ["Dev"],
        "publishers": [""],
        "short_description": "Short",
        "platforms": {"windows": True, "mac": False, "linux": True},
        "categories": [{"id": 2, "description": "Single-player"}, {"id": 28}, {"id": 22}],
        "genres": [{"id": "70", "description": "Early Access"}],
        "release_date": {"coming_soon": False, "date": "21 Aug, 2012"},
        "price_overview": {"initial": 1000, "final": 500, "discount_percent": 50, "final_formatted": "5,00€"},
    }
    write(tmp_path / "appdetails" / "7.json", {"7": {"success": True, "data": page}})
    write(tmp_path / "appdetails_edge" / "8.json", {"8": {"success": False}})
    write(tmp_path / "appdetails_edge" / "9.json", {"type": "Buffer", "data": []})
    write(tmp_path / "appdetails_edge" / "10.json", {"10": {"success": True, "data": {"type": "dlc", "name": "Extra"}}})
    write(tmp_path / "appdetails_edge" / "_why.json", {"9": ["key_missing"]})
    totals = {"num_reviews": 1, "review_score": 8, "review_score_desc": "Very Positive", "total_reviews": 900}
    write(tmp_path / "query_summary" / "7.json", {"query_summary": {**totals, "total_positive": 810}})
    write(tmp_path / "query_summary" / "20.json", {"query_summary": {"total_reviews": -1}})
    empty = [{"appid": 33, "stored": {"query_summary": {"total_reviews": 0}}}, {"appid": 34, "stored": {"reviews": {}}}]
    write(tmp_path / "query_summary" / "_empty_or_failed.json", empty)
    write(tmp_path / "applist.json.gz", {"applist": {"apps": {"app": [{"appid": 5, "name": "Five"}]}}})
    listed = {"appid": 7, "name": "Seven", "last_modified": 1622275422, "price_change_number": 3}
    write(tmp_path / "applist_istoreservice_page2.json.gz", {"response": {"apps": [listed]}})
    write(tmp_path / "ownedgames" / "someone.json", {"response": {"game_count": 1, "games": [{"appid": 7}]}})
    write(tmp_path / "igdb" / "v4_games_some.json", [{"id": 1, "name": "Seven"}])
    return tmp_path


@pytest.fixture
def world(folder: Path) -> RecordedWorld:
    return RecordedWorld(folder)


def test_games_with_reviews_are_listed_ascending(folder):
    assert list_recorded_appids(folder) == [7, 20]


def test_the_catalogue_joins_both_lists_and_all_apps_known_by_page_or_reviews(world):
    assert [(app["appid"], app["name"], app["type"]) for app in world.list_apps()] == [
        (5, "Five", "game"),
        (7, "Seven", "game"),
        (10, "Extra", "dlc"),
        (20, "Bare", "game"),
    ]
    assert world.list_apps()[1]["last_modified"] == 1622275422
    assert world.list_apps()[0]["last_modified"] == 0


def test_store_pages_come_as_recorded(world):
    assert world.get_appdetails(7)["data"]["publishers"] == [""]
    assert world.get_appdetails(8) == {"success": False}
    assert world.get_appdetails(9) == {"type": "Buffer", "data": []}
    assert world.get_appdetails(5) is None


def test_a_reviewed_game_without_a_store_page_gets_a_minimal_one(world):
    inner = world.get_appdetails(20)
    assert inner["success"] is True
    assert (inner["data"]["name"], inner["data"]["steam_appid"], inner["data"]["type"]) == ("Bare", 20, "game")
    assert world.get_store_item(20)["name"] == "Bare"


def test_a_store_item_says_what_the_recording_says(world):
    item = world.get_store_item(7)
    assert item == {
        "item_type": 0,
        "id": 7,
        "success": 1,
        "visible": True,
        "name": "Seven",
        "store_url_path": "app/7/Seven",
        "store_url_slug": "Seven",
        "appid": 7,
        "type": 0,
        "is_early_access": True,
        "categories": {
            "supported_player_categoryids": [2],
            "feature_categoryids": [22],
            "controller_categoryids": [28],
        },
        "reviews": {
            "summary_filtered": {
                "review_count": 900,
                "percent_positive": 90,
                "review_score": 8,
                "review_score_label": "Very Positive",
            }
        },
        "basic_info": {"short_description": "Short", "developers": [{"name": "Dev"}]},
        "release": {"steam_release_date": 1345507200},
        "platforms": {"windows": True, "steamos_linux": True},
        "best_purchase_option": {
            "final_price_in_cents": "500",
            "formatted_final_price": "5,00€",
            "purchase_option_name": "Seven!",
            "original_price_in_cents": "1000",
            "discount_pct": 50,
        },
    }
    assert world.get_store_item(10)["type"] == 4
    assert world.get_store_item(999) is None


def test_reviews_keep_every_odd_value(world):
    assert list(world.list_reviews(7)) == [ODD_REVIEW]
    assert len(world.list_reviews(7)) == 1
    assert world.list_reviews(7)[0] == ODD_REVIEW


def test_the_same_reviews_object_is_handed_out_each_time(world):
    assert world.list_reviews(7) is world.list_reviews(7)


def test_an_app_without_recorded_reviews_has_none_and_an_unknown_one_is_unknown(world):
    assert list(world.list_reviews(10)) == []
    assert list(world.list_reviews(33)) == []
    assert world.list_reviews(34) is None
    assert world.list_reviews(5) is None


def test_totals_are_the_recorded_ones_where_steam_gave_any(world):
    assert world.get_query_summary(7)["total_reviews"] == 900
    assert world.get_query_summary(20) is None
    assert world.get_query_summary(33)["review_score_desc"] == "No user reviews"


def test_a_recorded_library_has_an_owner_with_a_vanity_name(world):
    steamid = world.resolve_vanity("someone")
    assert 76561197960265729 <= int(steamid) <= 76561202255233023
    assert world.get_owned_games(steamid) == {"game_count": 1, "games": [{"appid": 7}]}
    assert world.get_owned_games("76561197960265729") is None
    assert world.list_igdb_games() == ({"id": 1, "name": "Seven"},)


@pytest.mark.parametrize("missing", ["manifest.json", "appreviews"])
def test_a_folder_of_another_kind_is_refused_with_what_was_expected(folder, missing):
    (folder / missing).rename(folder / "elsewhere")
    for load in (RecordedWorld, list_recorded_appids):
        with pytest.raises(ConfigError, match=f"{missing} is missing; expected manifest.json and appreviews"):
            load(folder)


def test_no_folder_at_all_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no such folder"):
        RecordedWorld(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["{", "{}", '["a"]', '[{"name": "x"}]'])
def test_a_broken_manifest_is_refused(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ConfigError, match="manifest"):
        RecordedWorld(folder)
