"""Every recorded review comes out of the Steam look-alike exactly once, byte for byte in meaning."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from steampulse_dagster.simulators.app import build_app
from steampulse_dagster.simulators.recorded import RecordedWorld, list_recorded_appids

pytestmark = [pytest.mark.integration, pytest.mark.recorded]

PATH = "/steam/IUserReviewsService/GetAppReviews/v1/"


@pytest.fixture
async def http(recorded_folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=build_app(RecordedWorld(recorded_folder)))
    async with httpx.AsyncClient(transport=transport, base_url="http://simulators") as client:
        yield client


async def walk(http: httpx.AsyncClient, appid: int, *, order: int) -> tuple[list[dict], dict[str, Any]]:
    """All reviews of an app, and the summary of page one."""
    query = {"appid": appid, "filter": order, "languages": ["all"], "purchase_type": 1, "num_per_page": 100}
    reviews: list[dict] = []
    summary: dict[str, Any] = {}
    cursor = "*"
    while True:
        params = {"input_json": json.dumps(query | {"cursor": cursor})}
        page = (await http.get(PATH, params=params)).json()["response"]
        summary = summary or page["query_summary"]
        if not page.get("reviews"):
            return reviews, summary
        reviews += page["reviews"]
        cursor = page["cursor"]


def read_lines(folder: Path, appid: int) -> list[dict]:
    with gzip.open(folder / "appreviews" / f"{appid}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("order", [1, 2])
async def test_all_46299_reviews_of_the_20_games_come_out_once_and_unchanged(http, recorded_folder, order):
    total = 0
    for appid in list_recorded_appids(recorded_folder):
        walked, _ = await walk(http, appid, order=order)
        recorded = {review["recommendationid"]: review for review in read_lines(recorded_folder, appid)}
        assert len(walked) == len(recorded)
        assert {review["recommendationid"]: review for review in walked} == recorded
        total += len(walked)
    assert total == 46_299


async def test_totals_are_those_of_the_recording(http, recorded_folder):
    for appid in list_recorded_appids(recorded_folder):
        recorded = json.loads((recorded_folder / "query_summary" / f"{appid}.json").read_text())["query_summary"]
        query = {"appid": appid, "filter": 1, "languages": ["all"], "purchase_type": 1, "num_per_page": 0}
        page = (await http.get(PATH, params={"input_json": json.dumps(query)})).json()["response"]
        assert page["query_summary"] == {**recorded, "num_reviews": 0}


async def test_every_recorded_store_page_comes_out_as_recorded(http, recorded_folder):
    files = [
        file
        for folder in ("appdetails", "appdetails_edge")
        for file in (recorded_folder / folder).glob("*.json")
        if file.stem.isdigit()
    ]
    assert len(files) > 70
    for file in files:
        answer = await http.get("/store/api/appdetails", params={"appids": file.stem, "cc": "us", "l": "english"})
        assert answer.json() == json.loads(file.read_text())


async def test_the_whole_catalogue_is_walked_ascending_and_holds_every_game(http, recorded_folder):
    appids: list[int] = []
    while True:
        params = {"key": "k", "last_appid": appids[-1] if appids else 0}
        page = (await http.get("/steam/IStoreService/GetAppList/v1/", params=params)).json()["response"]
        appids += [app["appid"] for app in page["apps"]]
        if "have_more_results" not in page:
            break
    assert appids == sorted(set(appids))
    assert len(appids) > 30_000
    assert set(list_recorded_appids(recorded_folder)) <= set(appids)


async def test_store_items_exist_for_every_game_and_carry_its_totals(http, recorded_folder):
    appids = list_recorded_appids(recorded_folder)
    wanted = {"ids": [{"appid": appid} for appid in appids], "data_request": {"include_reviews": True}}
    answer = await http.get("/steam/IStoreBrowseService/GetItems/v1/", params={"input_json": json.dumps(wanted)})
    items = answer.json()["response"]["store_items"]
    assert [item["appid"] for item in items] == appids
    assert all(item["success"] == 1 and item["reviews"]["summary_filtered"]["review_count"] > 0 for item in items)


async def test_the_bulk_folder_serves_all_its_reviews(recorded_folder):
    bulk = recorded_folder / "bulk"
    transport = httpx.ASGITransport(app=build_app(RecordedWorld(bulk)))
    async with httpx.AsyncClient(transport=transport, base_url="http://simulators") as client:
        walked = [await walk(client, appid, order=1) for appid in list_recorded_appids(bulk)]
    ids = [{review["recommendationid"] for review in reviews} for reviews, _ in walked]
    assert len(ids) == 66
    assert sum(map(len, ids)) == sum(len(reviews) for reviews, _ in walked) == 132_683
