"""Libraries from simulated Steam and IGDB through files into a real database: counts, memory, changes, failures."""

import asyncio
import csv
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from starlette.middleware import Middleware

from steampulse_dagster.clients.object_store import FolderStore, open_object_store
from steampulse_dagster.errors import (
    DatabaseError,
    IgdbApiError,
    IgdbErrorKind,
    NotFoundError,
    ObjectStoreError,
    SteamApiError,
    ValidationError,
)
from steampulse_dagster.models.library import ImportCounts
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.services import library_enriched, library_files
from steampulse_dagster.services.igdb_matching import IgdbMatchingService
from steampulse_dagster.services.library import LibraryService, MatchByHandService
from steampulse_dagster.services.library_enriched import EnrichmentService
from steampulse_dagster.services.library_import import LibraryImportService
from steampulse_dagster.services.library_progress import LibraryProgress
from steampulse_dagster.services.library_raw import SteamImportService
from steampulse_dagster.services.quarantine import QuarantineService
from steampulse_dagster.services.tracking import TrackedGames
from steampulse_dagster.simulators.fault_middleware import FaultMiddleware
from steampulse_dagster.simulators.faults import Fault, FaultPlan
from steampulse_dagster.simulators.large_library import FIRST_APPID, OWNER, LargeLibraryWorld
from steampulse_dagster.simulators.seeded.library import COLLECTOR, NEWCOMER, PRIVATE
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.csv_rows import encode_header, encode_rows
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.together import run_all
from tests.library_world import import_library, open_sources, rows_of, run_sql

pytestmark = pytest.mark.integration

GAMES = 150
MATCHED = "select appid, igdb_id from imported_games where igdb_id is not null"


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path / "objects")


@pytest.fixture
def world():
    return LargeLibraryWorld(GAMES)


@pytest.fixture
def url(world):
    with running_simulators(world) as address:
        yield address


def as_pairs(rows):
    return {row["appid"]: row["igdb_id"] for row in rows}


def edit_file(store, key, edit):
    """Change an enriched file as somebody with an editor would."""
    rows = list(csv.reader(store.read(key).decode().splitlines(keepends=True)))
    edit(rows)
    with store.open_writer(key) as file:
        file.write(
            b"".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row).encode() + b"\r\n" for row in rows)
        )


async def test_every_game_ends_with_the_game_of_igdb_that_it_is(db, store, url, world):
    made = await import_library(db, store, url, OWNER)
    assert as_pairs(rows_of(db, MATCHED)) == world.matched
    assert (made.imported.imported_count, made.imported.skipped_count) == (GAMES, 0)
    assert made.imported.counts == ImportCounts(new=GAMES)
    assert made.enriched.kinds == {kind: list(world.kinds.values()).count(kind) for kind in set(world.kinds.values())}
    assert made.enriched.matches["MATCHED"] == len(world.matched)
    weak = rows_of(db, "select appid from imported_games where confidence = 'weak'")
    linked = {link["uid"] for link in world.list_igdb_external_games()}
    assert {row["appid"] for row in weak} == {appid for appid in world.matched if str(appid) not in linked}
    items = rows_of(db, "select igdb_id, appids, status from library_items")
    assert {row["igdb_id"] for row in items} == set(world.matched.values())
    assert rows_of(db, "select count(*) as n from igdb_game_genres")[0]["n"] == 2 * len(items)


async def test_a_second_import_asks_igdb_nothing_and_changes_nothing(db, store, url):
    await import_library(db, store, url, OWNER)
    before = rows_of(db, "select * from library_items order by igdb_id")
    again = await import_library(db, store, url, OWNER)
    assert (again.enriched.igdb_calls, again.enriched.steam_calls) == (0, 0)
    assert again.imported.counts == ImportCounts(unchanged=GAMES)
    assert rows_of(db, "select * from library_items order by igdb_id") == before
    assert len(rows_of(db, "select * from import_runs")) == 2


async def test_a_file_that_is_imported_twice_is_one_run(db, store, url):
    made = await import_library(db, store, url, OWNER)
    result = LibraryImportService(db, store).import_file(made.enriched.s3_key)
    assert result.counts == ImportCounts(unchanged=GAMES)
    (run,) = LibraryService(db).list_runs(OWNER)
    assert (run.new_count, run.imported_count, run.source_key) == (GAMES, GAMES, made.enriched.s3_key)


