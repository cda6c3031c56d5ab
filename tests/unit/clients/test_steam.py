import json
from datetime import UTC, datetime

import httpx
import pytest

from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.games import GameState
from tests.fake_steam import FakeSteam, author_key_of, fail, raw_review, respond

pytestmark = pytest.mark.unit

PAGE = {"success": True, "data": {"type": "game", "name": "Ten", "steam_appid": 10}}
ITEM = {"success": 1, "name": "Ten", "type": 0, "tags": [{"tagid": 7, "weight": 3}]}


def app(appid, modified=0):
    return {"appid": appid, "name": f" App {appid} ", "last_modified": modified, "price_change_number": 0}


async def fetch_page(fake, appid=10, cursor=None, by_update=False):
    steam = fake.open()
    return await steam.fetch_review_page(appid, cursor=cursor, by_update=by_update, author_key_of=author_key_of)


async def test_a_review_request_says_everything_and_percent_encodes_its_cursor():
    fake = FakeSteam(reviews={10: [raw_review(number) for number in range(150)]})
    first = await fetch_page(fake)
    second = await fetch_page(fake, cursor=first.next_cursor)
    assert [len(page.reviews) for page in (first, second)] == [100, 50]
    assert fake.asked_pages()[0] == {
        "appid": 10, "languages": ["all"], "purchase_type": 1, "review_type": 0, "filter_offtopic_activity": False,
        "filter": 1, "num_per_page": 100, "cursor": "*",
    }  # fmt: skip
    assert fake.asked_pages()[1]["cursor"] == first.next_cursor
    assert first.next_cursor.endswith("+/=")
    assert b"+/=" not in fake.requests[1].url.query


async def test_reviews_are_asked_for_without_a_key():
    fake = FakeSteam(reviews={10: []})
    await fetch_page(fake)
    assert "key" not in fake.requests[0].url.params


async def test_reviews_by_update_ask_for_that_order():
    fake = FakeSteam(reviews={10: []})
    page = await fetch_page(fake, by_update=True)
    assert fake.asked_pages()[0]["filter"] == 2
    assert page.reviews == ()


async def test_an_unknown_app_is_not_an_app_without_reviews():
    with pytest.raises(SteamApiError, match="no such app: 99") as caught:
        await fetch_page(FakeSteam(), appid=99)
    assert caught.value.kind is SteamErrorKind.NOT_FOUND
    assert not caught.value.retryable


async def test_the_totals_are_asked_for_without_reviews():
    fake = FakeSteam(reviews={10: [raw_review(1)]}, totals={10: 321})
    assert (await fake.open().fetch_review_summary(10)).total_reviews == 321
    assert fake.asked_pages()[0]["num_per_page"] == 0


async def test_a_redirect_to_the_front_page_is_a_dead_endpoint():
    fake = FakeSteam(reviews={10: []})
    fake.faults.append(fail(302, location="https://store.test/"))
    with pytest.raises(SteamApiError, match="endpoint is gone"):
        await fetch_page(fake)


async def test_the_app_list_is_walked_to_the_page_that_announces_no_more():
    fake = FakeSteam(apps=[app(appid) for appid in (10, 20, 30, 40, 50)], apps_per_page=2)
    pages = [page async for page in fake.open().fetch_app_list_pages()]
    assert [[entry.appid for entry in page.apps] for page in pages] == [[10, 20], [30, 40], [50]]
    assert pages[0].apps[0].name == "App 10"
    assert pages[0].apps[0].steam_last_modified is None


async def test_only_changes_are_asked_for_and_none_may_come():
    fake = FakeSteam(apps=[app(10, modified=100)])
    pages = [
        page async for page in fake.open().fetch_app_list_pages(if_modified_since=datetime(2026, 1, 1, tzinfo=UTC))
    ]
    assert [page.apps for page in pages] == [()]
    assert fake.requests[0].url.params["if_modified_since"] == "1767225600"


async def test_the_app_list_without_a_key_is_a_wrong_setting_and_nothing_is_asked():
    fake = FakeSteam(apps=[app(10)])
    with pytest.raises(ConfigError, match="STEAM_API_KEY"):
        [page async for page in fake.open(key=None).fetch_app_list_pages()]
    assert fake.requests == []


async def test_an_app_list_that_does_not_go_on_is_an_error_not_an_endless_walk(monkeypatch):
    fake = FakeSteam()
    monkeypatch.setattr(fake, "_app_list", lambda _: respond({"apps": [], "have_more_results": True, "last_appid": 0}))
    with pytest.raises(SteamApiError, match="does not go on"):
        [page async for page in fake.open().fetch_app_list_pages()]


async def test_an_unreadable_entry_of_the_app_list_is_handed_back_whole():
    fake = FakeSteam(apps=[app(10), {**app(20), "name": ["x"]}, {**app(30), "name": ""}])
    (page,) = [page async for page in fake.open().fetch_app_list_pages()]
    assert [(entry.appid, entry.name) for entry in page.apps] == [(10, "App 10"), (30, "")]
    assert [(json.loads(bad.payload)["appid"], bad.source.value) for bad in page.unparsed] == [(20, "app_list")]


