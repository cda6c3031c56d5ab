"""Runs of 200 games whose run worker, daemon, code server or PostgreSQL is killed (SIGKILL) at random moments.

What was killed is started again, as a supervisor does. At any moment Dagster may show an (asset, game) as materialized
only if its data is stored; at the end of each round the tables equal those of an undisturbed run.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import dagster as dg
import httpx

from steampulse_dagster.embedded.supervisor import describe
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.key_sets import build_run_config, split_key_set
from steampulse_dagster.utils.db import Database, execute, fetch_all, fetch_column
from tests.deployment import Deployment, eventually

Result = TypeVar("Result")
VICTIMS = ("worker", "daemon", "code", "postgres")
OF_A_GAME = (
    "games",
    "game_tags",
    "game_genres",
    "game_categories",
    "game_prices",
    "store_items",
    "reviews",
    "review_revisions",
    "crawl_state",
    "quarantine",
    "chunk_summaries",
    "summary_nodes",
    "chunks",
    "report_heads",
    "reports",
    "analysis_jobs",
    "run_heartbeats",
)
"""Tables that a round begins without."""
WHAT_IS_STORED = {
    "games": "select appid from games",
    "reviews": "select appid from crawl_state where finished_at is not null and stored = %(reviews)s",
    "chunk_summaries": """
        select chunk.appid from chunks chunk join chunk_summaries summary using (appid, chunk_no, content_hash)
        group by chunk.appid having sum(cardinality(chunk.review_ids)) = %(reviews)s
    """,
    "reports": "select appid from report_heads",
}
"""Games whose data of an asset is there, whole."""
FINAL = """
    select 'games' as part, md5(string_agg(row(appid, name, type, state)::text, ';' order by appid)) as digest
        from games
    union all
    select 'reviews', md5(string_agg(row(appid, recommendationid, content_hash, voted_up, author_key)::text, ';'
        order by appid, recommendationid)) from reviews
    union all
    select 'revisions', count(*)::text from review_revisions
    union all
    select 'crawls', md5(string_agg(row(appid, stored, finished_at is null, dead_since is null)::text, ';'
        order by appid)) from crawl_state
    union all
    select 'chunks', md5(string_agg(row(appid, chunk_no, sealed, review_ids, content_hash)::text, ';'
        order by appid, chunk_no)) from chunks
    union all
    select 'summaries', md5(string_agg(row(appid, chunk_no, analyst_key, content_hash, summary)::text, ';'
        order by appid, chunk_no, content_hash)) from chunk_summaries
    union all
    select 'reports', md5(string_agg(row(head.appid, report.report_key)::text, ';' order by head.appid))
        from report_heads head join reports report using (report_id)
