"""How fast is the review crawl, against the ceiling of COPY and against two other ways to crawl?

Four contenders get the same games from the same simulator process over real HTTP, one after another in each round:

- **the crawl**: SteamDataSource → CrawlService → PostgreSQL as `steampulse run` does it: reviews parsed and cleaned,
  each page stored in one transaction with the cursor, edits and duplicates told apart, totals reconciled.
- **COPY**, the ceiling: the rows that the crawl stored, written out beforehand in the binary format (the quicker one)
  and loaded by one COPY in one transaction into the same empty table with all its indexes. No HTTP, no JSON, no
  parsing, no question whether a row is known, no place to save: one connection cannot store these rows faster. It runs
  alone, while the crawl shares the machine with the simulator that it asks.
- **`steamreviews`** from PyPI: its own loop, one page after another into one JSON file a game. It asks an endpoint that
  no longer exists, so its requests are turned to the simulator and the answers into the envelope it knows; its pause of
  five minutes after each 150 requests is taken out. Both are in its favour. As it waits for each page in turn, its rate
  does not hang on the number of games: an eighth of them is enough to measure it.
- **`dlt`** from PyPI: its REST client with its cursor paginator, games in parallel, into the same PostgreSQL. The ratio
  is taken against `append`, its fastest way, which stores everything again at each run; `merge` by id, which is what a
  repeated crawl needs, is shown beside it (not with --quick). Its files go by COPY (CSV).

Fair, because all ask the same pages of 100 from one process with the same latency, and all write to one server with the
product's own settings (fsync on), each into a new database. Each is run in turn and the median of its rounds taken.
Everything is done at three latencies: 0 ms, where processors alone decide; 40 ms, a server near by; 200 ms, near what
the Web API takes and what `shared_rate_budget.py` uses. The aim of COPY is judged at 0 ms, the two of the rivals at
200 ms: they are about the crawl as Steam is, where it matters how many requests are open at once. 64 are, for all who
can: with 32 of them 200 ms allow 16,000 reviews a second, and it would be the number that is measured.

What bounds the ratio to COPY is shown as processor time, which depends less on what else the machine does: µs a review
of the crawling process, of its PostgreSQL, of the simulator, and of COPY. Three figures are made of it:

- `ceiling_of_copy`: COPY's time (its client's and its server's, which take turns) over the crawling process's own. That
  process is Python under one interpreter's lock, so this ratio is what a crawl would reach if PostgreSQL and the
  simulator ran on other machines;
- `ceiling_of_copy_here`: the same over the time of all three divided by the cores, if that is more: with fewer cores
  than processes, they share. An aim above either ceiling is out of reach on that machine;
- `server_of_copy`: PostgreSQL's time for a review by COPY over its time for a review of the crawl. It says what the
  crawl asks of the server beyond the rows themselves, whatever the client is written in.

The simulator's pages are made by a crawl before the measurement and kept.

`dlt` and `steamreviews` come with `uv sync --group bench`; what is not installed is left out and said so.

    uv run --group bench python benchmarks/crawl_speed.py [--quick] [--json] [--concurrency 32]
"""

import argparse
import asyncio
import importlib.util
import json
import logging
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from os import cpu_count, getloadavg
from typing import Any

import structlog

from benchmarks.crawl_rivals import crawl_with_dlt, crawl_with_steamreviews
from benchmarks.synthetic_steam import Server, Steam, list_appids, running_server, running_steam
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.utils.db import Database, execute


@dataclass(frozen=True)
class Size:
    """What is crawled at one latency."""

    latency_ms: int
    games: int
    reviews: int
    """Of each game."""
    rounds: int