async def test_what_changed_is_updated_and_what_is_gone_is_marked_and_comes_back(db, store, url, world):
    await import_library(db, store, url, OWNER)
    gone, played, *_ = world.matched
    owned = dict(world._owned)
    world.drop(gone)
    world.play(played, minutes=600)
    second = await import_library(db, store, url, OWNER)
    assert second.imported.counts == ImportCounts(updated=1, unchanged=GAMES - 2, removed=1)
    (marked,) = rows_of(db, "select appid, removed_at from imported_games where removed_at is not null")
    assert (marked["appid"], marked["removed_at"]) == (gone, second.raw.fetched_at)
    items = "select igdb_id from library_items where removed_at is not null"
    assert [row["igdb_id"] for row in rows_of(db, items)] == [world.matched[gone]]
    world._owned = owned | {played: world._owned[played]}
    third = await import_library(db, store, url, OWNER)
    assert third.imported.counts == ImportCounts(unchanged=GAMES - 1, returned=1)
    assert rows_of(db, items) == rows_of(db, "select appid from imported_games where removed_at is not null") == []


async def test_an_older_file_changes_nothing_that_a_newer_one_brought(db, store, url, world):
    first = await import_library(db, store, url, OWNER)
    world.drop(FIRST_APPID)
    world.play(FIRST_APPID + 10, minutes=600)
    await import_library(db, store, url, OWNER)
    before = rows_of(db, "select * from imported_games order by appid")
    late = LibraryImportService(db, store).import_file(first.enriched.s3_key)
    assert (late.counts.outdated, late.counts.updated, late.counts.removed) == (GAMES - 1, 0, 0)
    after = rows_of(db, "select * from imported_games order by appid")
    assert [row for row in after if row["appid"] != FIRST_APPID] == [r for r in before if r["appid"] != FIRST_APPID]


async def test_a_moved_mapping_is_taken_over_once_the_old_one_is_stale(db, store, url, world):
    await import_library(db, store, url, OWNER)
    linked = [int(link["uid"]) for link in world.list_igdb_external_games()]
    moved = next(appid for appid in linked if linked.count(appid) == 1)
    old, new = world.matched[moved], world.matched[linked[-1]]
    world.move(moved, new)
    assert (await import_library(db, store, url, OWNER)).imported.counts.updated == 0
    run_sql(db, "update igdb_matches set checked_at = checked_at - interval '40 days'")
    assert (await import_library(db, store, url, OWNER)).imported.counts.updated == 1
    assert as_pairs(rows_of(db, MATCHED))[moved] == new
    (noted,) = rows_of(db, "select appid, moved_from from igdb_matches where moved_from is not null")
    assert noted == {"appid": moved, "moved_from": old}
    (left,) = rows_of(db, "select igdb_id from library_items where removed_at is not null")
    assert left["igdb_id"] == old


async def test_one_bad_row_is_quarantined_with_its_reason_and_the_rest_go_in(db, store, url):
    made = await import_library(db, store, url, OWNER)

    def spoil(rows):
        rows[3][2] = "many"
        rows[5][8] = "PERHAPS"
        rows[7].append("too much")
        rows.append(list(rows[9]))

    edit_file(store, made.enriched.s3_key, spoil)
    run_sql(db, "truncate imported_games, library_items, import_runs")
    result = LibraryImportService(db, store).import_file(made.enriched.s3_key)
    assert (result.imported_count, result.skipped_count) == (GAMES - 3, 4)
    assert result.reasons["'many' is no whole number"] == 1
    assert result.reasons["the appid is named twice"] == 1
    assert any("match_status" in reason for reason in result.reasons)
    with db.connection() as conn:
        kept = QuarantineRepository(conn).list_entries()
    assert {entry.source.value for entry in kept} == {"library_rows"}
    assert len(kept) == 4
    (run,) = LibraryService(db).list_runs(OWNER)
    assert run.reasons == result.reasons
    assert QuarantineService(db).replay().still_unreadable == 3


