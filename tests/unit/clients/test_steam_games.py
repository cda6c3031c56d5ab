from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.clients.steam_dates import parse_release_date
from steampulse_dagster.clients.steam_games import (
    build_hidden_game,
    parse_app_data,
    parse_game,
    parse_languages,
)
from steampulse_dagster.clients.steam_items import parse_store_item
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.games import DatePrecision, GameState, StoreItem, StoreItemTag, StorePrice

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ITEM = StoreItem(
    appid=10,
    name="Item Name",
    type="game",
    release_date=date(2012, 8, 21),
    tags=(StoreItemTag(tagid=1, weight=5), StoreItemTag(tagid=2, weight=9), StoreItemTag(tagid=3, weight=7)),
)
DATA = {
    "type": "game",
    "name": "  The Game ",
    "steam_appid": 10,
    "required_age": "18",
    "is_free": False,
    "about_the_game": "<h2>About</h2>One<br>Two",
    "short_description": "Short &amp; sweet",
    "supported_languages": "English<strong>*</strong>, French<br><strong>*</strong>languages with full audio support",
    "header_image": "https://img.test/a.jpg",
    "website": None,
    "developers": [" Dev ", ""],
    "publishers": [""],
    "pc_requirements": [],
    "platforms": {"windows": True, "mac": False, "linux": True},
    "price_overview": {"currency": "USD", "initial": 1999, "final": 999},
    "metacritic": {"score": 83},
    "recommendations": {"total": 2000},
    "achievements": {"total": 12},
    "categories": [{"id": 22, "description": "Steam Achievements"}, {"id": 1, "description": "Multi-player"}],
    "genres": [{"id": "37", "description": "Free"}, {"id": "1", "description": "Action"}],
    "dlc": [13, 12],
    "release_date": {"coming_soon": False, "date": "21 Aug, 2012"},
}


def parse(item=None, **changes):
    data = {name: value for name, value in {**DATA, **changes}.items() if value is not ...}
    return parse_game(data, appid=10, item=item, tag_names={1: "One", 2: "Two"}, country="us", crawled_at=NOW)


def test_a_full_answer_is_read():
    game = parse()
    assert (game.name, game.slug, game.type, game.state) == ("The Game", "the-game-10", "game", GameState.AVAILABLE)
    assert (game.required_age, game.about, game.short_description) == (18, "About\nOne\nTwo", "Short & sweet")
    assert game.supported_languages == ("English", "French")
    assert (game.developers, game.publishers, game.platforms) == (("Dev",), (), ("windows", "linux"))
    assert (game.price_currency, game.price_initial, game.price_final) == ("USD", 1999, 999)
    assert (game.metacritic_score, game.recommendations_total, game.achievements_total) == (83, 2000, 12)
    assert [genre.genre_id for genre in game.genres] == ["1", "37"]
    assert [category.category_id for category in game.categories] == [1, 22]
    assert (game.dlc_appids, game.release_date, game.crawled_at) == ((12, 13), date(2012, 8, 21), NOW)


def test_missing_keys_give_an_empty_game_not_an_error():
    game = parse_game({"name": "Bare"}, appid=10, item=None, tag_names={}, country="us", crawled_at=NOW)
    assert (game.name, game.type, game.state, game.genres, game.price_final) == (
        "Bare", "unknown", GameState.AVAILABLE, (), None,
    )  # fmt: skip


@pytest.mark.parametrize(("sent", "age"), [(0, 0), (17, 17), ("18", 18), ("18+", 18), ("", 0), (None, 0), ([], 0)])
def test_a_required_age_is_a_number_or_text(sent, age):
    assert parse(required_age=sent).required_age == age


def test_a_redirected_app_keeps_its_own_appid_and_says_where_it_leads():
    game = parse(steam_appid=20)
    assert (game.appid, game.redirected_to) == (10, 20)


def test_a_blank_name_comes_from_the_store_item_or_is_the_appid():
    assert parse(name=" \u200b").name == "App 10"
    assert parse(name="", item=ITEM).name == "Item Name"


