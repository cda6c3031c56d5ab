"""Games over HTTP: what the overview lists and in which order, and what a game's answer tells."""

import pytest
from fastapi.testclient import TestClient

from steampulse_dagster.models.reading import GameSort
from steampulse_dagster.utils.db import Database, execute, fetch_all
from tests.integration.api.conftest import LANTERN_KEEP, SEQUEL, SMALL
from tests.page_world import HOSTILE_GAME, NO_REVIEWS, STEAM_ID

pytestmark = pytest.mark.integration


def walk(client: TestClient, path: str, **params: object) -> list[dict]:
    """All rows of a list, page by page."""
    rows, cursor = [], None
    for _ in range(100):
        answer = client.get(path, params={**params, "limit": 2, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", list(GameSort))
def test_pages_of_every_order_hold_each_game_once_in_that_order(
    client: TestClient, sort: GameSort, reverse: bool
) -> None:
    whole = client.get("/api/games", params={"sort": sort, "reverse": reverse, "limit": 200}).json()
    paged = walk(client, "/api/games", sort=sort, reverse=reverse)
    assert whole["next_cursor"] is None
    assert [row["appid"] for row in paged] == [row["appid"] for row in whole["items"]]
    assert len({row["appid"] for row in paged}) == len(paged) >= 3


def test_the_order_is_the_one_that_was_asked_for(client: TestClient) -> None:
    rows = walk(client, "/api/games", sort="sentiment")
    scores = [
        -1 if row["sentiment"] is None or row["sentiment"]["score"] is None else row["sentiment"]["score"]
        for row in rows
    ]
    assert scores == sorted(scores, reverse=True)
    names = [row["name"].lower() for row in walk(client, "/api/games", sort="name")]
    assert names == sorted(names)
    reversed_names = [row["name"].lower() for row in walk(client, "/api/games", sort="name", reverse=True)]
    assert reversed_names == names[::-1]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"q": "lantern"}, {LANTERN_KEEP, SEQUEL}),
        ({"q": "KEEP 2"}, {SEQUEL}),
        ({"q": "antern"}, {LANTERN_KEEP, SEQUEL}),
        ({"q": "lan%ern"}, set()),
        ({"genre": "action"}, {LANTERN_KEEP}),
        ({"tag": "CO-OP"}, {LANTERN_KEEP, SEQUEL}),
        ({"tag": "co-op", "genre": "Action"}, {LANTERN_KEEP}),
        ({"tag": "nobody has it"}, set()),
        ({"q": "' or 1=1 --"}, set()),
        ({"q": "small & quiet", "reported": False}, {SMALL}),
        ({"q": "small & quiet", "reported": True}, set()),
    ],
)
def test_filters_find_exactly_what_has_it(client: TestClient, params: dict, expected: set[int]) -> None:
    assert {row["appid"] for row in walk(client, "/api/games", **params)} == expected