async def test_a_game_comes_with_the_names_of_its_tags_asked_for_once():
    fake = FakeSteam(details={10: PAGE}, items={10: ITEM}, tags={7: "Roguelike"})
    steam = fake.open()
    game = await steam.fetch_game(10)
    await steam.fetch_game(10)
    assert [(tag.name, tag.weight) for tag in game.tags] == [("Roguelike", 3)]
    assert len(fake.asked("GetTagList")) == 1
    store_request = fake.asked("appdetails")[0]
    assert dict(store_request.url.params) == {"appids": "10", "cc": "us", "l": "english"}


async def test_a_refused_tag_list_costs_the_tags_not_the_game(monkeypatch):
    fake = FakeSteam(details={10: PAGE}, items={10: ITEM})
    answer = fake.answer
    monkeypatch.setattr(
        fake, "answer", lambda request: httpx.Response(403) if "GetTagList" in request.url.path else answer(request)
    )
    game = await fake.open(key=None).fetch_game(10)
    assert (game.name, game.tags) == ("Ten", ())


async def test_a_delisted_game_keeps_the_name_that_steam_still_tells():
    game = await FakeSteam(items={10: {**ITEM, "visible": False}}).open().fetch_game(10)
    assert (game.state, game.name) == (GameState.DELISTED, "Ten")


async def test_a_region_locked_game_is_a_state_although_steam_refuses_it():
    locked = {"success": 15, "visible": False, "unvailable_for_country_restriction": True}
    game = await FakeSteam(items={10: locked}).open().fetch_game(10)
    assert (game.state, game.name, game.type) == (GameState.REGION_LOCKED, "App 10", "unknown")


async def test_a_game_that_steam_shows_but_has_no_page_for_is_unavailable_for_no_known_reason():
    assert (await FakeSteam(items={10: ITEM}).open().fetch_game(10)).state is GameState.UNAVAILABLE


async def test_a_delisted_game_without_a_name_is_known_by_its_reviews():
    game = await FakeSteam(reviews={10: [raw_review(1)]}).open().fetch_game(10)
    assert (game.state, game.name) == (GameState.DELISTED, "App 10")


async def test_an_app_without_page_name_and_reviews_does_not_exist():
    with pytest.raises(SteamApiError, match="no such app: 10") as caught:
        await FakeSteam(reviews={10: []}).open().fetch_game(10)
    assert caught.value.kind is SteamErrorKind.NOT_FOUND


@pytest.mark.parametrize(("status", "kind"), [(401, SteamErrorKind.KEY_REFUSED), (403, SteamErrorKind.BLOCKED)])
async def test_a_refused_key_is_told_as_such(monkeypatch, status, kind):
    fake = FakeSteam(apps=[app(10)])
    monkeypatch.setattr(fake, "answer", lambda _: httpx.Response(status, text="Access is denied."))
    with pytest.raises(SteamApiError, match="check STEAM_API_KEY") as caught:
        [page async for page in fake.open().fetch_app_list_pages()]
    assert caught.value.kind is kind
    assert "test-key" not in caught.value.message


@pytest.mark.parametrize(
    "second",
    [
        {"apps": [app(10), app(20)], "have_more_results": True, "last_appid": 20},
        {"apps": [app(5)], "have_more_results": True, "last_appid": 5},
        {"apps": [app(10), app(20)], "have_more_results": True, "last_appid": 30},
        {"apps": [app(30)], "have_more_results": True},
        {"apps": [app(30)], "have_more_results": True, "last_appid": "x"},
    ],
)
async def test_a_page_that_repeats_or_goes_backwards_ends_the_walk_with_an_error(monkeypatch, second):
    fake = FakeSteam()
    first = {"apps": [app(10), app(20)], "have_more_results": True, "last_appid": "20"}
    monkeypatch.setattr(fake, "_app_list", lambda params: respond(first if params["last_appid"] == "0" else second))
    pages = fake.open().fetch_app_list_pages()
    assert [entry.appid for entry in (await anext(pages)).apps] == [10, 20]
    with pytest.raises(SteamApiError, match="the page after 20 does not go on"):
        await anext(pages)


async def test_names_and_appids_of_the_app_list_are_taken_as_they_are_meant():
    names = {
        "1": "nul\0 here",
        "2": "lone \ud800 half",
        "3": "",
        "4": "Same",
        5: "Same",
        "-6": "x",
        2**32: "y",
        "z": "q",
    }
    fake = FakeSteam()
    fake._app_list = lambda _: respond({"apps": [{"appid": appid, "name": name} for appid, name in names.items()]})
    (page,) = [page async for page in fake.open().fetch_app_list_pages()]
    assert {entry.appid: entry.name for entry in page.apps} == {
        1: "nul here", 2: "lone half", 3: "", 4: "Same", 5: "Same",
    }  # fmt: skip


async def test_store_items_are_asked_for_a_hundred_at_a_time():
    fake = FakeSteam(items={appid: {**ITEM, "name": str(appid)} for appid in range(1, 251)})
    found = await fake.open().fetch_store_items(range(1, 261))
    assert len(found) == 250
    assert len(fake.asked("GetItems")) == 3


async def test_an_answer_without_a_response_object_is_an_unexpected_shape():
    fake = FakeSteam(reviews={10: []})
    fake.faults.append(lambda: httpx.Response(200, json={"response": []}))
    with pytest.raises(SteamApiError) as caught:
        await fetch_page(fake)
    assert caught.value.kind is SteamErrorKind.UNEXPECTED_SHAPE
