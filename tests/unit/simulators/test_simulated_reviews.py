"""GetAppReviews of the Steam look-alike: walks, totals, filters and what an end looks like."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from steampulse_dagster.simulators.app import build_app

pytestmark = pytest.mark.unit

PATH = "/steam/IUserReviewsService/GetAppReviews/v1/"
EVERYTHING = {"appid": 10, "filter": 1, "languages": ["all"], "purchase_type": 1, "num_per_page": 100}


async def fetch_page(http: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await http.get(PATH, params={"input_json": json.dumps(EVERYTHING | changes)})
    assert answer.status_code == 200
    return answer.json()["response"]


async def walk(
    http: httpx.AsyncClient, *, between: Callable[[int], None] = lambda _: None, **changes: Any
) -> list[dict]:
    """All reviews of a walk down to the empty page; `between` is called after each page with its number."""
    reviews: list[dict] = []
    cursor, pages = "*", 0
    while found := (page := await fetch_page(http, cursor=cursor, **changes)).get("reviews"):
        assert page["cursor"] != cursor
        reviews += found
        cursor, pages = page["cursor"], pages + 1
        between(pages)
    assert page["query_summary"]["num_reviews"] == 0
    return reviews


@pytest.mark.parametrize(("order", "time"), [(1, "timestamp_created"), (2, "timestamp_updated")])
async def test_a_walk_yields_every_review_once_newest_first(http, world, order, time):
    reviews = await walk(http, filter=order, num_per_page=33)
    assert len(reviews) == 250
    assert reviews == sorted(world.reviews[10], key=lambda r: (-r[time], -int(r["recommendationid"])))


@pytest.mark.parametrize("order", [1, 2])
async def test_reviews_that_arrive_between_pages_neither_hide_nor_repeat_others(http, world, order):
    before = {review["recommendationid"] for review in world.reviews[10]}

    def add_one(pages: int) -> None:
        newest = {"timestamp_created": 1_800_000_000 + pages, "timestamp_updated": 1_800_000_000 + pages}
        world.reviews[10].append({**world.reviews[10][0], "recommendationid": str(10**18 + pages), **newest})

    walked = [review["recommendationid"] for review in await walk(http, between=add_one, filter=order, num_per_page=40)]
    assert len(walked) == len(set(walked))
    assert set(walked) == before
    assert len(await walk(http, filter=order)) == len(world.reviews[10]) > 250


async def test_an_edited_review_moves_to_the_front_of_the_updated_order(http, world):
    oldest = (await walk(http, filter=2))[-1]["recommendationid"]
    world.reviews[10] = [
        review | {"timestamp_updated": 1_900_000_000} if review["recommendationid"] == oldest else review
        for review in world.reviews[10]
    ]
    assert (await fetch_page(http, filter=2))["reviews"][0]["recommendationid"] == oldest


async def test_reviews_go_out_exactly_as_the_world_has_them(http, world):
    by_id = {review["recommendationid"]: review for review in world.reviews[10]}
    for review in await walk(http):
        assert review == by_id[review["recommendationid"]]
    assert {review["votes_funny"] for review in by_id.values()} == {0, 4294967295}


async def test_totals_are_the_worlds_own_and_come_with_page_one_only(http):
    first = await fetch_page(http)
    assert first["query_summary"] == {
        "num_reviews": 100,
        "review_score": 8,
        "review_score_desc": "Very Positive",
        "total_positive": 5000,
        "total_negative": 500,
        "total_reviews": 5500,
    }
    assert first["total_matching"] == 5500
    second = await fetch_page(http, cursor=first["cursor"])
    assert second["query_summary"] == {"num_reviews": 100}
    assert "total_matching" not in second


async def test_without_languages_only_english_reviews_come(http):
    answer = await http.get(PATH, params={"appid": 10, "filter": 1, "purchase_type": 1, "num_per_page": 100})
    page = answer.json()["response"]
    assert {review["language"] for review in page["reviews"]} == {"english"}
    assert page["query_summary"]["total_reviews"] == sum(number % 4 < 2 for number in range(250))


async def test_plain_fields_are_read_as_input_json_is(http):
    plain = {"appid": 10, "filter": 1, "languages[0]": "german", "languages[1]": "schinese", "purchase_type": 1}
    answer = await http.get(PATH, params=plain)
    assert answer.json()["response"] == await fetch_page(http, languages=["german", "schinese"], num_per_page=20)


async def test_the_default_is_bought_on_steam_helpful_and_twenty_a_page(http):
    answer = await http.get(PATH, params={"appid": 10, "languages[0]": "all"})
    reviews = answer.json()["response"]["reviews"]
    assert len(reviews) == 20
    assert all(review["steam_purchase"] for review in reviews)
    assert all(review["weighted_vote_score"] == "0.520548" for review in reviews)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"review_type": 1}, lambda n: n % 5 != 0),
        ({"review_type": 2}, lambda n: n % 5 == 0),
        ({"purchase_type": 0}, lambda n: n % 10 != 0),
        ({"purchase_type": 2}, lambda n: n % 10 == 0),
        ({"playtime_min_hours": 200}, lambda n: n >= 200),
        ({"date_range_start": 1_700_000_060, "date_range_end": 1_700_000_120}, lambda n: 3 <= n < 9),
        ({"date_range_start": 1_700_000_060}, lambda n: True),
        ({"primarily_steam_deck": True}, lambda n: False),
    ],
)
async def test_each_filter_lets_exactly_its_reviews_through(http, changes, wanted):
    walked = {int(review["recommendationid"]) - 9_007_199_254_740_993 for review in await walk(http, **changes)}
    assert walked == {number for number in range(250) if wanted(number)}


async def test_no_reviews_per_page_gives_only_the_summary(http):
    page = await fetch_page(http, num_per_page=0)
    assert "reviews" not in page
    assert page["query_summary"]["total_reviews"] == 5500


async def test_a_page_holds_at_most_a_hundred_reviews(http):
    assert len((await fetch_page(http, num_per_page=5000))["reviews"]) == 100


async def test_an_unknown_app_answers_an_empty_object_and_one_without_reviews_does_not(http):
    assert await fetch_page(http, appid=999) == {}
    assert await fetch_page(http, appid=30) == {
        "cursor": "*",
        "total_matching": 0,
        "query_summary": {
            "num_reviews": 0,
            "review_score": 0,
            "review_score_desc": "No user reviews",
            "total_positive": 0,
            "total_negative": 0,
            "total_reviews": 0,
        },
    }


async def test_every_cursor_needs_percent_encoding_and_a_mangled_one_starts_over(http):
    first = await fetch_page(http, num_per_page=10)
    assert all(mark in first["cursor"] for mark in "+/=")
    mangled = await fetch_page(http, num_per_page=10, cursor=first["cursor"].replace("+", " "))
    assert mangled["reviews"] == first["reviews"]


async def test_an_order_without_end_starts_over(http):
    page = await fetch_page(http, filter=0, appid=20, num_per_page=5)
    rest = await fetch_page(http, filter=0, appid=20, num_per_page=5, cursor=page["cursor"])
    again = await fetch_page(http, filter=0, appid=20, num_per_page=5, cursor=rest["cursor"])
    assert [len(page["reviews"]), len(rest["reviews"])] == [5, 2]
    assert again["reviews"] == page["reviews"]


@pytest.mark.parametrize(
    "params",
    [{}, {"appid": "ten"}, {"input_json": "{"}, {"input_json": "[]"}, {"appid": 10, "filter": 9}],
)
async def test_a_call_that_cannot_be_read_is_refused_with_a_page(http, params):
    answer = await http.get(PATH, params=params)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>Bad Request</h1>" in answer.text


async def test_the_reviews_of_an_app_are_encoded_once_for_many_pages(world):
    class Counted(list):
        walks = 0

        def __iter__(self):
            Counted.walks += 1
            return super().__iter__()

    world.reviews[10] = Counted(world.reviews[10])
    transport = httpx.ASGITransport(app=build_app(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://simulators") as client:
        assert len(await walk(client, num_per_page=10)) == 250
    assert Counted.walks == 1