async def test_a_row_that_came_and_could_not_be_read_is_not_taken_for_gone(db, store, url, world):
    await import_library(db, store, url, OWNER)
    world.drop(FIRST_APPID)
    second = await import_library(db, store, url, OWNER)
    later = library_files.enriched_key(library_files.raw_key(OWNER, second.raw.fetched_at + timedelta(hours=1)))

    def spoil(rows):
        rows[3][2] = "many"
        del rows[4]

    store.write(later, store.read(second.enriched.s3_key))
    edit_file(store, later, spoil)
    result = LibraryImportService(db, store).import_file(later)
    assert result.counts.removed == 1
    edit_file(store, later, lambda rows: rows[2].__setitem__(0, "no appid"))
    blind = LibraryImportService(db, store).import_file(later)
    assert (blind.kept_unmarked, blind.counts.removed) == (True, 0)


async def test_the_database_refuses_a_row_only_whole_and_leaves_nothing_half_written(db, store, url):
    made = await import_library(db, store, url, OWNER)
    run_sql(db, "truncate imported_games, library_items, import_runs")
    run_sql(db, "alter table library_items add constraint none_at_all check (igdb_id < 0)")
    with pytest.raises(DatabaseError, match="refused"):
        LibraryImportService(db, store).import_file(made.enriched.s3_key)
    for table in ("imported_games", "library_items", "import_runs"):
        assert rows_of(db, f"select * from {table}") == []


async def test_two_imports_at_once_give_what_one_gives(db, store, url, world):
    await run_all(import_library(db, store, url, OWNER, igdb_rate=1.7) for _ in range(2))
    assert as_pairs(rows_of(db, MATCHED)) == world.matched
    assert rows_of(db, "select count(*) as n, count(distinct appid) as apps from imported_games")[0] == {
        "n": GAMES, "apps": GAMES,
    }  # fmt: skip
    runs = LibraryService(db).list_runs(OWNER)
    assert sorted(run.new_count for run in runs) == [0, GAMES]


async def test_a_library_in_the_invented_world_has_an_edition_a_title_and_misses(db, store):
    with running_simulators(SeededWorld()) as url:
        made = await import_library(db, store, url, COLLECTOR)
    pairs = as_pairs(rows_of(db, MATCHED))
    assert pairs[9000010] == 910_001, "the game itself, not its edition"
    assert 0.5 < made.enriched.match_rate < 0.9
    misses = LibraryService(db).list_misses()
    assert 9000130 in {miss.appid for miss in misses}, "a game that IGDB has no row of"


@pytest.mark.parametrize("steam_id", [PRIVATE, "76561202255100009"])
async def test_a_refused_library_writes_no_file(db, store, steam_id):
    with running_simulators(SeededWorld()) as url, pytest.raises(SteamApiError):
        await import_library(db, store, url, steam_id)
    assert store.list_keys("") == []


async def test_an_empty_library_is_imported_as_such_and_marks_what_was_there(db, store, url, world):
    with running_simulators(SeededWorld()) as seeded:
        made = await import_library(db, store, seeded, NEWCOMER)
    assert (made.raw.games, made.imported.imported_count) == (0, 0)
    await import_library(db, store, url, OWNER)
    world._owned = {}
    emptied = await import_library(db, store, url, OWNER)
    assert emptied.imported.counts.removed == GAMES


async def test_an_outage_of_igdb_leaves_games_pending_and_the_next_import_asks_for_those_alone(db, store, world):
    plan = FaultPlan([Fault("503", rate=1.0, target="igdb")])
    with running_simulators(world, middleware=[Middleware(FaultMiddleware, plan=plan)]) as url:
        first = await import_library(db, store, url, OWNER)
        games = sum(1 for kind in world.kinds.values() if kind in ("game", "mod"))
        assert first.enriched.matches["PENDING"] == games
        assert "503" in first.enriched.pending_reason
        assert first.enriched.match_rate is None
        assert first.imported.imported_count == GAMES
        plan.stop()
        second = await import_library(db, store, url, OWNER)
    assert second.enriched.pending_reason is None
    assert second.enriched.igdb_calls > 0
    assert as_pairs(rows_of(db, MATCHED)) == world.matched


class OutageLater(FaultPlan):
    """IGDB answers some requests and is out of order then, until it is stopped."""

    def __init__(self, *, after):
        super().__init__([])
        self.left, self.stopped = after, False

    def choose(self, target, address, *, page):
        if target != "igdb" or self.stopped:
            return None
        self.left -= 1
        return None if self.left >= 0 else "503"


