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
  does not hang on the number of games: a sixteenth of them is enough to measure it.
- **`dlt`** from PyPI: its REST client with its cursor paginator, games in parallel, into the same PostgreSQL, as its
  documentation shows it, but for the number of requests at once, which is the crawl's (by itself it opens 5). The ratio
  is taken against `append`, which stores everything again at each run, as quick as we could make it (`tuned`: files as
  CSV for COPY instead of `insert` statements, not compressed). Beside it are shown (not with --quick) `append` as it is
  documented, and `merge` by id, which is what a repeated crawl needs. Its tables have no index, the crawl's has five.

Fair, because all ask the same pages of 100 from one process with the same latency, and all write to one server with the
product's own settings (fsync on), each into a new database. They take turns, and the median of their rounds is taken.
Everything is done at three latencies: 0 ms, where processors alone decide; 40 ms, a server near by; 200 ms, near what
the Web API takes and what `shared_rate_budget.py` uses. The aim of COPY is judged at 0 ms, the two of the rivals at
200 ms: they are about the crawl as Steam is, where it matters how many requests are open at once. 64 are up to 40 ms
and 128 at 200 ms, for all who can: with 64 games of 20 pages, a list's chain of requests alone would take 5 seconds,
and it would be that which is measured.

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

    uv run --group bench python benchmarks/crawl_speed.py [--quick] [--json]
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
    open_at_once: int
    """Games, and open requests, at once. n of them are at most 100 n / latency reviews a second."""
    rivals: bool = True


FULL = [
    Size(0, games=64, reviews=2000, rounds=5, open_at_once=64),
    Size(40, games=64, reviews=2000, rounds=5, open_at_once=64),
    Size(200, games=128, reviews=1000, rounds=5, open_at_once=128),
]
QUICK = [
    Size(0, games=32, reviews=1000, rounds=2, open_at_once=64, rivals=False),
    Size(200, games=128, reviews=400, rounds=1, open_at_once=128),
]
ROUNDS_OF_RIVALS = 2
JUDGED_BY = {
    "of_copy": "0ms: crawl_of_copy",
    "times_steamreviews": "200ms: crawl_times_steamreviews",
    "times_dlt": "200ms: crawl_times_dlt_tuned",
}
ONE_GAME_IN = 16
"""Share of the games that `steamreviews` crawls; a divisor of all numbers of games above."""
AIMS = {"of_copy": 0.5, "times_steamreviews": 10.0, "times_dlt": 3.0}
CRAWL = ("crawling process", "its PostgreSQL", "the simulator")
INSTALL = "not installed: `uv sync --group bench` brings it"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer reviews and rounds: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = parser.parse_args()
    result = run(QUICK if chosen.quick else FULL, thorough=not chosen.quick)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in {**result["figures"], **{f"aim: {k}": v for k, v in result["aims"].items()}}.items():
        print(f"{name:48} {value}")
    print("met" if result["met"] else f"NOT met: {', '.join(result['missed'])}")


def run(sizes: Sequence["Size"], *, thorough: bool) -> dict[str, Any]:
    """Measure all ways at each latency; the figures, the aims and whether they are met."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    figures: dict[str, Any] = {}
    with running_server() as server:
        for size in sizes:
            with running_steam(games=size.games, reviews=size.reviews, latency_ms=size.latency_ms) as steam:
                bench = _Bench(server, steam, games=size.games, reviews=size.reviews, concurrency=size.open_at_once)
                measured = bench.measure(rounds=size.rounds, rivals=size.rivals, thorough=thorough)
            measured = {"open_at_once": size.open_at_once, **measured}
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
        self._cpu_of_rivals: dict[str, list[float]] = {}

    def measure(self, *, rounds: int, rivals: bool, thorough: bool) -> dict[str, Any]:
        """Rates in reviews a second and ratios of the crawl's rate."""
        self._crawl()  # the simulator prepares its pages, modules are loaded
        self._spent, self._copied = [], []
        contenders = self._list_rivals(thorough=thorough) if rivals else {}
        missing = [name for name, (package, _) in contenders.items() if not importlib.util.find_spec(package)]
        taken: dict[str, list[float]] = {name: [] for name in contenders if name not in missing}
        seconds: list[float] = []
        requests = connections = 0
        for number in range(rounds):
            before = self._steam.fetch_traffic()
            seconds.append(self._crawl())
            after = self._steam.fetch_traffic()
            requests, connections = requests + after[0] - before[0], connections + after[1] - before[1]
            if number < ROUNDS_OF_RIVALS:
                for name, rival_times in taken.items():
                    rival_times.append(self._time(name, contenders[name][1]))
        ratios = [copied / crawled for copied, crawled in zip(self._copied, seconds, strict=True)]
        rate = self._reviews / statistics.median(seconds)
        figures: dict[str, Any] = {
            "crawl_per_second": round(rate),
            "reviews": self._reviews,
            "requests": requests,
            "connections": connections,
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
        for name in missing:
            figures |= {f"{name}_per_second": INSTALL, f"crawl_times_{name}": INSTALL}
        for name, times in taken.items():
            median = statistics.median(times)
            figures[f"{name}_per_second"] = round(self._reviews / median)
            figures[f"crawl_times_{name}"] = round(rate * median / self._reviews, 2)
            figures[f"cpu_us_per_review: {name}"] = self._micros(statistics.median(self._cpu_of_rivals[name]))
        return figures

    def _list_rivals(self, *, thorough: bool) -> dict[str, tuple[str, Callable[[], float]]]:
        """By name: the package that it needs, and what runs it once."""
        rivals: dict[str, tuple[str, Callable[[], float]]] = {
            "steamreviews": ("steamreviews", self._steamreviews),
            "dlt_tuned": ("dlt", self._dlt_tuned),
        }
        if thorough:
            rivals |= {"dlt_append": ("dlt", self._dlt_append), "dlt_merge": ("dlt", self._dlt_merge)}
        return rivals

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
        """Seconds for everything, from a sixteenth of the games: it takes one after another."""
        return ONE_GAME_IN * crawl_with_steamreviews(self._steam.url, self._appids[::ONE_GAME_IN])

    def _dlt_append(self) -> float:
        return self._dlt("append")

    def _dlt_merge(self) -> float:
        return self._dlt("merge")

    def _dlt_tuned(self) -> float:
        return self._dlt("append", tuned=True)

    def _dlt(self, disposition: str, *, tuned: bool = False) -> float:
        with self._server.fresh_url() as url:
            taken, stored = crawl_with_dlt(
                self._steam.url,
                url,
                self._appids,
                disposition=disposition,
                workers=self._concurrency,
                tuned=tuned,
            )
        _require(stored, self._reviews)
        return taken

    def _time(self, name: str, contender: Callable[[], float]) -> float:
        """Seconds of one run of a rival; its processor seconds are kept."""
        cpu = time.process_time()
        taken = contender()
        spent = (time.process_time() - cpu) * (ONE_GAME_IN if name == "steamreviews" else 1)
        self._cpu_of_rivals.setdefault(name, []).append(spent)
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
