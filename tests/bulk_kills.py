"""Analyses in child processes that are killed between two of the product's own statements, in bulk and in real time.

Children come from a fork server that has the product imported already. A child counts the lines that it executes in the
modules that spend money and kills itself (SIGKILL) before the one that it was told: no `finally`, no rollback, nothing
is flushed. What was asked of the models is counted by the simulated service, in the parent.
"""

import asyncio
import logging
import math
import multiprocessing
import os
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import FrameType
from typing import Any

import structlog

from steampulse_dagster.analyzer.generative.prompts import Prompt, get_prompt
from steampulse_dagster.simulators.bedrock import BedrockSimulator
from steampulse_dagster.simulators.bedrock_traffic import Latency
from steampulse_dagster.utils.db import Database, execute, fetch_all
from tests.bedrock_server import running_bedrock
from tests.bulk_world import BulkWorld, limit, speak, store_games
from tests.helpers import Server, fresh_database

TRACED = ("steampulse_dagster/services/", "steampulse_dagster/repositories/", "steampulse_dagster/clients/")
UNTRACED = ("prices.py", "price_list.py", "call_costs.py", "bedrock_models.py", "bedrock_messages.py")
"""Of those layers, what only computes: being killed there is being killed before the next statement."""
NARROW = ("/batch_jobs.py", "/batch_results.py", "/bedrock_batch.py", "/llm_batches.py", "/model_calls.py")
"""Where the order of statements matters most. Every other child dies in one of these, in the first lines as often as in
all the later ones: a submit is a hundred lines, the waiting after it thousands."""
SHARE_OF_ROUND = 0.5
"""The other children die within so much of the lines that an unhurt one executes."""
MOST_KILLS_A_ROUND = 16
PATIENCE_SECONDS = 120.0
CALL_SECONDS = 0.05
BULK, REAL_TIME = "bulk", "real_time"


@dataclass
class KillReport:
    """What was seen. All but the first five must be zero."""

    kills: int = 0
    rounds: int = 0
    calls: int = 0
    jobs: int = 0
    in_flight: int = 0
    """Calls that were under way when a child died: their answers were never seen, and they count as spent."""
    paid_again: int = 0
    """Questions asked again after their answer was stored."""
    unbooked: int = 0
    """Questions that were asked and that no row of the ledger stands for."""
    jobs_doubled: int = 0
    """Questions that are in two jobs although none failed."""
    jobs_unbooked: int = 0
    money_astray: int = 0
    """Databases whose sums of spending are not those of their calls, or that hold money at the end."""
    reports_differ: int = 0
    failed_children: int = 0


