"""Imports of a library in child processes that are killed at random moments, alone and two at once; what must be true
afterwards. Children come from a fork server that has the product imported already.
"""

import asyncio
import logging
import multiprocessing
import random
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.simulators.large_library import OWNER, LargeLibraryWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.simulators.traffic import TrafficLog, TrafficRules, build_traffic
from steampulse_dagster.utils.db import Database
from tests.library_world import import_library, rows_of, run_sql

LONGEST_PAUSE_SECONDS = 1.0
"""…after which a child is killed, counted from one of its requests: while it fetches, writes, commits, or starts up."""
MOST_REQUESTS = 8
PATIENCE_SECONDS = 90.0


@dataclass
class KillReport:
    """What was seen; everything but `kills`, `kills_in_pairs` and `rounds` should be 0."""

    kills: int = 0
    kills_in_pairs: int = 0
    rounds: int = 0
    half_imports: int = 0
    """Moments after a kill at which a run was recorded without its rows, or rows without a run."""
    half_files: int = 0
    wrong_matches: int = 0
    wrong_counts: int = 0
    failed_children: int = 0


class KillHarness:
    """One world, one database, one folder, and children that import the one into the others."""

    def __init__(self, database_url: str, folder: Path, *, games: int, seed: int) -> None:
        self.report = KillReport()
        self._world = LargeLibraryWorld(games)
        self._url, self._folder, self._rng = database_url, folder, random.Random(seed)
        self._log = TrafficLog()
        self._fork: ForkServerContext = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload(["tests.library_kills"])

    def run(self, *, kills: int) -> KillReport:
        """Rounds of killed imports, each ended by a whole one, until so many children were killed."""
        database = Database(self._url, pool_size=2)
        with running_simulators(self._world, middleware=[build_traffic(self._log, TrafficRules())]) as url:
            try:
                while self.report.kills < kills:
                    self._run_round(database, url)
            finally:
                database.close()
        return self.report

    def _run_round(self, database: Database, url: str) -> None:
        if self.report.rounds % 2 == 0:
            run_sql(database, "truncate imported_games, library_items, import_runs, igdb_matches, store_items")
        pair = self.report.rounds % 3 == 2
        for _ in range(self._rng.randint(1, 4)):
            children = [self._start(url) for _ in range(1 + pair)]
            self._wait_for(self._rng.randint(0, MOST_REQUESTS), children)
            for child in children:
                child.join(self._rng.uniform(0.0, LONGEST_PAUSE_SECONDS))
                killed = child.exitcode is None
                child.kill()
                child.join()
                self.report.kills += killed
                self.report.kills_in_pairs += killed and pair
                self.report.failed_children += child.exitcode not in (0, -9)
            self._check(database)
        for child in [self._start(url) for _ in range(1 + pair)]:
            child.join(PATIENCE_SECONDS)
            self.report.failed_children += child.exitcode != 0
            child.kill()
        self._check(database)
        self._check_end(database)
        self.report.rounds += 1
        self._change_library()

    def _start(self, url: str) -> BaseProcess:
        child = self._fork.Process(target=run_import, args=(url, self._url, str(self._folder)))
        child.start()
        return child

    def _wait_for(self, requests: int, children: list[BaseProcess]) -> None:
        target = len(self._log.seen) + requests
        while len(self._log.seen) < target and any(child.exitcode is None for child in children):
            children[0].join(0.005)

    def _check(self, database: Database) -> None:
        """Rows and runs come together, and a reader sees whole files only."""
        (seen,) = rows_of(
            database,
            """
            select (select count(*) from import_runs) > 0 as ran, (select count(*) from imported_games) > 0 as there,
                (select count(*) from imported_games game where igdb_id is not null and removed_at is null
                    and not exists (select from library_items item where item.igdb_id = game.igdb_id
                        and game.appid = any(item.appids) and item.removed_at is null)) as lonely
            """,
        )
        self.report.half_imports += (seen["ran"] != seen["there"]) + seen["lonely"]
        store = FolderStore(self._folder)
        self.report.half_files += sum(not (store.read(key) or b"").endswith(b"\r\n") for key in store.list_keys(""))

    def _check_end(self, database: Database) -> None:
        owned = self._world.get_owned_games(OWNER)["games"]
        mine = {row["appid"]: row for row in rows_of(database, "select * from imported_games where removed_at is null")}
        self.report.wrong_counts += mine.keys() != {game["appid"] for game in owned}
        self.report.wrong_counts += sum(
            mine[game["appid"]]["playtime_forever"] != game["playtime_forever"] for game in owned
        )
        matched = {appid: row["igdb_id"] for appid, row in mine.items() if row["igdb_id"] is not None}
        self.report.wrong_matches += matched != {a: g for a, g in self._world.matched.items() if a in mine}
        (items,) = rows_of(database, "select count(*) as n from library_items where removed_at is null")
        self.report.wrong_counts += items["n"] != len(set(matched.values()))
        (runs,) = rows_of(database, "select coalesce(sum(new_count), 0) as n from import_runs")
        (rows,) = rows_of(database, "select count(*) as n from imported_games")
        self.report.wrong_counts += runs["n"] != rows["n"]

    def _change_library(self) -> None:
        owned = [game["appid"] for game in self._world.get_owned_games(OWNER)["games"]]
        self._world.drop(owned[self._rng.randrange(len(owned))])
        for appid in self._rng.sample(owned, 5):
            if appid in self._world._owned:
                self._world.play(appid, minutes=60)


def run_import(url: str, database_url: str, folder: str) -> None:
    """What a child does."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    database = Database(database_url, pool_size=4)
    asyncio.run(import_library(database, FolderStore(Path(folder)), url, OWNER, igdb_rate=1.7))
    database.close()
