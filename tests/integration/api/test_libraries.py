"""The library page and its answer, of a library that came from Steam and IGDB through the import."""

import asyncio
import html
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from steampulse_dagster.api.access import Access
from steampulse_dagster.api.app import create_app
from steampulse_dagster.bootstrap_reading import build_reading_services
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.simulators.large_library import OWNER, LargeLibraryWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.db import Database
from tests.library_world import import_library, rows_of

pytestmark = pytest.mark.integration

GAMES = 120


def test_a_library_that_was_imported_is_shown_whole_page_by_page(db: Database, tmp_path: Path) -> None:
    with running_simulators(LargeLibraryWorld(GAMES)) as url:
        made = asyncio.run(import_library(db, FolderStore(tmp_path), url, OWNER))
    stored = rows_of(db, "select appid, name, playtime_forever, igdb_id from imported_games")
    services = build_reading_services(db, exports=ExportService(db))
    with TestClient(create_app(services, access=Access(token=None))) as client:
        library = client.get(f"/api/libraries/{OWNER}", params={"limit": 200}).json()
        pages, path = [], f"/libraries/{OWNER}"
        while path:
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 200
            pages.append(answer.text)
            following = re.search(r'href="([^"]+)" rel="next"', answer.text)
            path = following.group(1).replace("&amp;", "&") if following else ""
    told = {game["appid"]: game for game in library["page"]["items"]}
    assert set(told) == {row["appid"] for row in stored}
    assert library["games"] == len(stored) > 50
    assert library["imported_count"] == made.imported.imported_count
    for row in stored:
        game = told[row["appid"]]
        assert (game["name"], game["igdb_id"]) == (row["name"], row["igdb_id"])
        assert game["hours_played"] == pytest.approx(row["playtime_forever"] / 60, abs=0.06)
    assert sum(game["igdb_id"] is not None for game in told.values()) > 20, "IGDB's matches are in it"
    assert len(pages) == -(-len(stored) // 50)
    shown = html.unescape("".join(pages))
    assert [row["appid"] for row in stored if f">{row['name']}<" not in shown] == []
