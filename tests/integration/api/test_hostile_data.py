"""Names, tags and reviews made of attacks, through each JSON route: they come back as the very texts that they are."""

import json

import pytest
from fastapi.testclient import TestClient

from steampulse_dagster.utils.db import Database, fetch_all
from tests.integration.api.test_games import walk
from tests.page_world import ATTACKS, HOSTILE_GAME, STEAM_ID

pytestmark = pytest.mark.integration

ROUTES = (
    "/api/games",
    "/api/totals",
    "/api/genres",
    "/api/tags",
    f"/api/games/{HOSTILE_GAME}",
    f"/api/games/{HOSTILE_GAME}/report",
    f"/api/games/{HOSTILE_GAME}/reports",
    f"/api/games/{HOSTILE_GAME}/signals",
    f"/api/games/{HOSTILE_GAME}/evidence?section=design_strengths",
    f"/api/games/{HOSTILE_GAME}/reviews?limit=200",
    f"/api/games/{HOSTILE_GAME}/trends",
    f"/api/compare?appid={HOSTILE_GAME}&appid=4200",
    f"/api/jobs?appid={HOSTILE_GAME}",
    f"/api/libraries/{STEAM_ID}",
)


@pytest.mark.parametrize("route", ROUTES)
def test_each_answer_is_json_that_no_browser_takes_for_a_page(client: TestClient, route: str) -> None:
    answer = client.get(route)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    json.loads(answer.content)


def test_texts_come_back_as_they_are_stored(client: TestClient, reading_db: Database) -> None:
    game = client.get(f"/api/games/{HOSTILE_GAME}").json()["game"]
    assert game["name"] == " ".join(ATTACKS)
    assert {tag["name"] for tag in game["tags"]} == set(ATTACKS)
    with reading_db.connection() as conn:
        rows = fetch_all(conn, f"select recommendationid, review from reviews where appid = {HOSTILE_GAME}")
    stored = {str(row["recommendationid"]): row["review"] for row in rows}
    hits = walk(client, f"/api/games/{HOSTILE_GAME}/reviews")
    assert {hit["recommendationid"]: hit["review"] for hit in hits} == stored


@pytest.mark.parametrize("words", ATTACKS)
def test_attacks_as_input_find_what_is_named_so_and_break_nothing(client: TestClient, words: str) -> None:
    tagged = client.get("/api/games", params={"tag": words[:100]})
    assert tagged.status_code == 200
    assert [row["appid"] for row in tagged.json()["items"]] == ([HOSTILE_GAME] if len(words) <= 100 else [])
    for name in ("q", "genre"):
        assert client.get("/api/games", params={name: words[:100]}).status_code == 200
    for name in ("language", "q"):
        limit = 40 if name == "language" else 200
        params = {name: words[:limit]}
        assert client.get(f"/api/games/{HOSTILE_GAME}/reviews", params=params).status_code == 200
    evidence = {"section": "design_strengths", "topic": words[:200]}
    assert client.get(f"/api/games/{HOSTILE_GAME}/evidence", params=evidence).json()["items"] == []


def test_attacks_in_places_of_numbers_are_refused(client: TestClient) -> None:
    for words in (*ATTACKS, "1;select pg_sleep(9)", "1 or 1=1", "٣", "1e3", "0x10"):
        for params in ({"limit": words}, {"min_reviews": words}, {"cursor": words}):
            answer = client.get("/api/games", params=params)
            assert answer.status_code == 422, params
            assert answer.json()["code"] == "VALIDATION_ERROR"
