"""How close does the analysis by a language model come to what its open calls and its quota allow?

Pass 1 of games with stored reviews by the real parts: AnalysisService → GenerativeAnalyst → PaidModel (ledger with
reserve and settle for each call) → BedrockRuntime → boto3 → HTTP, against the simulated Bedrock in a process of its own
and the embedded PostgreSQL on the disk. 32 calls may be open at once.

- **ideal**: the times that the simulated model took for all calls, added up, ÷ 32. Nobody with 32 open calls can be
  faster. `of_ideal` is that over the wall time from the first question to the last stored summary: reading reviews,
  proving quotes, the books, and the last calls, when not all 32 are busy, are in it. The prompt was used a moment
  before, as it is in a process at work; the first call ever, which goes ahead alone so that the others find it in the
  prompt cache, costs one call's time more.
- **steady**: the mean number of calls that the simulator had open from its 32nd question to its last one, ÷ 32: the
  same without the ramp at the start and the last calls, whose share shrinks as games are added.
- **throttled**: a quota of 70 % of what 32 calls would use, as a bucket that refills evenly and holds one second's
  worth; what exceeds it gets ThrottlingException. The last call cannot start before (calls - bucket) ÷ rate, and then
  takes its time: the least that the quota allows.

Latency is 2 s ± 20 %. --quick takes 1 s, where everything that is not the model weighs twice, and few calls,
so that its aim is the steady figure.

    uv run python benchmarks/analysis_throughput.py [--quick] [--json]
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
import platform
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing.connection import Connection
from os import cpu_count, getloadavg
from resource import RUSAGE_SELF, getrusage
from typing import Any

import structlog

from benchmarks.synthetic_steam import Server, running_server
from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst
from steampulse_dagster.clients.bedrock_client import build_client
from steampulse_dagster.clients.bedrock_runtime import BedrockRuntime
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.models.llm import ModelLimits
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.simulators.bedrock import SIGNAL_KEYS, BedrockSimulator
from steampulse_dagster.simulators.bedrock_traffic import Latency, TokenBucket
from steampulse_dagster.utils.db import Database
from tests.analysis_fakes import build_game, build_review, store_game, store_reviews
from tests.bedrock_server import running_bedrock

SLOTS = 32
CHUNKS_AT_WORK = 48
GAMES_AT_WORK = 8
CHUNKS_OF_A_GAME = 16
CHUNK = 50
JITTER = 0.2
QUOTA_SHARE = 0.7
AIM_OF_IDEAL = 0.95
AIM_OF_QUOTA = 0.9
START_SECONDS = 60.0
LIMITS = ModelLimits(model="us.anthropic.claude-haiku-5-5", answer_tokens=4_000, most_answer_tokens=16_000)
WIDE = Budgets(per_call=Decimal(10), per_run=Decimal(10_000), per_day=Decimal(10_000), per_month=Decimal(10_000))
SPAWN = multiprocessing.get_context("spawn")
_REVIEW = re.compile(r'<review n="(\d+)"[^>]*>\s*(.*?)\s*</review>', re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="shorter latency and fewer games: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    result = run(quick=chosen.quick)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in {**result["figures"], **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
        print(f"{name:44} {value}")
    print("met" if result["met"] else "NOT met")


def run(*, quick: bool) -> dict[str, Any]:
    """Measure both; the figures, the aims and whether they are met."""
    latency, games, throttled_games = (1.0, 15, 12) if quick else (2.0, 60, 40)
    rate = QUOTA_SHARE * SLOTS / latency
    with running_server() as server:
        free = _measure(server, games=games, latency=latency, rate=None)
        throttled = _measure(server, games=throttled_games, latency=latency, rate=rate)
    least = (throttled.calls - rate) / rate + latency
    figures = {
        "latency_seconds": latency,
        "chunks": games * CHUNKS_OF_A_GAME,
        "calls": free.calls,
        "wall_seconds": round(free.wall, 2),
        "ideal_seconds": round(free.model_seconds / SLOTS, 2),
        "of_ideal": round(free.model_seconds / SLOTS / free.wall, 3),
        "steady_of_ideal": round(free.steady_open / SLOTS, 3),
        "failed_games": free.failed,
        "cpu_ms_per_call": round(1000 * free.cpu / free.calls, 1),
        "throttled_chunks": throttled_games * CHUNKS_OF_A_GAME,
        "throttled_calls": throttled.calls,
        "throttled_refusals": throttled.refused,
        "throttled_wall_seconds": round(throttled.wall, 2),
        "throttled_least_seconds": round(least, 2),
        "throttled_of_quota": round(least / throttled.wall, 3),
        "throttled_failed_games": throttled.failed,
        "load_average": round(getloadavg()[0], 2),
    }
    met = (
        figures["steady_of_ideal" if quick else "of_ideal"] >= AIM_OF_IDEAL
        and figures["throttled_of_quota"] >= AIM_OF_QUOTA
        and free.failed == throttled.failed == 0
        and free.calls == figures["chunks"]
        and throttled.calls == figures["throttled_chunks"]
    )
    return {
        "benchmark": "analysis_throughput",
        "machine": f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}",
        "figures": figures,
        "aims": {
            "steady_of_ideal" if quick else "of_ideal": AIM_OF_IDEAL,
            "throttled_of_quota": AIM_OF_QUOTA,
            "failed_games": 0,
        },
        "met": met,
    }


@dataclass(frozen=True)
class Outcome:
    """One run over all games."""

    wall: float
    cpu: float
    calls: int
    refused: int
    model_seconds: float
    failed: int
    steady_open: float


def _measure(server: Server, *, games: int, latency: float, rate: float | None) -> Outcome:
    with server.fresh_database() as database, _simulated_bedrock(latency, rate) as (url, simulator):
        appids = list(range(1, games + 1))
        _store(database, [0], reviews=CHUNK)
        _store(database, appids, reviews=CHUNK * CHUNKS_OF_A_GAME)
        wall, cpu, failed = asyncio.run(_analyse(database, url, appids, warmed=lambda: _ask(simulator, "clear")))
        calls, refused, model_seconds, steady_open = _ask(simulator, "tell")
    return Outcome(wall, cpu, calls, refused, model_seconds, failed, steady_open)


async def _analyse(database: Database, url: str, appids: Sequence[int], *, warmed: Any) -> tuple[float, float, int]:
    client = build_client("bedrock-runtime", region=None, endpoint_url=url, simulated=True, connections=SLOTS)
    runtime = BedrockRuntime(client, concurrency=SLOTS)
    paid = PaidModel(runtime, Ledger(database, prices=PriceBook(), budgets=WIDE))
    analyst = GenerativeAnalyst(paid, engine="bedrock", small=LIMITS, large=LIMITS)
    service = AnalysisService(database, analyst, concurrency=CHUNKS_AT_WORK)
    await service.summarize_chunks(0)
    warmed()
    slots = asyncio.Semaphore(GAMES_AT_WORK)
    failed = 0

    async def analyse(appid: int) -> None:
        nonlocal failed
        async with slots:
            try:
                await service.summarize_chunks(appid)
            except AnalystError:
                failed += 1

    wall, usage = time.perf_counter(), getrusage(RUSAGE_SELF)
    async with asyncio.TaskGroup() as group:
        for appid in appids:
            group.create_task(analyse(appid))
    wall, used = time.perf_counter() - wall, getrusage(RUSAGE_SELF)
    runtime.close()
    return wall, used.ru_utime + used.ru_stime - usage.ru_utime - usage.ru_stime, failed


def _store(database: Database, appids: Sequence[int], *, reviews: int) -> None:
    for appid in appids:
        store_game(database, build_game(f"Game {appid}", appid=appid))
        first = appid * 1_000_000
        store_reviews(
            database,
            [
                build_review(
                    n, appid=appid, recommendationid=first + n, text=f"The music of part {n} of {appid} is great."
                )
                for n in range(reviews)
            ],
        )


@contextmanager
def _simulated_bedrock(latency: float, rate: float | None) -> Iterator[tuple[str, Connection]]:
    """The URL of a simulator in a process of its own, and the line to it."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_simulate, args=(theirs, latency, rate), daemon=True)
    process.start()
    try:
        if not ours.poll(START_SECONDS):
            raise RuntimeError("the simulated Bedrock does not start")
        yield ours.recv(), ours
    finally:
        ours.send("end")
        process.join()


