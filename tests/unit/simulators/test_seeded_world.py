"""The seeded world's catalogue, store pages, libraries and IGDB rows."""

import json

import pytest

from steampulse_dagster.simulators.seeded.games import GAMES, SIDE_APPS
from steampulse_dagster.simulators.seeded.library import COLLECTOR, NEWCOMER, PRIVATE
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.world import World

pytestmark = pytest.mark.unit

DLC, DEMO, SOUNDTRACK, DELISTED, UNRELEASED, UNREVIEWED, LOCKED, MOVED = (app.appid for app in SIDE_APPS)
BIGGEST, FREE, UNMATCHED = 9000010, 9000080, 9000110


@pytest.fixture(scope="module")
def world() -> World:
    return SeededWorld()


def data_of(world, appid):
    return world.get_appdetails(appid)["data"]


def test_everything_but_reviews_is_equal_for_equal_seeds_and_serialisable(world):
    def everything(some):
        apps = some.list_apps()
        return json.dumps(
            [
                apps,
                [some.get_appdetails(app["appid"]) for app in apps],
                [some.get_store_item(app["appid"]) for app in apps],
                [some.get_owned_games(steamid) for steamid in (COLLECTOR, PRIVATE, NEWCOMER)],
                some.list_tags(),
                some.list_igdb_games(),
                some.list_igdb_external_games(),
            ]
        )

    assert everything(SeededWorld()) == everything(world)


def test_the_app_list_ascends_and_has_some_hundred_names(world):
    appids = [app["appid"] for app in world.list_apps()]
    assert appids == sorted(set(appids))
    assert len(appids) > 300
    assert min(appids) >= 9_000_000
    assert all(app["name"] and app["type"] and app["last_modified"] > 0 for app in world.list_apps())
    assert {game.appid for game in GAMES} < set(appids)


def test_every_listed_app_answers_store_details(world):
    for app in world.list_apps():
        inner = world.get_appdetails(app["appid"])
        if app["appid"] in (DELISTED, LOCKED):
            assert inner == {"success": False}
            continue
        assert inner["success"] is True
        if app["appid"] == MOVED:
            continue
        assert inner["data"]["steam_appid"] == app["appid"]
        assert inner["data"]["name"] == app["name"]
        assert inner["data"]["type"] == app["type"]


def test_an_unknown_app_is_unknown_everywhere(world):
    assert world.get_appdetails(730) is None
    assert world.get_store_item(730) is None
    assert world.list_reviews(730) is None
    assert world.get_query_summary(730) is None


def test_apps_without_reviews_have_an_empty_list_and_zero_totals(world):
    for appid in (DLC, DEMO, SOUNDTRACK, DELISTED, UNRELEASED, UNREVIEWED, 9_001_000):
        assert list(world.list_reviews(appid)) == []
        assert world.get_query_summary(appid)["total_reviews"] == 0
        assert world.review_facts(appid) == {}
        assert world.planted(appid) == ()


def test_side_apps_have_the_marks_of_their_kind(world):
    assert data_of(world, DLC)["fullgame"] == {"appid": str(BIGGEST), "name": "Emberline Salvage"}
    assert DLC in data_of(world, BIGGEST)["dlc"]
    assert data_of(world, DEMO)["type"] == "demo"
    assert data_of(world, SOUNDTRACK)["type"] == "music"
    assert world.get_store_item(DELISTED) is None
    assert data_of(world, UNRELEASED)["release_date"] == {"coming_soon": True, "date": "To be announced"}
    assert "price_overview" not in data_of(world, UNRELEASED)
    assert data_of(world, UNREVIEWED)["release_date"]["coming_soon"] is False


def test_a_game_that_is_locked_here_says_so_in_store_items_alone(world):
    assert world.get_appdetails(LOCKED) == {"success": False}
    assert world.get_store_item(LOCKED)["unvailable_for_country_restriction"] is True


def test_a_moved_page_answers_with_the_appid_that_it_leads_to(world):
    assert data_of(world, MOVED)["steam_appid"] == 9000010


def test_a_sale_shows_its_full_price_beside_the_reduced_one(world):
    price = data_of(world, UNREVIEWED)["price_overview"]
    assert (price["initial"], price["final"], price["discount_percent"]) == (799, 399, 50)
    option = world.get_store_item(UNREVIEWED)["best_purchase_option"]
    assert (option["original_price_in_cents"], option["final_price_in_cents"], option["discount_pct"]) == (
        "799", "399", 50,
    )  # fmt: skip


