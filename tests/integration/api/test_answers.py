"""What every answer has, whatever was asked: headers, tags, ids, one form of errors; and who may change state."""

import gzip
import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from steampulse_dagster.api.access import Access
from steampulse_dagster.api.app import create_app
from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.services.reading import ReadingServices
from steampulse_dagster.utils.db import Database, fetch_all
from tests.integration.api.conftest import LANTERN_KEEP

pytestmark = pytest.mark.integration

TOKEN = "a token of sixteen"


def build_client(app: FastAPI, access: Access, *, peer: str = "127.0.0.1") -> TestClient:
    services: ReadingServices = app.state.services
    return TestClient(create_app(services, access=access), base_url="http://127.0.0.1:8000", client=(peer, 50_000))


@pytest.mark.parametrize(
    "path", ["/health", "/ready", "/api/games", "/api/nothing", "/api/games/0", "/nothing", "/", "/static/base.css"]
)
def test_every_answer_is_safe_to_show_and_has_an_id(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert len(headers["x-request-id"]) == 32
    assert "cache-control" in headers


def test_a_request_id_is_kept_if_it_is_one(client: TestClient) -> None:
    assert client.get("/health", headers={"X-Request-ID": "job-17.a"}).headers["x-request-id"] == "job-17.a"
    for wrong in ("a b", "x" * 65, "a\tb", "<script>", ""):
        assert client.get("/health", headers={"X-Request-ID": wrong}).headers["x-request-id"] != wrong


def test_what_somebody_has_already_is_not_sent_again(client: TestClient) -> None:
    first = client.get(f"/api/games/{LANTERN_KEEP}")
    tag = first.headers["etag"]
    again = client.get(f"/api/games/{LANTERN_KEEP}", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "content-security-policy" in again.headers
    other = client.get(f"/api/games/{LANTERN_KEEP}", headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_answers_are_compressed_for_whoever_takes_it(client: TestClient) -> None:
    with client.stream("GET", "/api/games", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(raw)) == client.get("/api/games").json()
    assert "content-encoding" not in client.get("/api/games", headers={"Accept-Encoding": "identity"}).headers


def test_metrics_are_text_for_prometheus(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "steampulse_database_up 1.0" in answer.text


def test_head_is_answered_as_get_without_the_body(client: TestClient) -> None:
    for path in ("/api/games", "/"):
        head = client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == client.get(path).headers["content-type"]


def test_a_wrong_method_is_told_in_the_same_form(client: TestClient) -> None:
    answer = client.delete("/api/games")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET"


def test_a_failure_that_nobody_foresaw_is_told_in_the_same_form_and_tells_no_secrets(
    reading_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with build_client(reading_app, Access(token=None)) as client:
        services: ReadingServices = client.app.state.services
        monkeypatch.setattr(services.games, "get_totals", lambda: 1 / 0)
        answer = client.get("/api/totals")
        assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
        assert "division" not in answer.text
        assert "content-security-policy" in answer.headers
        assert "x-request-id" in answer.headers

        def refuse() -> None:
            raise DatabaseError("connection to host db.internal, password=hush failed", retryable=True)

        monkeypatch.setattr(services.games, "get_totals", refuse)
        answer = client.get("/api/totals")
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
            503,
            "DATABASE_ERROR",
            "5",
        )
        assert "hush" not in answer.text


def test_the_stub_grants_every_key_and_unlocks_nothing(reading_app: FastAPI) -> None:
    with build_client(reading_app, Access(token=SecretStr(TOKEN))) as client:
        for key in ("", "anything", "' or 1=1"):
            answer = client.get("/api/validate-key", params={"key": key}).json()
            assert answer == {"granted": True, "stub": True, "unlocks": []}
        wish = {"kind": "crawl", "appid": LANTERN_KEEP}
        for headers in ({}, {"Authorization": "Bearer anything"}, {"X-API-Key": "anything"}):
            assert client.post("/api/requests", json=wish, headers=headers).status_code == 401


def test_a_wish_is_stored_once_however_often_it_is_sent(client: TestClient, reading_db: Database) -> None:
    wish = {"kind": "refresh", "appid": LANTERN_KEEP, "key": "nightly-1"}
    first, second = client.post("/api/requests", json=wish), client.post("/api/requests", json=wish)
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json() == second.json()
    assert client.get(first.headers["location"]).json()["state"] == "queued"
    with reading_db.connection() as conn:
        rows = fetch_all(conn, "select kind, appid, source from work_requests where request_key = 'nightly-1'")
    assert rows == [{"kind": "refresh", "appid": LANTERN_KEEP, "source": "api"}]
    other = client.post("/api/requests", json={**wish, "kind": "crawl"})
    assert (other.status_code, other.json()["code"]) == (422, "VALIDATION_ERROR")
    assert client.get("/api/requests/999999999").status_code == 404


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "crawl"},
        {"kind": "destroy", "appid": 1},
        {"kind": "crawl", "appid": 0},
        {"kind": "crawl", "appid": 1, "key": "a b"},
        {"kind": "crawl", "appid": 1, "more": 1},
        [],
    ],
)
def test_a_wrong_wish_is_refused_and_nothing_is_stored(client: TestClient, reading_db: Database, wish: object) -> None:
    before = count_requests(reading_db)
    assert client.post("/api/requests", json=wish).status_code == 422
    assert count_requests(reading_db) == before


def test_only_the_token_opens_where_one_is_set(reading_app: FastAPI) -> None:
    wish = {"kind": "crawl", "appid": LANTERN_KEEP, "key": "with-token"}
    with build_client(reading_app, Access(token=SecretStr(TOKEN), trusts_loopback=True)) as client:
        refused = client.post("/api/requests", json=wish)
        assert (refused.status_code, refused.json()["code"]) == (401, "UNAUTHORIZED")
        assert refused.headers["www-authenticate"].startswith("Bearer")
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert client.post("/api/requests", json=wish, headers=right).status_code == 202


def count_requests(db: Database) -> int:
    with db.connection() as conn:
        return fetch_all(conn, "select count(*) as n from work_requests")[0]["n"]


def test_a_kept_page_is_the_same_compressed_or_not_and_is_not_sent_twice(client: TestClient) -> None:
    path, plain = f"/games/{LANTERN_KEEP}", {"Accept-Encoding": "identity"}
    first = client.get(path)
    again, whole = client.get(path), client.get(path, headers=plain)
    assert first.headers["content-encoding"] == again.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in whole.headers
    assert first.text == again.text == whole.text
    tags = {answer.headers["etag"] for answer in (first, again, whole)}
    assert len(tags) == 1
    for headers in ({}, plain):
        known = client.get(path, headers={**headers, "If-None-Match": tags.copy().pop()})
        assert (known.status_code, known.content) == (304, b"")
        assert "content-encoding" not in known.headers
        assert "script-src 'self'" in known.headers["content-security-policy"]