class KillHarness:
    """Rounds of analyses, each on a database of its own, killed again and again until they come to their end."""

    def __init__(self, server: Server, folder: Path, *, games: int, chunks: int, seed: int) -> None:
        self.report = KillReport()
        self._server, self._folder = server, folder
        self._games, self._chunks = games, chunks
        self._rng = random.Random(seed)
        self._asked: list[tuple[str, str]] = []
        self._fork: ForkServerContext = multiprocessing.get_context("forkserver")
        self._fork.set_forkserver_preload(["tests.bulk_kills"])

    def run(self, *, kills: int) -> KillReport:
        """Both deliveries, half of the kills each."""
        for mode, most in ((BULK, kills // 2), (REAL_TIME, kills)):
            lines: dict[bool, int] = {}
            for narrow in (True, False):
                wanted, lines[narrow] = self._run_round(mode, most=0, narrow=narrow)
            while self.report.kills < most:
                left = min(MOST_KILLS_A_ROUND, most - self.report.kills)
                found, _ = self._run_round(mode, most=left, lines=lines)
                self.report.rounds += 1
                self.report.reports_differ += found != wanted
        return self.report

    def _run_round(
        self, mode: str, *, most: int, lines: Mapping[bool, int] | None = None, narrow: bool = False
    ) -> tuple[dict[int, Any], int]:
        """The reports of one round with at most so many kills, and the lines that its last child executed."""
        simulator = BedrockSimulator(self._answer, latency=Latency(seconds=CALL_SECONDS, jitter=0.5))
        simulator.jobs.rules = replace(simulator.jobs.rules, minimum_records=1, stage_seconds=CALL_SECONDS)
        self._asked.clear()
        with fresh_database(self._server) as url, running_bedrock(simulator) as bedrock:
            database = Database(url, pool_size=2)
            try:
                appids = store_games(database, games=self._games, chunks=self._chunks)
                job = (url, bedrock, str(self._folder), mode, appids)
                for child in range(most):
                    if not self._kill(job, database, lines=lines or {}, narrow=child % 2 == 0):
                        break
                counted = self._run_child(job, narrow=narrow)
                self._check(database, simulator)
                world = BulkWorld(db=database, url=bedrock, folder=self._folder, simulator=simulator)
                world.runtime.close()
                return world.list_reports(), counted
            finally:
                database.close()

    def _kill(self, job: tuple[Any, ...], database: Database, *, lines: Mapping[bool, int], narrow: bool) -> bool:
        """Whether the child was killed; False if it came to its end before."""
        if narrow:
            die_after = round(math.exp(self._rng.uniform(0.0, math.log(max(2, lines[True])))))
        else:
            die_after = self._rng.randrange(1, max(2, round(lines[False] * SHARE_OF_ROUND)))
        before, asked = _list_answered(database), len(self._asked)
        code = self._start(job, die_after, narrow=narrow)[0]
        if code not in (0, -signal.SIGKILL):
            self.report.failed_children += 1
        self.report.paid_again += sum(bool(_list_keys(one) & before) for one in self._asked[asked:])
        if code != -signal.SIGKILL:
            return False
        self.report.kills += 1
        _run_out(database)
        return True

    def _run_child(self, job: tuple[Any, ...], *, narrow: bool) -> int:
        code, lines = self._start(job, 0, narrow=narrow)
        self.report.failed_children += code != 0
        return lines

    def _start(self, job: tuple[Any, ...], die_after: int, *, narrow: bool) -> tuple[int, int]:
        counted = self._fork.Value("q", 0)
        child = self._fork.Process(target=_work, args=(*job, die_after, narrow, counted))
        child.start()
        child.join(PATIENCE_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
            return 1, 0
        return child.exitcode or 0, counted.value

    def _answer(self, system: str, user: str) -> str:
        self._asked.append((system, user))
        return speak(system, user)

    def _check(self, database: Database, simulator: BedrockSimulator) -> None:
        """What must be true when all is done."""
        jobs = list(simulator.jobs.jobs.values())
        self.report.calls += len(self._asked)
        self.report.jobs += len(jobs)
        booked = Counter(row["request_key"] for row in _list_rows(database))
        asked = Counter(key for one in self._asked for key in _list_keys(one) & booked.keys())
        self.report.unbooked += sum(count > booked[key] for key, count in asked.items())
        self.report.unbooked += sum(not _list_keys(one) & booked.keys() for one in self._asked)
        if jobs:
            self.report.jobs_doubled += sum(count > 1 for count in asked.values())
            self.report.jobs_doubled += len({job.token for job in jobs}) != len(jobs)
            self.report.jobs_unbooked += {job.arn for job in jobs} != _list_arns(database)
        self.report.in_flight += sum(row["status"] == "unknown" for row in _list_rows(database))
        self.report.money_astray += not _adds_up(database)


def _work(
    url: str, bedrock: str, folder: str, mode: str, appids: Sequence[int], die_after: int, narrow: bool, counted: Any
) -> None:
    """In the child: the whole analysis, or as many lines of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    database = Database(url)
    world = BulkWorld(
        db=database,
        url=bedrock,
        folder=Path(folder),
        simulator=None,
        limits=limit(2),  # type: ignore[arg-type]
    )

    async def analyse() -> Any:
        if mode == BULK:
            return await world.run(*appids)
        return await world.bulk.finish(appids, on_step=world.steps.append)

    with _counting(die_after, counted, narrow=narrow):
        steps = asyncio.run(analyse())
    failed = [step.error for step in steps if step.error]
    if failed:
        raise SystemExit(f"failed: {failed[0]}")


class _counting:
    """While inside, lines of the product are counted in all threads, and the process dies before one of them."""

    def __init__(self, die_after: int, counted: Any, *, narrow: bool) -> None:
        self._narrow = narrow
        self._die_after, self._counted, self._lines = die_after, counted, 0

    def __enter__(self) -> None:
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        self._counted.value = self._lines

    def _on_call(self, frame: FrameType, event: str, arg: object) -> Any:
        name = frame.f_code.co_filename
        wide = any(part in name for part in TRACED) and not name.endswith(UNTRACED)
        if name.endswith(NARROW) if self._narrow else wide:
            return self._on_line
        return None

    def _on_line(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "line":
            self._lines += 1
            if self._lines == self._die_after:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._on_line


def _list_keys(asked: tuple[str, str]) -> set[str]:
    """The request keys that a question can have: the service does not see for which model's settings it was made."""
    from steampulse_dagster.analyzer.generative.requests import build_request
    from tests.bulk_world import LARGE, SMALL

    system, user = asked
    return {
        build_request(prompt, user, appid=1, model=limits.model, max_tokens=limits.answer_tokens).request_key
        for prompt in Prompt
        if get_prompt(prompt) in system
        for limits in (SMALL, LARGE)
    }


def _list_rows(database: Database) -> list[dict[str, Any]]:
    with database.connection() as conn:
        return fetch_all(conn, "select request_key, status, delivery from llm_calls")


def _list_answered(database: Database) -> set[str]:
    return {row["request_key"] for row in _list_rows(database) if row["status"] == "answered"}


def _list_arns(database: Database) -> set[str]:
    with database.connection() as conn:
        return {row["job_arn"] for row in fetch_all(conn, "select job_arn from llm_batches")}


def _adds_up(database: Database) -> bool:
    """Whether the sums of spending are those of the calls, each of the day's once, and nothing is held any more."""
    sql = """
        select (select coalesce(sum(counted_usd), 0) from llm_calls) as calls,
            (select coalesce(sum(spent_usd), 0) from llm_spend where scope = 'month') as spent,
            (select count(*) from llm_calls where status = 'reserved') as held,
            (select count(*) from llm_batches where collected_at is null) as open
    """
    with database.connection() as conn:
        (row,) = fetch_all(conn, sql)
    return bool(row["calls"] == row["spent"] and row["held"] == 0 and row["open"] == 0)


def _run_out(database: Database) -> None:
    """The dead child's real-time reservations run out at once, as they do 90 seconds after any process dies."""
    with database.transaction() as conn:
        sql = """
            update llm_calls set lease_until = now() - interval '1 second'
            where status = 'reserved' and delivery = 'real_time'
        """
        execute(conn, sql)