def test_a_free_game_has_no_price(world):
    assert data_of(world, FREE)["is_free"] is True
    assert "price_overview" not in data_of(world, FREE)
    assert data_of(world, BIGGEST)["price_overview"]["final"] == 2499


def test_the_early_access_game_says_so_in_store_and_reviews(world):
    game = next(game for game in GAMES if game.in_early_access)
    assert {"id": "70", "description": "Early Access"} in data_of(world, game.appid)["genres"]
    assert world.get_store_item(game.appid)["is_early_access"] is True
    assert all(review["written_during_early_access"] for review in world.list_reviews(game.appid))


def test_a_game_that_left_early_access_has_reviews_from_both_times(world):
    flags = {review["written_during_early_access"] for review in world.list_reviews(BIGGEST)}
    assert flags == {True, False}


def test_store_items_carry_weighted_tags_with_names(world):
    for game in GAMES:
        item = world.get_store_item(game.appid)
        weights = [tag["weight"] for tag in item["tags"]]
        assert weights == sorted(weights, reverse=True)
        assert [world.list_tags()[tag["tagid"]] for tag in item["tags"]] == list(game.tags)
        if game.reviews:
            assert item["reviews"]["summary_filtered"]["review_count"] == game.reviews


def test_totals_and_words_of_the_query_summary(world):
    for game in GAMES:
        summary = world.get_query_summary(game.appid)
        assert summary["total_positive"] + summary["total_negative"] == summary["total_reviews"] == game.reviews
    assert world.get_query_summary(9000010)["review_score_desc"] == "Very Positive"
    assert world.get_query_summary(9000080)["review_score_desc"] == "Mixed"
    assert world.get_query_summary(9000120)["review_score_desc"] == "5 user reviews"


def test_the_hidden_gem_is_small_and_loved(world):
    summary = world.get_query_summary(9000090)
    assert summary["total_reviews"] <= 120
    assert 0.96 <= summary["total_positive"] / summary["total_reviews"] <= 0.98


def test_profiles_are_public_private_or_empty(world):
    owned = world.get_owned_games(COLLECTOR)
    known = {app["appid"] for app in world.list_apps()}
    assert owned["game_count"] == len(owned["games"])
    assert 30 <= owned["game_count"] <= 45
    assert {game["appid"] for game in owned["games"]} <= known
    assert DELISTED in {game["appid"] for game in owned["games"]}
    assert world.get_owned_games(PRIVATE) == {}
    assert world.get_owned_games(NEWCOMER) == {"game_count": 0}
    assert world.get_owned_games("76561197960287930") is None


def test_profile_ids_are_valid_and_found_by_vanity_name(world):
    assert world.resolve_vanity("brasscollector") == COLLECTOR
    assert world.resolve_vanity("76561") == NEWCOMER
    assert world.resolve_vanity("nobody") is None
    for steamid in (COLLECTOR, PRIVATE, NEWCOMER):
        assert 76561197960265729 <= int(steamid) <= 76561202255233023


def test_igdb_links_point_at_rows_and_some_apps_are_unmatched(world):
    rows = {row["id"]: row for row in world.list_igdb_games()}
    links = world.list_igdb_external_games()
    assert len(rows) == len(world.list_igdb_games())
    assert all(link["game"] in rows and link["external_game_source"] == 1 for link in links)
    uids = {link["uid"] for link in links}
    assert all(isinstance(uid, str) for uid in uids)
    assert str(UNMATCHED) not in uids
    games = [app for app in world.list_apps() if app["type"] == "game"]
    assert 0.4 < sum(str(app["appid"]) in uids for app in games) / len(games) < 0.75


def test_one_appid_has_an_edition_beside_its_main_row(world):
    rows = {row["id"]: row for row in world.list_igdb_games()}
    found = [rows[link["game"]] for link in world.list_igdb_external_games() if link["uid"] == str(BIGGEST)]
    assert len(found) == 2
    main, edition = sorted(found, key=lambda row: "version_parent" in row)
    assert "version_parent" not in main
    assert edition["version_parent"] == main["id"]


def test_igdb_rows_are_sparse_as_real_ones_are(world):
    rows = world.list_igdb_games()
    for key in ("cover", "summary", "first_release_date"):
        assert 0.3 < sum(key in row for row in rows) / len(rows) < 1
    assert {row["game_type"] for row in rows} == {0, 1}
