"""A run of many games through the topology of docker-compose.yml, in the middle of which a service is killed.

The run is launched as a person or a sensor launches it: queued over the webserver, dequeued by the daemon, executed by
the code location. A killed service comes back by its restart policy. What is stored at the end must equal what an
undisturbed run stores.
"""

import gzip
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from scripts.topology import Topology, running_topology
from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.utils.db import Database, execute, fetch_all, fetch_one
from tests.helpers import short_lived_folder

FIRST_APPID = 5_000
POLL_SECONDS = 0.2
QUIET_SECONDS = 15.0
"""Dagster launches a dead run anew within this time, or not at all."""
MOST_RUNS = 3
MOST_SECONDS = 300.0
LAUNCH_ATTEMPTS = 10
MOST_WORDS = 300
"""Characters of a failure's message."""
KEPT_TABLES = ("schema_migrations", "tracked_games", "database_values")
UNFINISHED = ("NOT_STARTED", "QUEUED", "STARTING", "STARTED", "CANCELING")
LIST_RUNS = """
    select run_id, pipeline_name as job, status, end_time - start_time as seconds, (
        select event from dagster.event_logs e
        where e.run_id = r.run_id and dagster_event_type in ('PIPELINE_FAILURE', 'STEP_FAILURE') order by e.id limit 1
    ) as event
    from dagster.runs r order by id
"""
LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""