class _Timed(Latency):
    """Notes when each call's time begins and ends."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.spans: list[tuple[float, float]] = []

    def draw(self) -> float:
        seconds, now = super().draw(), time.monotonic()
        self.spans.append((now, now + seconds))
        return seconds

    def tell(self) -> tuple[float, float]:
        """The seconds of all calls; how many were open on average between the 32nd and the last question."""
        if len(self.spans) <= SLOTS:
            return sum(self.drawn), 0.0
        begin, end = self.spans[SLOTS - 1][0], self.spans[-1][0]
        inside = sum(max(0.0, min(last, end) - max(first, begin)) for first, last in self.spans)
        return sum(self.drawn), inside / (end - begin)


def _simulate(line: Connection, latency: float, rate: float | None) -> None:
    latency_log = _Timed(latency, JITTER)
    simulator = BedrockSimulator(_answer, latency=latency_log)
    with running_bedrock(simulator) as url:
        line.send(url)
        while (word := line.recv()) != "end":
            if word == "clear":
                simulator.latency = latency_log = _Timed(latency, JITTER)
                simulator.quota = None if rate is None else TokenBucket(rate, burst=rate)
                simulator.calls.clear()
            line.send((len(simulator.calls), simulator.refused, *latency_log.tell()))


def _ask(line: Connection, word: str) -> Any:
    line.send(word)
    return line.recv()


def _answer(_system: str, user: str) -> str:
    """Praise of the music, said by every tenth review, word for word."""
    said = [(int(number), text) for number, text in _REVIEW.findall(user)][::10]
    item = {
        "topic": "music",
        "label": "The music",
        "statement": "Players praise the music.",
        "quotes": [{"review": number, "text": text} for number, text in said],
    }
    return json.dumps({key: [item] if key == "design_praise" else [] for key in SIGNAL_KEYS})


if __name__ == "__main__":
    main()