async def test_answers_before_an_outage_are_kept_and_not_asked_for_again(db, store):
    world = LargeLibraryWorld(900)
    plan = OutageLater(after=3)
    with running_simulators(world, middleware=[Middleware(FaultMiddleware, plan=plan)]) as url:
        first = await import_library(db, store, url, OWNER)
        assert first.enriched.matches["MATCHED"] > 300
        assert first.enriched.matches["PENDING"] > 100
        plan.stopped = True
        second = await import_library(db, store, url, OWNER)
    assert second.enriched.igdb_calls <= 3
    assert as_pairs(rows_of(db, MATCHED)) == world.matched


async def test_a_refused_key_of_igdb_fails_and_writes_no_file(db, store, world):
    plan = FaultPlan([Fault("401", rate=1.0, target="igdb")])
    with (
        running_simulators(world, middleware=[Middleware(FaultMiddleware, plan=plan)]) as url,
        pytest.raises(IgdbApiError) as caught,
    ):
        await import_library(db, store, url, OWNER)
    assert caught.value.kind is IgdbErrorKind.KEY_REFUSED
    assert store.list_keys("enriched/") == []
    assert rows_of(db, "select * from imported_games") == []


async def test_a_match_by_hand_holds_at_once_and_for_later_imports_and_can_be_taken_back(db, store, url, world):
    await import_library(db, store, url, OWNER)
    misses = LibraryService(db).list_misses(steam_id=OWNER)
    appid, game_id = misses[0].appid, world.list_igdb_games()[5]["id"]
    async with open_sources(url) as (_, igdb):
        service = MatchByHandService(db, IgdbMatchingService(db, igdb))
        assert (await service.match(appid, game_id)).igdb_id == game_id
        assert as_pairs(rows_of(db, MATCHED))[appid] == game_id
        items = f"select * from library_items where {appid} = any(appids)"
        assert len(rows_of(db, items)) == 1
        run_sql(db, "update igdb_matches set checked_at = checked_at - interval '90 days'")
        await import_library(db, store, url, OWNER)
        assert as_pairs(rows_of(db, MATCHED))[appid] == game_id
        assert appid not in {miss.appid for miss in LibraryService(db).list_misses()}
        service.refuse(appid)
        assert appid not in as_pairs(rows_of(db, MATCHED))
        assert appid not in {miss.appid for miss in LibraryService(db).list_misses()}
        service.forget(appid)
        assert appid in {miss.appid for miss in LibraryService(db).list_misses()}
        with pytest.raises(NotFoundError, match="IGDB has no game 5"):
            await service.match(appid, 5)
        with pytest.raises(ValidationError, match="Nothing was decided"):
            service.forget(appid)


async def test_the_games_of_a_library_are_followed_and_nothing_else(db, store, url, world):
    with pytest.raises(NotFoundError, match="not imported"):
        LibraryService(db).track_games(OWNER)
    await import_library(db, store, url, OWNER)
    games = [appid for appid, kind in world.kinds.items() if kind == "game"]
    told = LibraryService(db).track_games(OWNER)
    assert (told.added, told.followed_before, told.left_out) == (len(games), 0, GAMES - len(games))
    assert [game.appid for game in TrackedGames(db).list_all()] == games
    assert LibraryService(db).track_games(OWNER).followed_before == len(games)


async def test_a_library_without_names_is_named_by_what_is_stored(db, store, url):
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    key = library_files.raw_key(OWNER, moment)
    cells = ("440", "", *("0",) * 8)
    store.write(key, encode_header(library_files.RAW_COLUMNS) + encode_rows([cells]))
    run_sql(db, "insert into app_catalog (appid, name) values (440, 'Known By Its List')")
    async with open_sources(url) as (steam, igdb):
        made = await EnrichmentService(db, steam, IgdbMatchingService(db, igdb), store).enrich(key)
    assert made.sources == {"catalog": 1}
    assert b"Known By Its List" in store.read(made.s3_key)


class NamesakeWorld(LargeLibraryWorld):
    """IGDB has a game, an expansion and the game of a demo for apps that Steam says nothing of."""

    def __init__(self):
        super().__init__(0)
        pc = {"platforms": [{"id": 6, "name": "PC"}]}
        self._games += [
            {"id": 1, "name": "Insurgency: Sandstorm", "slug": "insurgency-sandstorm", "game_type": 0, **pc},
            {"id": 2, "name": "Monster Hunter World: Iceborne", "slug": "iceborne", "game_type": 2, **pc},
            {"id": 4, "name": "Undertale", "slug": "undertale", "game_type": 0, **pc},
        ]
        for appid, game_id in ((11, 1), (12, 2), (14, 4)):
            self._add_link(appid, game_id)