def test_a_missing_price_is_unknown_although_the_game_is_not_free():
    game = parse(price_overview=...)
    assert (game.is_free, game.price_currency, game.price_initial) == (False, None, None)


@pytest.mark.parametrize("requirements", [[], {}, {"minimum": "<b>x</b>"}, None])
def test_requirements_of_any_shape_do_not_matter(requirements):
    assert parse(pc_requirements=requirements, mac_requirements=requirements) == parse()


@pytest.mark.parametrize(
    ("fullgame", "parent"),
    [
        ({"appid": "99", "name": "Base"}, 99),
        ({"appid": 99}, 99),
        ({"appid": None, "name": "Uninitialized"}, None),
        ([], None),
    ],
)
def test_the_parent_of_a_dlc_is_text_number_or_null(fullgame, parent):
    assert parse(fullgame=fullgame).parent_appid == parent


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("21 Aug, 2012", (date(2012, 8, 21), "day")),
        ("Aug 21, 2012", (date(2012, 8, 21), "day")),
        ("9 October, 2020", (date(2020, 10, 9), "day")),
        ("2012-08-21", (date(2012, 8, 21), "day")),
        ("21.08.2012", (date(2012, 8, 21), "day")),
        ("2020年4月3日", (date(2020, 4, 3), "day")),
        ("2020 年 4 月", (date(2020, 4, 1), "month")),
        ("2021年", (date(2021, 1, 1), "year")),
        ("Mar 2020", (date(2020, 3, 1), "month")),
        ("March, 2020", (date(2020, 3, 1), "month")),
        ("2026", (date(2026, 1, 1), "year")),
        ("Q2 2020", (date(2020, 4, 1), "quarter")),
        ("q4, 2020", (date(2020, 10, 1), "quarter")),
        ("2017 Q1", (date(2017, 1, 1), "quarter")),
        ("Q5 2020", None),
        ("Q1 0000", None),
        ("2020年13月", None),
        ("Coming Soon", None),
        ("TBA", None),
        ("2021年春", None),
        ("Late 2020/early 2021", None),
        ("First half of 2019", None),
        ("Crank it up in 2019!", None),
        ("", None),
        ("31 Feb, 2020", None),
    ],
)
def test_a_release_date_is_the_first_day_of_what_is_named_and_says_how_much_that_was(text, parsed):
    assert parse_release_date(text) == parsed


def test_an_odd_date_is_kept_as_text_and_completed_from_the_store_item():
    game = parse(release_date={"coming_soon": False, "date": "Eventually"}, item=ITEM)
    assert (game.release_date_raw, game.release_date) == ("Eventually", date(2012, 8, 21))


def test_a_game_that_is_not_out_takes_no_date_from_the_store_item():
    game = parse(release_date={"coming_soon": True, "date": "Maybe"}, item=ITEM)
    assert (game.state, game.release_date_raw, game.release_date) == (GameState.COMING_SOON, "Maybe", None)


def test_early_access_is_a_genre_or_said_by_the_store_item():
    assert parse(genres=[{"id": "70", "description": "Early Access"}]).is_early_access
    assert parse(item=ITEM.model_copy(update={"is_early_access": True})).is_early_access
    assert not parse().is_early_access


def test_tags_come_named_and_heaviest_first():
    assert [(tag.name, tag.weight) for tag in parse(item=ITEM).tags] == [("Two", 9), ("One", 5)]


def test_languages_survive_html_and_missing_audio_marks():
    assert parse_languages("English<strong>*</strong>, Spanish - Spain, , French<br><strong>*</strong>x") == (
        "English", "Spanish - Spain", "French",
    )  # fmt: skip
    assert parse_languages("") == ()


@pytest.mark.parametrize(
    "entry", [{"success": False}, {"success": True}, {"success": True, "data": []}, {"success": 1}]
)
def test_an_app_that_the_store_does_not_show_has_no_data(entry):
    assert parse_app_data({"10": entry}, appid=10) is None