FULL = [Size(latency_ms, games=64, reviews=2000, rounds=5) for latency_ms in (0, 40, 200)]
QUICK = [
    Size(0, games=16, reviews=1000, rounds=2),
    Size(40, games=32, reviews=500, rounds=1),
    Size(200, games=64, reviews=500, rounds=1),
]
JUDGED_BY = {
    "of_copy": "0ms: crawl_of_copy",
    "times_steamreviews": "200ms: crawl_times_steamreviews",
    "times_dlt": "200ms: crawl_times_dlt_append",
}
ONE_GAME_IN = 8
"""Share of the games that `steamreviews` crawls; a divisor of all numbers of games above."""
AIMS = {"of_copy": 0.5, "times_steamreviews": 10.0, "times_dlt": 3.0}
CRAWL = ("crawling process", "its PostgreSQL", "the simulator")
INSTALL = "not installed: `uv sync --group bench` brings it"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer reviews and rounds: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--concurrency", type=int, default=64, help="games, and open requests, at once")
    chosen = parser.parse_args()
    result = run(QUICK if chosen.quick else FULL, concurrency=chosen.concurrency, merge=not chosen.quick)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in {**result["figures"], **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
        print(f"{name:48} {value}")
    print("met" if result["met"] else f"NOT met: {', '.join(result['missed'])}")


def run(sizes: Sequence["Size"], *, concurrency: int, merge: bool) -> dict[str, Any]:
    """Measure all ways at each latency; the figures, the aims and whether they are met."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    figures: dict[str, Any] = {"concurrency": concurrency}
    with running_server() as server:
        for size in sizes:
            with running_steam(games=size.games, reviews=size.reviews, latency_ms=size.latency_ms) as steam:
                bench = _Bench(server, steam, games=size.games, reviews=size.reviews, concurrency=concurrency)
                measured = bench.measure(rounds=size.rounds, merge=merge)
            figures |= {f"{size.latency_ms}ms: {key}": value for key, value in measured.items()}
    figures["load_average"] = round(getloadavg()[0], 2)
    reached = {name: figures[figure] for name, figure in JUDGED_BY.items()}
    missed = [name for name, aim in AIMS.items() if not isinstance(reached[name], float) or reached[name] < aim]
    return {
        "benchmark": "crawl_speed",
        "machine": f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}",
        "figures": figures,
        "aims": AIMS,
        "reached": reached,
        "missed": missed,
        "met": not missed,
    }


class _Bench:
    """One simulator, one server: each contender is run in turn."""

    def __init__(self, server: Server, steam: Steam, *, games: int, reviews: int, concurrency: int) -> None:
        self._server, self._steam = server, steam
        self._appids = list_appids(games)
        self._reviews = games * reviews
        self._concurrency = concurrency
        self._spent: list[Mapping[str, float]] = []
        self._copied: list[float] = []
        self._cpu_of_rivals: dict[str, float] = {}

    def measure(self, *, rounds: int, merge: bool) -> dict[str, Any]:
        """Rates in reviews a second and ratios of the crawl's rate."""
        self._crawl()  # the simulator prepares its pages, modules are loaded
        self._spent, self._copied = [], []
        before = self._steam.fetch_traffic()
        seconds = [self._crawl() for _ in range(rounds)]
        after = self._steam.fetch_traffic()
        rivals: dict[str, float | str] = {
            "steamreviews": self._try("steamreviews", "steamreviews", self._steamreviews),
            "dlt_append": self._try("dlt_append", "dlt", lambda: self._dlt("append")),
        }
        if merge:
            rivals["dlt_merge"] = self._try("dlt_merge", "dlt", lambda: self._dlt("merge"))
        ratios = [copied / crawled for copied, crawled in zip(self._copied, seconds, strict=True)]
        rate = self._reviews / statistics.median(seconds)
        figures: dict[str, Any] = {
            "crawl_per_second": round(rate),
            "reviews": self._reviews,
            "requests": after[0] - before[0],
            "connections": after[1] - before[1],
            "copy_per_second": round(self._reviews / statistics.median(self._copied)),
            "crawl_of_copy": round(statistics.median(ratios), 3),
        }
        spent = {name: statistics.median(each[name] for each in self._spent) for name in self._spent[0]}
        figures |= {f"cpu_us_per_review: {name}": self._micros(seconds) for name, seconds in spent.items()}
        copied = spent["COPY, its client"] + spent["COPY, its PostgreSQL"]
        shared = sum(spent[name] for name in CRAWL) / (cpu_count() or 1)
        figures["ceiling_of_copy"] = round(copied / spent["crawling process"], 3)
        figures["ceiling_of_copy_here"] = round(copied / max(spent["crawling process"], shared), 3)
        figures["server_of_copy"] = round(spent["COPY, its PostgreSQL"] / spent["its PostgreSQL"], 3)
        for name, taken in rivals.items():
            known = isinstance(taken, float)
            figures[f"{name}_per_second"] = round(self._reviews / taken) if known else taken
            figures[f"crawl_times_{name}"] = round(rate * taken / self._reviews, 2) if known else taken
            if name in self._cpu_of_rivals:
                figures[f"cpu_us_per_review: {name}"] = self._micros(self._cpu_of_rivals[name])
        return figures

    def _micros(self, seconds: float) -> float:
        return round(1e6 * seconds / self._reviews, 1)

    def _read_clocks(self) -> dict[str, float]:
        """Processor seconds so far of the three processes of a crawl."""
        clocks = time.process_time(), self._server.read_processor_seconds(), self._steam.fetch_processor_seconds()
        return dict(zip(CRAWL, clocks, strict=True))

    def _crawl(self) -> float:
        """Seconds of one crawl of everything; the COPY of its rows follows at once, for the same weather."""
        with self._server.fresh_database() as database:
            before, started = self._read_clocks(), time.perf_counter()
            asyncio.run(crawl_all(self._steam.url, database, self._appids, concurrency=self._concurrency))
            taken = time.perf_counter() - started
            spent = {name: seconds - before[name] for name, seconds in self._read_clocks().items()}
            self._copied.append(self._copy(database, spent))
            self._spent.append(spent)
            return taken

    def _copy(self, crawled: Database, spent: dict[str, float]) -> float:
        """Seconds of the COPY of the rows that were crawled; adds its processor seconds to `spent`."""
        rows = BytesIO()
        with crawled.connection() as conn, conn.cursor() as cur:
            cur.copy_expert("copy reviews to stdout (format binary)", rows)
            _require(cur.rowcount, self._reviews)
        rows.seek(0)
        with self._server.fresh_database() as empty:
            with empty.connection() as conn:
                execute(conn, "checkpoint")
            before, started = self._read_clocks(), time.perf_counter()
            with empty.transaction() as conn, conn.cursor() as cur:
                cur.copy_expert("copy reviews from stdin (format binary)", rows, size=1 << 17)
            taken, after = time.perf_counter() - started, self._read_clocks()
        spent["COPY, its client"] = after["crawling process"] - before["crawling process"]
        spent["COPY, its PostgreSQL"] = after["its PostgreSQL"] - before["its PostgreSQL"]
        return taken

    def _steamreviews(self) -> float:
        """Seconds for everything, from an eighth of the games: it takes one after another."""
        return ONE_GAME_IN * crawl_with_steamreviews(self._steam.url, self._appids[::ONE_GAME_IN])

    def _dlt(self, disposition: str) -> float:
        with self._server.fresh_url() as url:
            taken, stored = crawl_with_dlt(
                self._steam.url, url, self._appids, disposition=disposition, workers=self._concurrency
            )
        _require(stored, self._reviews)
        return taken

    def _try(self, name: str, package: str, contender: Callable[[], float]) -> float | str:
        if not importlib.util.find_spec(package):
            return INSTALL
        cpu = time.process_time()
        taken = contender()
        self._cpu_of_rivals[name] = (time.process_time() - cpu) * (ONE_GAME_IN if name == "steamreviews" else 1)
        return taken


async def crawl_all(url: str, database: Database, appids: Sequence[int], *, concurrency: int) -> None:
    """Crawl these games for the first time, so many at once, as a run does."""
    slots = asyncio.Semaphore(concurrency)
    async with build_http_client(concurrency=concurrency) as http:
        limiter = HostLimiter(requests_per_second=None, concurrency=concurrency)
        steam = SteamDataSource(http, api_url=f"{url}/steam", store_url=f"{url}/store", key=None, limiter=limiter)
        service = CrawlService(database, steam, fresh_hours=6.0)

        async def crawl(appid: int) -> None:
            async with slots:
                await service.crawl_reviews(appid)

        async with asyncio.TaskGroup() as group:
            for appid in appids:
                group.create_task(crawl(appid))


def _require(found: int, expected: int) -> None:
    if found != expected:
        sys.exit(f"The crawl stored {found} reviews of {expected}: nothing measured here would mean anything.")


if __name__ == "__main__":
    main()