async def test_by_name_alone_a_game_of_just_this_name_in_igdb_is_a_game_and_what_was_played_is_no_add_on(db, store):
    run_sql(db, "insert into app_catalog values (1, 'Insurgency'), (2, 'Monster Hunter: World'), (3, 'Stellaris')")
    names = {
        11: "Insurgency: Sandstorm", 12: "Monster Hunter World: Iceborne", 13: "Stellaris: Utopia",
        14: "Undertale Demo", 15: "Stellaris: Nexus",
    }  # fmt: skip
    key = library_files.raw_key(OWNER, datetime(2026, 11, 1, tzinfo=UTC))
    cells = [(str(appid), name, "60" if appid == 15 else "0", *("0",) * 7) for appid, name in names.items()]
    store.write(key, encode_header(library_files.RAW_COLUMNS) + encode_rows(cells))
    with running_simulators(NamesakeWorld()) as url:
        async with open_sources(url) as (steam, igdb):
            service = EnrichmentService(db, steam, IgdbMatchingService(db, igdb), store)
            made = await service.enrich(key)
            again = await service.enrich(key)
    assert made.sources == {"name": 5}
    assert again.model_copy(update={"igdb_calls": made.igdb_calls, "steam_calls": 1}) == made
    assert (again.igdb_calls, again.steam_calls) == (0, 0), "answers and misses are remembered"
    LibraryImportService(db, store).import_file(made.s3_key)
    rows = rows_of(db, "select appid, classification, match_status, igdb_id from imported_games order by appid")
    assert [tuple(row.values()) for row in rows] == [
        (11, "game", "MATCHED", 1),
        (12, "dlc", "IGNORED", None),
        (13, "dlc", "IGNORED", None),
        (14, "demo", "IGNORED", None),
        (15, "game", "UNMATCHED", None),
    ]


class WatchedProgress(LibraryProgress):
    """Remembers what every counter was, one after another."""

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        self.__dict__.setdefault("seen", []).append((name, value))

    def list_seen(self, name):
        return [value for seen, value in self.seen if seen == name]


async def test_progress_moves_with_each_answered_request_and_rows_stay_in_order(db, store, monkeypatch):
    monkeypatch.setattr(library_enriched, "ROWS_AT_ONCE", 450)
    with running_simulators(LargeLibraryWorld(900)) as url:
        async with open_sources(url) as (steam, igdb):
            progress = WatchedProgress()
            raw = await SteamImportService(db, steam.library, store).import_library(OWNER, progress=progress)
            service = EnrichmentService(db, steam, IgdbMatchingService(db, igdb), store)
            made = await service.enrich(raw.s3_key, progress=progress)
    assert progress.list_seen("steam_calls") == list(range(made.steam_calls + 1))
    # Two batches, each by two pages of appids, what these name, and a page of titles.
    assert len(set(progress.list_seen("answered"))) >= 6
    assert sorted(progress.list_seen("igdb_calls")) == progress.list_seen("igdb_calls")
    assert progress.igdb_calls == made.igdb_calls
    assert (progress.classified, progress.matched) == (900, made.matches["MATCHED"])
    assert progress.answered == made.matches["MATCHED"] + made.matches["UNMATCHED"]
    order = [[row[0] for row in csv.reader(store.read(key).decode().splitlines(keepends=True))]
             for key in (raw.s3_key, made.s3_key)]  # fmt: skip
    assert order[0] == order[1]


class IgdbWaits:
    """IGDB answers once Steam was asked for so many pages, and notes where it waited in vain."""

    def __init__(self, app, *, pages, seen):
        self.app, self.pages, self.seen = app, pages, seen

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "")
        self.seen["pages"] += "GetItems" in path
        if path.startswith("/igdb"):
            for _ in range(400):
                if self.seen["pages"] >= self.pages:
                    break
                await asyncio.sleep(0.05)
            else:
                self.seen["in vain"] += 1
        await self.app(scope, receive, send)


