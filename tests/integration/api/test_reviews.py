"""Reviews and signals over HTTP: what a search finds, what a statement rests on, how counts run over time."""

import re

import pytest
from fastapi.testclient import TestClient

from steampulse_dagster.utils.db import Database, fetch_all
from tests.integration.api.conftest import LANTERN_KEEP, SEQUEL
from tests.integration.api.test_games import walk

pytestmark = pytest.mark.integration


def find(client: TestClient, **params: object) -> list[int]:
    """Ids of a game's reviews that a search finds."""
    return [int(hit["recommendationid"]) for hit in walk(client, f"/api/games/{SEQUEL}/reviews", **params)]


def ask_ids(db: Database, condition: str) -> list[int]:
    sql = f"select recommendationid from reviews where appid = {SEQUEL} and {condition} order by timestamp_created desc"
    with db.connection() as conn:
        return [row["recommendationid"] for row in fetch_all(conn, sql + ", recommendationid desc")]


def test_all_reviews_come_newest_first_and_each_once(client: TestClient, reading_db: Database) -> None:
    assert find(client) == ask_ids(reading_db, "true")


@pytest.mark.parametrize(
    ("params", "condition"),
    [
        ({"q": "crashes"}, "review ~* '\\ycrashes\\y'"),
        ({"q": "pineapple captain"}, "review like '%pineapple%'"),
        ({"q": '"captain pineapple"'}, "false"),
        ({"q": "pineapple -captain"}, "false"),
        ({"q": "pineapple or music"}, "review ~* '\\y(pineapple|music)\\y'"),
        ({"q": "崩溃"}, "review like '%崩溃%'"),
        ({"q": " 崩溃 好玩 "}, "review like '%好玩%'"),
        ({"q": "崩溃 english"}, "false"),
        ({"voted_up": False}, "not voted_up"),
        ({"language": "schinese"}, "language = 'schinese'"),
        ({"min_hours": 90, "max_hours": 110}, "playtime_at_review between 5400 and 6600"),
        ({"since": "2026-01-02", "until": "2026-01-02"}, "timestamp_created::date = '2026-01-02'"),
    ],
)
def test_a_search_finds_what_has_the_words_and_the_facts(
    client: TestClient, reading_db: Database, params: dict, condition: str
) -> None:
    assert find(client, **params) == ask_ids(reading_db, condition)


@pytest.mark.parametrize(
    "q", ["'; drop table reviews; --", "a & | ! ( ) :*", '"', "<->", "\\", "%", "_", "\u0000x", "🦆", "-", "x" * 200]
)
def test_a_search_reads_any_text_as_words(client: TestClient, q: str) -> None:
    for path in (f"/api/games/{SEQUEL}/reviews", "/api/reviews"):
        answer = client.get(path, params={"q": q})
        assert answer.status_code == 200, answer.text
        words = re.findall(r"\w+", q)
        for hit in answer.json()["items"]:
            assert words
            assert all(word in hit["review"].lower() for word in words)


def test_over_all_games_words_are_needed_and_the_games_are_named(client: TestClient) -> None:
    assert client.get("/api/reviews").status_code == 422
    assert client.get("/api/reviews", params={"q": " \u200b "}).status_code == 422
    hits = walk(client, "/api/reviews", q="crashes")
    assert {hit["appid"] for hit in hits} >= {LANTERN_KEEP, SEQUEL}
    assert all("crashes" in hit["review"].lower() for hit in hits)


@pytest.mark.parametrize("step", ["week", "month"])
def test_trends_add_up_to_the_population_that_they_name(client: TestClient, reading_db: Database, step: str) -> None:
    trends = client.get(f"/api/games/{SEQUEL}/trends", params={"step": step}).json()
    with reading_db.connection() as conn:
        sql = f"""
            select to_char(date_trunc('{step}', timestamp_created at time zone 'UTC'), 'YYYY-MM-DD') as start,
                count(*) as reviews, sum(voted_up::int) as positive
            from reviews where appid = {SEQUEL} group by 1 order by 1
        """
        expected = [(row["start"], row["reviews"], row["positive"]) for row in fetch_all(conn, sql)]
    found = [(point["start"], point["reviews"], point["positive"]) for point in trends["points"] if point["reviews"]]
    assert found == expected
    assert trends["population"] == "stored reviews in all languages"


def test_every_item_s_count_is_the_number_of_its_mentions(client: TestClient) -> None:
    signals = client.get(f"/api/games/{LANTERN_KEEP}/signals").json()
    assert signals
    for signal in signals:
        evidence = walk(client, f"/api/games/{LANTERN_KEEP}/evidence", section=signal["section"], topic=signal["topic"])
        assert len({one["recommendationid"] for one in evidence}) == signal["mentions"]["count"]


def test_a_quote_stands_in_the_review_that_it_names(client: TestClient, reading_db: Database) -> None:
    evidence = walk(client, f"/api/games/{LANTERN_KEEP}/evidence", section="gameplay_friction")
    assert evidence
    with reading_db.connection() as conn:
        rows = fetch_all(conn, f"select recommendationid, review, voted_up from reviews where appid = {LANTERN_KEEP}")
    reviews = {str(row["recommendationid"]): row for row in rows}
    for one in evidence:
        review = reviews[one["recommendationid"]]
        assert one["quote"] is None or one["quote"] in review["review"]
        assert one["voted_up"] == review["voted_up"]
        assert one["url"].startswith("https://steamcommunity.com/")