def write_world(folder: Path, *, games: int, reviews: int) -> list[int]:
    """A folder of recorded answers that the simulators serve: invented games with reviews of the seeded world."""
    world = SeededWorld()
    pool = [review for appid in world.appids[:3] for review in world.list_reviews(appid) or ()]
    (folder / "appreviews").mkdir(parents=True)
    appids = [FIRST_APPID + number for number in range(games)]
    manifest = [{"appid": appid, "name": f"Game {appid}"} for appid in appids]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for number, appid in enumerate(appids):
        chosen = [pool[(number * reviews + place) % len(pool)] for place in range(reviews)]
        lines = [json.dumps({**each, "recommendationid": str(appid * 10_000 + n)}) for n, each in enumerate(chosen)]
        (folder / "appreviews" / f"{appid}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    return appids


QUICK_ENVIRONMENT = {"STEAMPULSE_RUN_HEARTBEAT_SECONDS": "1"}
"""A run that went silent counts as dead after twelve seconds instead of two minutes."""


def quicken(dagster_yaml: str) -> str:
    """Look for dead runs every two seconds instead of thirty, so that a test need not wait for it."""
    assert "poll_interval_seconds: 30" in dagster_yaml
    return dagster_yaml.replace("poll_interval_seconds: 30", "poll_interval_seconds: 2")


@contextmanager
def running_world(*, games: int, reviews: int, quick: bool = True, **options: Any) -> "Iterator[KillHarness]":
    """A topology that is up, whose Steam knows these games only, which are followed. `quick`: dead runs are found
    within seconds; otherwise as in production. `options` are those of `Topology`."""
    with short_lived_folder() as folder:
        appids = write_world(folder / "world", games=games, reviews=reviews)
        simulate = f"steampulse simulate --host 0.0.0.0 --port 8570 --recorded {folder / 'world'}"
        options = {"commands": {"simulators": simulate.split()}} | options
        if quick:
            options |= {"edit_instance": quicken, "environment": QUICK_ENVIRONMENT}
        with running_topology(folder / "topology", **options) as topology:
            harness = KillHarness(topology, appids)
            harness.track()
            try:
                yield harness
            finally:
                harness.close()


@dataclass(frozen=True)
class RunEnd:
    """One of Dagster's runs, and how it ended."""

    job: str
    status: str
    seconds: float
    why: str
    """The message of its failure; empty for a success."""


@dataclass(frozen=True)
class Round:
    """One run and what came of it."""

    killed: str | None
    killed_at: int
    """Games with a report at the moment of the kill."""
    seconds: float
    runs: Sequence[RunEnd]
    """All that it took, in order: more than one if Dagster launched it anew, or somebody or a sensor asked again."""
    asked_again: int
    restarts: int
    peak_run_mb: float
    stored: Mapping[str, Any]
    """Counts and digests of everything that a run stores."""


class KillHarness:
    """Rounds on one topology that is up; each begins with empty tables."""

    def __init__(self, topology: Topology, appids: Sequence[int]) -> None:
        self.topology = topology
        self._appids = appids
        self._database = Database(topology.postgres.url, pool_size=2)

    def track(self) -> None:
        """Follow the games, by a command in a container of its own."""
        file = self.topology.folder / "appids.txt"
        file.write_text("\n".join(map(str, self._appids)))
        self.topology.run_once("code", ["steampulse", "track", "--from", str(file)])

    def play(self, *victims: str, share: float = 0.4) -> Round:
        """Run all games; kill the victims one after another, the first when that share of them has its report."""
        self._clear()
        before = dict(self.topology.restarts)
        known = self._list_runs()
        started = time.monotonic()
        asked_again, killed_at, peak = 0, 0, 0.0
        self._launch()
        waiting = list(victims)
        quiet_since: float | None = None
        while True:
            time.sleep(POLL_SECONDS)
            peak = max(peak, self._measure_run())
            with suppress(DatabaseError):  # it may be the one that was killed
                reports, unfinished = self._count_reports(), self._count_unfinished()
                if waiting and reports >= share * len(self._appids):
                    killed_at = killed_at or reports
                    self.topology.kill(waiting.pop(0))
                    continue
                if unfinished:
                    quiet_since = None
                elif reports == len(self._appids):
                    break
                elif quiet_since is None:
                    quiet_since = time.monotonic()
                elif time.monotonic() - quiet_since > QUIET_SECONDS:
                    asked_again += 1
                    if asked_again >= MOST_RUNS:
                        raise TimeoutError(f"{reports} of {len(self._appids)} games done: {self._list_runs()}")
                    self._launch()
                    quiet_since = None
        self.topology.wait_healthy(self.topology.services)
        runs = self._list_runs()
        return Round(
            killed=" ".join(victims) or None,
            killed_at=killed_at,
            seconds=round(time.monotonic() - started, 1),
            runs=[run for run_id, run in runs.items() if run_id not in known],
            asked_again=asked_again,
            restarts=sum(self.topology.restarts.values()) - sum(before.values()),
            peak_run_mb=round(peak, 1),
            stored=self._digest(),
        )

    def fail(self, appid: int) -> None:
        """Run a game that Steam does not know, and wait for its failure."""
        self._launch([appid])
        deadline = time.monotonic() + MOST_SECONDS
        while self._count_unfinished() or all(run.status != "FAILURE" for run in self._list_runs().values()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the run did not fail: {self._list_runs()}")
            time.sleep(POLL_SECONDS)

    def close(self) -> None:
        self._database.close()

    def _launch(self, appids: Sequence[int] = ()) -> None:
        """Ask for a run of these games, or of all, over the webserver."""
        config = {"ops": {"game_lineage": {"config": {"appids": list(appids or self._appids)}}}}
        selector = {
            "repositoryLocationName": "steampulse",
            "repositoryName": "__repository__",
            "jobName": "refresh_games_job",
        }
        params = {"selector": selector, "runConfigData": config, "mode": "default"}
        answer: dict[str, Any] = {}
        known = set(self._list_runs())
        for _ in range(LAUNCH_ATTEMPTS):  # a webserver whose database was restarted says so once for each connection
            answer = httpx.post(
                f"{self.topology.url('webserver')}/graphql",
                json={"query": LAUNCH, "variables": {"params": params}},
                timeout=60,
            ).json()["data"]["launchRun"]
            made = [run.status for run_id, run in self._list_runs().items() if run_id not in known]
            # It may have come as far as to launch it: asked again, it would launch another.
            if answer["__typename"] == "LaunchRunSuccess" or set(made) - {"NOT_STARTED"}:
                return
        raise AssertionError(answer)

    def _clear(self) -> None:
        with self._database.connection() as conn:
            rows = fetch_all(conn, "select tablename from pg_tables where schemaname = 'public'")
            tables = [row["tablename"] for row in rows if row["tablename"] not in KEPT_TABLES]
            execute(conn, f"truncate {', '.join(tables)} restart identity cascade")
        for file in (self.topology.folder / "data" / "objects").rglob("*.*"):
            file.unlink()

    def _count_reports(self) -> int:
        return self._count("select count(*) as n from report_heads")

    def _count_unfinished(self) -> int:
        statuses = ", ".join(f"'{status}'" for status in UNFINISHED)
        return self._count(f"select count(*) as n from dagster.runs where status in ({statuses})")

    def _count(self, sql: str) -> int:
        with self._database.connection() as conn:
            return int((fetch_one(conn, sql) or {})["n"])

    def _list_runs(self) -> dict[str, RunEnd]:
        with self._database.connection() as conn:
            rows = fetch_all(conn, LIST_RUNS)
        return {
            row["run_id"]: RunEnd(
                row["job"], row["status"], round(row["seconds"] or 0.0, 1), _read_message(row["event"])
            )
            for row in rows
        }

    def _measure_run(self) -> float:
        """MB of memory of the largest process in the code location's session besides its own."""
        server = self.topology.pid("code")
        return max((_resident_mb(pid) for pid in _list_session(server) if pid != server), default=0.0)

    def _digest(self) -> dict[str, Any]:
        listings = {
            "reviews": "select appid, recommendationid, content_hash from reviews order by 1, 2",
            "chunks": "select appid, chunk_no, sealed, content_hash from chunks order by 1, 2",
            "summaries": "select appid, chunk_no, content_hash from chunk_summaries order by 1, 2, 3",
            "reports": "select appid, report_key from reports order by 1, 2",
            "crawls": "select appid, phase, stored, completeness from crawl_state order by 1",
        }
        found: dict[str, Any] = {}
        with self._database.connection() as conn:
            for name, sql in listings.items():
                row = fetch_one(conn, f"select count(*) as n, md5(string_agg(t::text, '|')) as d from ({sql}) t") or {}
                found[name] = f"{row['n']} {row['d']}"
        files = (self.topology.folder / "data" / "objects").rglob("*.*")
        found["report files"] = sum(1 for file in files if file.is_file())
        return found


def _read_message(event: str | None) -> str:
    """What Dagster says of a failure, in one line."""
    if event is None:
        return ""
    told = json.loads(event)["dagster_event"]
    error = (told["event_specific_data"] or {}).get("error") or {}
    return " ".join((error.get("message") or told["message"] or "").split())[:MOST_WORDS]


def _list_session(leader: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _read(os.getsid, pid) == leader]


def _resident_mb(pid: int) -> float:
    status = _read(Path(f"/proc/{pid}/status").read_text) or ""
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def _read(read: Callable[..., Any], *arguments: Any) -> Any:
    """None for a process that has ended meanwhile."""
    try:
        return read(*arguments)
    except OSError:
        return None