async def test_steam_is_asked_for_the_next_rows_while_igdb_is_asked_for_these(db, store, monkeypatch):
    monkeypatch.setattr(library_enriched, "ROWS_AT_ONCE", 100)
    seen = Counter()
    middleware = [Middleware(IgdbWaits, pages=3, seen=seen)]
    with running_simulators(LargeLibraryWorld(300), middleware=middleware) as url:
        made = await import_library(db, store, url, OWNER)
    assert made.enriched.pending_reason is None
    assert seen == {"pages": 3}


@pytest.mark.parametrize("key", ["raw/nothing.csv", "enriched/nothing.csv"])
def test_a_key_that_is_none_and_a_file_that_is_not_there_are_told(db, store, key):
    service = LibraryImportService(db, store)
    with pytest.raises(ValidationError, match="not the key"):
        service.import_file(key)
    there = library_files.enriched_key(library_files.raw_key(OWNER, datetime.now(UTC)))
    with pytest.raises(NotFoundError, match="There is no file"):
        service.import_file(there)
    with pytest.raises(NotFoundError, match="import the library first"):
        service.get_latest_enriched_key(OWNER)


async def test_folder_and_s3_hold_the_same_bytes(db, store, url, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        boto3.client("s3", region_name="us-east-1", endpoint_url=endpoint).create_bucket(Bucket="pulse")
        bucket = open_object_store("s3://pulse/below", region="us-east-1", endpoint_url=endpoint)
        now = datetime(2026, 11, 29, 12, tzinfo=UTC)
        made = {}
        for place in (store, bucket):
            run_sql(db, "truncate igdb_matches, store_items, imported_games, import_runs, library_items")
            made[place.url] = await _import_at(db, place, url, now)
        assert len({str(each) for each in made.values()}) == 1
        keys = store.list_keys("")
        assert keys == bucket.list_keys("")
        assert len(keys) == 2
        assert all(store.read(key) == bucket.read(key) for key in keys)
        missing = open_object_store("s3://no-such-bucket", region="us-east-1", endpoint_url=endpoint)
        with pytest.raises(ObjectStoreError, match="create the bucket"):
            await _import_at(db, missing, url, now)
    finally:
        server.stop()


async def _import_at(db, place, url, now):
    from steampulse_dagster.services.library_raw import SteamImportService

    async with open_sources(url) as (steam, igdb):
        raw = await SteamImportService(db, steam.library, place, clock=lambda: now).import_library(OWNER)
        made = await EnrichmentService(db, steam, IgdbMatchingService(db, igdb), place).enrich(raw.s3_key)
    return await asyncio.to_thread(LibraryImportService(db, place).import_file, made.s3_key)


async def test_a_database_that_is_down_is_one_clear_error(store, url):
    down = Database("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    with pytest.raises(DatabaseError) as caught:
        await import_library(down, store, url, OWNER)
    assert (caught.value.code, caught.value.retryable) == ("DATABASE_ERROR", True)
    assert store.list_keys("enriched/") == []


FULL_DISK = """
import asyncio, sys
from pathlib import Path
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.errors import ObjectStoreError

store = FolderStore(Path(sys.argv[1]))
try:
    with store.open_writer("raw/file.csv") as file:
        for _ in range(100):
            file.write(b"x" * 10_000)
except ObjectStoreError as error:
    print(error.code, error.message)
"""


def test_a_full_disk_is_one_clear_error_and_leaves_no_half_file(tmp_path):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        preexec_fn=limit, capture_output=True, text=True, check=True, cwd=Path.cwd(), env=os.environ,
    )  # fmt: skip
    assert "S3_ERROR" in done.stdout
    assert "Make room" in done.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_match_by_hand_holds_for_what_is_no_game_by_its_kind_too(db, store, url, world):
    await import_library(db, store, url, OWNER)
    appid = next(appid for appid, kind in world.kinds.items() if kind == "software")
    game_id = world.list_igdb_games()[0]["id"]
    state = f"select match_status, igdb_id, confidence from imported_games where appid = {appid}"
    async with open_sources(url) as (_, igdb):
        service = MatchByHandService(db, IgdbMatchingService(db, igdb))
        await service.match(appid, game_id)
        await import_library(db, store, url, OWNER)
        assert rows_of(db, state) == [{"match_status": "MATCHED", "igdb_id": game_id, "confidence": "manual"}]
        assert len(rows_of(db, f"select * from library_items where {appid} = any(appids)")) == 1
        service.forget(appid)
    assert rows_of(db, state)[0]["match_status"] == "IGNORED"
