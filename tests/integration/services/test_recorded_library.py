"""Recorded GetOwnedGames answers, with and without names, through all three steps. IGDB knows few of these games here:
its recordings have no external_games, so that matches come by title."""

import gzip
import json
import os
from pathlib import Path
from zlib import crc32

import pytest

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.models.library import AppKind
from steampulse_dagster.services.app_kinds import classify_by_name
from steampulse_dagster.services.game_names import GameNames
from steampulse_dagster.services.known_names import find_kind
from steampulse_dagster.simulators.recorded import RecordedWorld
from steampulse_dagster.simulators.server import running_simulators
from tests.library_world import import_library, rows_of

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder():
    found = Path(os.environ.get("STEAMPULSE_RECORDED_DATA", "../shared/data/steam"))
    if not (found / "ownedgames").is_dir():
        pytest.skip(f"NO RECORDED DATA at {found.absolute()}: set STEAMPULSE_RECORDED_DATA to its folder")
    return found.absolute()


@pytest.mark.recorded
async def test_recorded_libraries_are_imported_whole_with_names_and_without(db, tmp_path, folder):
    with running_simulators(RecordedWorld(folder)) as url:
        named = await import_library(db, FolderStore(tmp_path), url, "76561202255200001")
        nameless = await import_library(db, FolderStore(tmp_path), url, "76561202255200002")
    assert (named.imported.imported_count, named.imported.skipped_count) == (129, 0)
    assert (nameless.imported.imported_count, nameless.imported.skipped_count) == (310, 0)
    assert named.raw.unreadable == nameless.raw.unreadable == 0
    names = rows_of(db, "select steam_id, count(*) filter (where name <> '') as named from imported_games group by 1")
    assert {row["steam_id"][-1]: row["named"] for row in names}["1"] == 129
    kinds = rows_of(db, "select appid, classification from imported_games where steam_id = '76561202255200001'")
    told = {row["appid"]: row["classification"] for row in kinds}
    # A test server, a public test and a program for making games, among 129.
    assert (told[770720], told[596350]) == ("beta", "beta")
    assert sum(kind == "game" for kind in told.values()) >= 120


@pytest.mark.recorded
def test_of_the_popular_names_few_would_be_called_no_game_if_steams_list_lacked_them(folder):
    """A tenth of the names at a time is judged beside the other nine; nearly all of them are games."""
    entries = json.loads(gzip.decompress((folder / "steamspy.json.gz").read_bytes()))
    tenths = [set() for _ in range(10)]
    for entry in entries.values():
        tenths[crc32(entry["name"].encode()) % 10].add(entry["name"])
    judged = {}
    for tenth in tenths:
        names = GameNames(name for other in tenths if other is not tenth for name in other)
        judged |= {name: classify_by_name(name, names) for name in tenth if name}
    assert len(judged) > 4_900
    assert 0 < list(judged.values()).count(AppKind.DLC) / len(judged) < 0.015
    # Programs, test builds and a dedicated server: looked through by hand, no game is among them.
    others = [name for name, kind in judged.items() if kind not in (AppKind.GAME, AppKind.DLC, AppKind.MOD)]
    by_tables = [name for name in others if find_kind(name) is not None]
    assert (len(by_tables), 0 < len(others) - len(by_tables) < 50) == (44, True)
