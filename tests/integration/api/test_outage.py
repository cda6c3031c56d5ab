"""The database goes away and comes back: readers are told to wait, and then answered, without anybody's doing."""

import threading
import time
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from steampulse_dagster.api.access import Access
from steampulse_dagster.api.app import create_app
from steampulse_dagster.bootstrap_reading import build_reading_services
from steampulse_dagster.embedded.supervisor import acquire, stop
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.utils.db import Database, execute, fetch_all
from tests.analysis_fakes import build_game, store_game
from tests.helpers import short_lived_folder, with_database

pytestmark = pytest.mark.integration


def test_a_restart_of_the_database_is_told_as_such_and_then_over() -> None:
    with short_lived_folder() as folder:
        try:
            with acquire(folder / "data") as lease:
                url = with_database(lease.url("postgres"), "steampulse")
                migrate(url)
                database, exports = Database(url, pool_size=3), Database(url, pool_size=2)
                store_game(database, build_game())
                services = build_reading_services(database, exports=ExportService(exports))
                with TestClient(create_app(services, access=Access(token=None))) as client:
                    _require_answers(client)
                    _stop_while_a_page_is_asked(client, database, folder)
                    _require_outage(client)
                    with acquire(folder / "data"):
                        _require_answers(client)
                    database.close(), exports.close()
        finally:
            stop(folder / "data")


def _stop_while_a_page_is_asked(client: TestClient, database: Database, folder: Path) -> None:
    """The page waits for a lock when the server goes away under it."""
    answers: list[httpx.Response] = []
    headers = {"Accept": "text/html"}
    asking = threading.Thread(target=lambda: answers.append(client.get("/games/4200", headers=headers)))
    with database.connection() as conn:
        execute(conn, "begin; lock table games in access exclusive mode")
        asking.start()
        until = time.monotonic() + 9
        while not fetch_all(conn, "select from pg_locks where not granted"):
            assert time.monotonic() < until, "the page did not come to its question"
            time.sleep(0.01)
        stop(folder / "data")
    asking.join(timeout=20)
    (answer,) = answers
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Out of reach for a moment" in answer.text
    assert "Load the page again" in answer.text


def _require_answers(client: TestClient) -> None:
    # More at once than there are connections: each was open when the server went away.
    for _ in range(6):
        answer = client.get("/api/games")
        if answer.status_code == 200:
            break
    assert [row["name"] for row in answer.json()["items"]] == ["Lantern Keep"]
    for path in ("/ready", "/api/games/4200", "/", "/games/4200", "/api/exports/reviews"):
        assert client.get(path).status_code == 200, path


def _require_outage(client: TestClient) -> None:
    assert client.get("/health").status_code == 200
    for path in ("/ready", "/api/games", "/api/games/4200", "/?sort=name", "/games/4200", "/api/exports/reviews"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
        assert "socket" not in answer.text.replace("/ready", "") or path == "/ready"
    assert client.get("/api/games").json()["code"] == "DATABASE_ERROR"