def test_filters_by_number_hold_their_limits(client: TestClient, reading_db: Database) -> None:
    with reading_db.connection() as conn:
        figures = fetch_all(conn, "select appid, sentiment, hidden_gem from game_figures where sentiment is not null")
    border = sorted(row["sentiment"] for row in figures)[len(figures) // 2]
    found = {row["appid"] for row in walk(client, "/api/games", min_sentiment=border)}
    assert found == {row["appid"] for row in figures if row["sentiment"] >= border}
    gems = {row["appid"] for row in walk(client, "/api/games", min_hidden_gem=0.2)}
    assert gems == {row["appid"] for row in figures if (row["hidden_gem"] or 0) >= 0.2}


def test_a_row_tells_what_the_current_report_says(client: TestClient) -> None:
    report = client.get(f"/api/games/{LANTERN_KEEP}/report").json()
    row = next(row for row in client.get("/api/games").json()["items"] if row["appid"] == LANTERN_KEEP)
    assert row["report_id"] == report["report_id"]
    for name in ("sentiment", "hidden_gem", "evidence_level"):
        assert row[name] == report["report"][name]
    assert row["months"][-1] == report["report"]["facts"]["months"][-1]
    assert row["trend"] == next(trend for trend in report["report"]["trends"] if trend["days"] == 90)
    assert row["top_strength"]["label"] == report["report"]["design_strengths"]["items"][0]["label"]


def test_a_game_s_answer_names_its_report_its_history_and_its_cost(client: TestClient) -> None:
    game = client.get(f"/api/games/{LANTERN_KEEP}").json()
    history = walk(client, f"/api/games/{LANTERN_KEEP}/reports")
    assert [head["is_current"] for head in history] == [True, False]
    assert game["report"]["report_id"] == history[0]["report_id"]
    assert game["older_report_id"] == history[1]["report_id"]
    assert history[0]["stored"] == 150
    assert sum(one["positive"] + one["negative"] for one in game["playtimes"]) == 150
    assert game["cost"] == {"calls": 0, "input_tokens": 0, "output_tokens": 0, "usd": "0"}
    diff = client.get(f"/api/games/{LANTERN_KEEP}/diff").json()
    assert (diff["from_id"], diff["to_id"]) == (history[1]["report_id"], history[0]["report_id"])


def test_games_are_compared_topic_by_topic(client: TestClient) -> None:
    answer = client.get("/api/compare", params={"appid": [LANTERN_KEEP, SEQUEL]}).json()
    assert [page["game"]["appid"] for page in answer["games"]] == [LANTERN_KEEP, SEQUEL]
    reports = [page["report"]["report"] for page in answer["games"]]
    for topic in answer["topics"]:
        for report, mentions in zip(reports, topic["mentions"], strict=True):
            items = {item["topic"]: item["mentions"] for item in report[topic["section"]]["items"]}
            assert mentions == items.get(topic["topic"])
    assert answer["topics"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/games/570", 404, "NOT_FOUND"),
        ("/api/games/570/report", 404, "NOT_FOUND"),
        (f"/api/games/{NO_REVIEWS}/report", 404, "NO_REVIEWS"),
        ("/api/games/570/reports", 404, "NOT_FOUND"),
        ("/api/reports/999999999", 404, "NOT_FOUND"),
        ("/api/games/0", 422, "VALIDATION_ERROR"),
        ("/api/games/abc", 422, "VALIDATION_ERROR"),
        ("/api/games/99999999999999999999", 422, "VALIDATION_ERROR"),
        ("/api/games?sort=best", 422, "VALIDATION_ERROR"),
        ("/api/games?colour=red", 422, "VALIDATION_ERROR"),
        ("/api/games?limit=201", 422, "VALIDATION_ERROR"),
        ("/api/games?cursor=abc", 422, "VALIDATION_ERROR"),
        ("/api/games?min_sentiment=nan", 422, "VALIDATION_ERROR"),
        (f"/api/compare?appid={LANTERN_KEEP}&appid={LANTERN_KEEP}", 422, "VALIDATION_ERROR"),
        ("/api/compare?appid=1", 422, "VALIDATION_ERROR"),
        ("/api/libraries/me", 422, "VALIDATION_ERROR"),
        (f"/api/games/{LANTERN_KEEP}/diff?to_id=999999999", 404, "NOT_FOUND"),
    ],
)
def test_what_cannot_be_answered_is_told_in_one_form(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert set(body) == {"code", "message", "detail"}
    assert body["message"]


def test_a_cursor_of_another_order_is_refused(client: TestClient) -> None:
    cursor = client.get("/api/games", params={"limit": 1}).json()["next_cursor"]
    assert client.get("/api/games", params={"limit": 1, "cursor": cursor}).status_code == 200
    assert client.get("/api/games", params={"cursor": cursor, "sort": "name"}).status_code == 422
    assert client.get(f"/api/games/{LANTERN_KEEP}/reviews", params={"cursor": cursor}).status_code == 422


def test_a_library_is_listed_most_played_first_and_names_its_import(client: TestClient) -> None:
    library = client.get(f"/api/libraries/{STEAM_ID}").json()
    assert (library["games"], library["hours_played"], library["imported_count"]) == (3, 150.0, 3)
    names = [game["name"] for game in library["page"]["items"]]
    first = client.get(f"/api/libraries/{STEAM_ID}", params={"limit": 1}).json()["page"]
    rest = client.get(f"/api/libraries/{STEAM_ID}", params={"cursor": first["next_cursor"]}).json()["page"]
    assert [game["name"] for game in [*first["items"], *rest["items"]]] == names
    assert next(game for game in library["page"]["items"] if game["appid"] == HOSTILE_GAME)["report_id"] is not None
    assert client.get("/api/libraries/76561198000000099").json()["games"] == 0


def test_a_crawl_s_end_and_a_renamed_game_show_in_the_overview(db: Database) -> None:
    with db.transaction() as conn:
        execute(
            conn,
            "insert into games (appid, name, slug, type, state, is_free, is_early_access, required_age, "
            "short_description, about, developers, publishers, supported_languages, platforms, release_date_raw, "
            "dlc_appids) values (7, 'Old', 'x', 'game', 'available', false, false, 0, '', '', '{}', '{}', '{}', '{}', "
            "'', '{}')",
        )
        execute(conn, "insert into crawl_state (appid, phase, stored) values (7, 'first', 0)")
        execute(conn, "update crawl_state set stored = 50 where appid = 7")
    assert read_figures(db) == ("Old", 0)
    with db.transaction() as conn:
        execute(conn, "update crawl_state set stored = 80, finished_at = now() where appid = 7")
        execute(conn, "update games set name = 'New' where appid = 7")
    assert read_figures(db) == ("New", 80)


def read_figures(db: Database) -> tuple[str, int]:
    with db.connection() as conn:
        row = fetch_all(conn, "select name, reviews from game_figures where appid = 7")[0]
    return row["name"], row["reviews"]