def test_an_answer_that_does_not_name_the_appid_is_an_unexpected_shape():
    with pytest.raises(SteamApiError) as caught:
        parse_app_data({"type": "Buffer", "data": [117]}, appid=10)
    assert caught.value.kind is SteamErrorKind.UNEXPECTED_SHAPE


def test_an_unavailable_game_keeps_what_the_store_item_says():
    game = build_hidden_game(appid=10, item=ITEM, tag_names={1: "One"}, country="us", crawled_at=NOW)
    assert (game.state, game.name, game.type) == (GameState.UNAVAILABLE, "Item Name", "game")
    assert build_hidden_game(appid=10, item=None, tag_names={}, country="us", crawled_at=NOW).name == "App 10"


def test_an_inexact_date_is_completed_by_the_day_that_the_store_item_knows():
    game = parse(release_date={"coming_soon": False, "date": "Aug 2012"}, item=ITEM)
    assert (game.release_date, game.release_date_precision) == (date(2012, 8, 21), DatePrecision.DAY)
    soon = parse(release_date={"coming_soon": True, "date": "Q4 2026"}, item=ITEM)
    assert (soon.release_date, soon.release_date_precision) == (date(2026, 10, 1), DatePrecision.QUARTER)


@pytest.mark.parametrize(
    ("option", "price"),
    [
        ({"packageid": 1, "final_price_in_cents": "1999"}, StorePrice(final=1999, initial=1999)),
        (
            {"packageid": 1, "final_price_in_cents": "999", "original_price_in_cents": "1999", "discount_pct": 50},
            StorePrice(final=999, initial=1999, discount_percent=50),
        ),
        ({"packageid": 1, "final_price_in_cents": 999, "discount_pct": 50}, StorePrice(final=999, discount_percent=50)),
        ({"bundleid": 9, "final_price_in_cents": "999"}, None),
        ({"final_price_in_cents": "-1"}, None),
        ({"final_price_in_cents": str(2**40)}, None),
        ({}, None),
        ([], None),
    ],
)
def test_the_price_of_a_store_item_is_that_of_its_package(option, price):
    item = parse_store_item({"appid": 5, "success": 1, "name": "Thing", "best_purchase_option": option})
    assert item is not None
    assert item.price == price


def test_a_store_item_is_read_with_its_unfiltered_review_count():
    raw = {
        "appid": 5, "success": 1, "name": "Thing", "type": 4, "related_items": {"parent_appid": 4},
        "reviews": {"summary_filtered": {"review_count": 90}, "summary_unfiltered": {"review_count": "100"}},
        "tags": [{"tagid": 7, "weight": 3}], "release": {"steam_release_date": 1345507200},
    }  # fmt: skip
    item = parse_store_item(raw)
    assert item is not None
    assert (item.type, item.parent_appid, item.review_count) == ("dlc", 4, 100)
    assert (item.release_date, item.tags) == (date(2012, 8, 21), (StoreItemTag(tagid=7, weight=3),))


def test_a_store_item_without_type_is_a_game_because_unset_fields_are_left_out():
    item = parse_store_item({"appid": 5, "success": 1, "name": "Thing"})
    assert item is not None
    assert item.type == "game"


def test_an_unknown_app_is_no_store_item():
    assert parse_store_item({"appid": 5, "success": 15, "visible": False}) is None


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "appid", "date", "total"]), inner)
    ),
    max_leaves=6,
)


@given(field=st.sampled_from([*DATA, "fullgame"]), value=JSON_VALUES)
def test_any_value_in_any_store_field_gives_a_game(field, value):
    assert parse(**{field: value}).appid == 10


@given(field=st.sampled_from(["name", "type", "release", "reviews", "related_items", "tags"]), value=JSON_VALUES)
def test_any_value_in_any_item_field_gives_an_item(field, value):
    assert parse_store_item({"appid": 5, "success": 1, field: value}) is not None
