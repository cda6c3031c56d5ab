"""Catalogue, store and user calls of the Steam look-alikes, and what the old endpoints do."""

import json

import pytest

pytestmark = pytest.mark.unit

APP_LIST = "/steam/IStoreService/GetAppList/v1/"
GET_ITEMS = "/steam/IStoreBrowseService/GetItems/v1/"
OWNED = "/steam/IPlayerService/GetOwnedGames/v1/"
VANITY = "/steam/ISteamUser/ResolveVanityURL/v1/"


async def test_health_names_the_world(http):
    assert (await http.get("/health")).json() == {"status": "ok", "world": "small"}


@pytest.mark.parametrize("path", [APP_LIST, OWNED, VANITY])
@pytest.mark.parametrize(("params", "status", "title"), [({}, 401, "Unauthorized"), ({"key": ""}, 403, "Forbidden")])
async def test_calls_that_need_a_key_are_refused_without_one(http, path, params, status, title):
    answer = await http.get(path, params=params)
    assert answer.status_code == status
    assert answer.text.startswith(f"<html><head><title>{title}</title>")
    assert "Please verify your <pre>key=</pre> parameter." in answer.text


async def test_the_catalogue_lists_games_in_one_page_without_continuation(http):
    answer = (await http.get(APP_LIST, params={"key": "k"})).json()
    assert [app["appid"] for app in answer["response"]["apps"]] == [10, 20, 30]
    assert answer["response"]["apps"][0] == {
        "appid": 10,
        "name": "App 10",
        "last_modified": 1000,
        "price_change_number": 1,
    }
    assert set(answer["response"]) == {"apps"}


async def test_the_catalogue_is_walked_by_last_appid(http):
    pages, last = [], 0
    while True:
        params = {"key": "k", "max_results": 2, "last_appid": last, "include_dlc": "true", "include_software": 1}
        page = (await http.get(APP_LIST, params=params)).json()["response"]
        pages.append([app["appid"] for app in page["apps"]])
        if not page.get("have_more_results"):
            break
        last = page["last_appid"]
    assert pages == [[10, 11], [20, 30], [40]]


async def test_the_catalogue_gives_what_changed_since_a_moment(http):
    changed = (await http.get(APP_LIST, params={"key": "k", "if_modified_since": 2000})).json()
    assert [app["appid"] for app in changed["response"]["apps"]] == [30]
    nothing = (await http.get(APP_LIST, params={"key": "k", "if_modified_since": 9999})).json()
    assert nothing == {"response": {}}


async def test_tags_carry_a_version_that_spares_the_second_answer(http):
    path = "/steam/IStoreService/GetTagList/v1/"
    answer = (await http.get(path, params={"language": "english"})).json()["response"]
    assert answer["tags"] == [{"tagid": 19, "name": "Action"}, {"tagid": 21, "name": "Adventure"}]
    known = {"language": "english", "have_version_hash": answer["version_hash"]}
    assert (await http.get(path, params=known)).json()["response"] == {"version_hash": answer["version_hash"]}


async def test_store_items_hold_what_was_asked_for_in_the_order_asked(http):
    wanted = {"ids": [{"appid": 999}, {"appid": 10}], "data_request": {"include_reviews": True, "include_tag_count": 1}}
    answer = await http.get(GET_ITEMS, params={"input_json": json.dumps(wanted)})
    unknown, known = answer.json()["response"]["store_items"]
    assert (unknown["id"], unknown["success"], unknown["appid"], unknown["name"]) == (999, 15, 0, "")
    assert known["tags"] == [{"tagid": 19, "weight": 9}]
    assert known["tagids"] == [19]
    assert known["reviews"] == {"summary_filtered": {"review_count": 250}}
    assert "basic_info" not in known


@pytest.mark.parametrize("wanted", [{}, {"ids": []}, {"ids": [{"appid": "x"}]}, {"ids": [10]}])
async def test_store_items_without_appids_are_refused(http, wanted):
    assert (await http.get(GET_ITEMS, params={"input_json": json.dumps(wanted)})).status_code == 400


async def test_appdetails_answers_one_app(http, world):
    assert (await http.get("/store/api/appdetails?appids=10&cc=us&l=english")).json() == {"10": world.details[10]}
    assert (await http.get("/store/api/appdetails?appids=999")).json() == {"999": {"success": False}}


async def test_appdetails_serves_an_odd_body_as_it_is(http):
    assert (await http.get("/store/api/appdetails?appids=40")).json() == {"type": "Buffer", "data": [1, 2]}


@pytest.mark.parametrize("query", ["appids=10,20", "appids=10,20&filters=basic", "", "appids=ten"])
async def test_appdetails_refuses_a_list_unless_only_prices_are_asked(http, query):
    answer = await http.get("/store/api/appdetails?" + query)
    assert (answer.status_code, answer.text) == (400, "null")


async def test_appdetails_answers_prices_of_many_with_an_empty_list_for_a_free_app(http):
    answer = await http.get("/store/api/appdetails?appids=10,20&filters=price_overview")
    assert answer.json() == {
        "10": {"success": True, "data": {"price_overview": {"currency": "USD", "final": 999}}},
        "20": {"success": True, "data": []},
    }


async def test_appdetails_filters_are_groups(http):
    answer = await http.get("/store/api/appdetails?appids=10&filters=basic,genres")
    assert set(answer.json()["10"]["data"]) == {"type", "name", "steam_appid", "is_free", "genres"}


async def test_the_old_review_page_leads_to_the_front_page(http):
    answer = await http.get("/store/appreviews/10?json=1")
    assert answer.status_code == 302
    followed = await http.get(answer.headers["location"])
    assert followed.status_code == 200
    assert followed.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "path", ["ISteamApps/GetAppList/v2/", "ISteamApps/GetAppList/v1", "IStoreService/GetAppList/v9/"]
)
async def test_methods_that_do_not_exist_are_not_found(http, path):
    answer = await http.get("/steam/" + path, params={"key": "k"})
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text


async def test_owned_games_hide_names_and_free_games_unless_asked(http):
    plain = {"key": "k", "steamid": "76561197960265800"}
    assert (await http.get(OWNED, params=plain)).json() == {
        "response": {"game_count": 1, "games": [{"appid": 10, "playtime_forever": 5}]}
    }
    full = plain | {"include_appinfo": "true", "include_played_free_games": "true"}
    games = (await http.get(OWNED, params=full)).json()["response"]["games"]
    assert [game["name"] for game in games] == ["Ten", "Twenty"]
    only = full | {"appids_filter[0]": 20}
    assert (await http.get(OWNED, params=only)).json()["response"]["game_count"] == 1


async def test_a_private_profile_has_no_game_count_and_an_empty_library_has(http):
    private = {"key": "k", "steamid": "76561197960265801"}
    assert (await http.get(OWNED, params=private)).json() == {"response": {}}
    empty = {"key": "k", "steamid": "76561197960265800", "appids_filter[0]": 5}
    assert (await http.get(OWNED, params=empty)).json() == {"response": {"game_count": 0}}


async def test_vanity_names_resolve_with_http_200_either_way(http):
    found = (await http.get(VANITY, params={"key": "k", "vanityurl": "someone"})).json()
    assert found == {"response": {"success": 1, "steamid": "76561197960265800"}}
    missing = (await http.get(VANITY, params={"key": "k", "vanityurl": "nobody"})).json()
    assert missing == {"response": {"success": 42, "message": "No match"}}