"""


@dataclass
class KillReport:
    """What was seen; the lists should be empty."""

    kills: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    better_than_data: list[str] = field(default_factory=list)
    tables_differ: list[str] = field(default_factory=list)
    not_materialized: list[str] = field(default_factory=list)
    most_further_runs: int = 0
    """How often the games of a round had to be requested again, at most."""
    looks: int = 0
    """How often statuses were compared with the tables."""


class OrchestrationKills:
    """Rounds of kills on one deployment."""

    def __init__(
        self,
        deployment: Deployment,
        *,
        appids: Sequence[int],
        reviews: int,
        seed: int,
        tell: Callable[[str], None],
    ) -> None:
        self.report = KillReport()
        self._deployment = deployment
        self._appids = appids
        self._reviews = reviews
        self._rng = random.Random(seed)
        self._tell = tell
        self._database = Database(deployment.database_url, pool_size=2)
        self._undisturbed: dict[str, str] = {}
        self._length = 0.0

    def run_undisturbed(self) -> float:
        """The tables that every round must end with, and how long that takes."""
        self._empty()
        started = time.monotonic()
        self._launch()
        self._wait_until_quiet()
        self._length = time.monotonic() - started
        self._undisturbed = self._read_final()
        self._compare_statuses()
        assert not self._list_not_materialized(), "the undisturbed run failed"
        return self._length

    def run_round(self, kills: int) -> None:
        """One backfill with so many kills, the runs that mend it, and the comparison."""
        self._empty()
        self._launch()
        for _ in range(kills):
            time.sleep(self._rng.uniform(0.0, 1.2 * self._length / kills))
            self._kill(self._rng.choice(VICTIMS))
            self._compare_statuses()
        self._wait_until_quiet()
        self._compare_statuses()
        for attempt in range(3):
            if not self._list_not_materialized():
                break
            self.report.most_further_runs = max(self.report.most_further_runs, attempt + 1)
            self._launch()
            self._wait_until_quiet()
        self.report.rounds += 1
        self.report.not_materialized += self._list_not_materialized()
        final = self._read_final()
        self.report.tables_differ += [part for part, digest in self._undisturbed.items() if final.get(part) != digest]
        self._tell(f"after round {self.report.rounds}: {self.report}")

    def _launch(self) -> None:
        for games in split_key_set(self._appids, size=len(self._appids) // 2):
            config = build_run_config(games)
            self._retrying(partial(self._deployment.launch, "refresh_games_job", config=config))

    def _kill(self, victim: str) -> None:
        pid = self._find(victim)
        if pid is None:
            victim, pid = "daemon", self._find("daemon")
        assert pid is not None
        self.report.kills[victim] += 1
        if victim in ("daemon", "code"):
            self._deployment.kill(victim)
            self._deployment.start(victim)
        else:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _find(self, victim: str) -> int | None:
        match victim:
            case "daemon" | "code":
                return self._deployment.processes[victim].pid
            case "postgres":
                return describe(self._deployment.data_dir).postgres_pid
            case _:
                workers = self._list_workers()
                return self._rng.choice(workers) if workers else None

    def _list_workers(self) -> list[int]:
        """Processes of runs: they name themselves in the run's events."""
        pids = set()
        with suppress(Exception), self._deployment.open_instance() as instance:
            for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
                for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
                    data = entry.dagster_event.engine_event_data if entry.dagster_event else None
                    if data and "pid" in data.metadata:
                        pids.add(int(str(data.metadata["pid"].value)))
        return sorted(pid for pid in pids if Path(f"/proc/{pid}").exists())

    def _compare_statuses(self) -> None:
        """First what Dagster shows, then the tables, which only grow within a round."""
        statuses = self._retrying(self._deployment.fetch_statuses)
        self.report.looks += 1
        for asset, sql in WHAT_IS_STORED.items():
            stored = set(self._retrying(partial(self._fetch, sql)))
            shown = {appid for (of, appid), status in statuses.items() if of == asset and status == "materialized"}
            self.report.better_than_data += [f"{asset} of {appid}" for appid in sorted(shown - stored)]

    def _fetch(self, sql: str) -> list[int]:
        with self._database.connection() as conn:
            return [int(appid) for appid in fetch_column(conn, sql, {"reviews": self._reviews})]

    def _list_not_materialized(self) -> list[str]:
        statuses = self._retrying(self._deployment.fetch_statuses)
        return [f"{asset} of {key}: {status}" for (asset, key), status in statuses.items() if status != "materialized"]

    def _read_final(self) -> dict[str, str]:
        with self._database.connection() as conn:
            return {row["part"]: row["digest"] for row in fetch_all(conn, FINAL)}

    def _wait_until_quiet(self) -> None:
        """Until no run waits or is at work, those that Dagster launches again included."""
        quiet_since: list[float] = []

        def quiet() -> bool:
            try:
                with self._deployment.open_instance() as instance:
                    busy = any(not run.is_finished for run in instance.get_runs(limit=50))
            except Exception:  # noqa: BLE001  # PostgreSQL is on its way back
                busy = True
            if busy:
                quiet_since.clear()
                return False
            quiet_since.append(time.monotonic())
            return quiet_since[-1] - quiet_since[0] >= 5.0

        eventually(quiet, "no run is at work", seconds=900)

    def _retrying(self, work: Callable[[], Result]) -> Result:
        """What was killed is on its way back: try until it answers."""
        answers: list[Result] = []

        def answered() -> bool:
            with suppress(httpx.HTTPError, SteamPulseError, AssertionError, KeyError, TypeError, ValueError):
                answers.append(work())
            return bool(answers)

        eventually(answered, "what was killed answers again")
        return answers[0]

    def _empty(self) -> None:
        with self._database.transaction() as conn:
            execute(conn, f"truncate {', '.join(OF_A_GAME)} cascade")
        with self._deployment.open_instance() as instance:
            instance.wipe_assets([dg.AssetKey(asset) for asset in WHAT_IS_STORED])
