"""A Steam of any size for benchmarks, served by the product's simulator in a process of its own, and a scratch server.

The reviews are those of the largest game of the seeded world, over and over under ids, authors and times of their
own. A game's pages are made at its first walk and kept, so a crawl before the measurement leaves the simulator nothing
to do but to send.

    python -m benchmarks.synthetic_steam --games N --reviews N --latency-ms N --announce FILE
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, overload
from urllib.request import urlopen

from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from steampulse_dagster.embedded.supervisor import acquire, stop
from steampulse_dagster.repositories.databases import create_missing_databases, drop_database
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.simulators import steam_reviews
from steampulse_dagster.simulators.review_shelf import ReviewShelf
from steampulse_dagster.simulators.review_totals import build_query_summary
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import serve
from steampulse_dagster.simulators.traffic import TrafficLog, TrafficRules, build_traffic
from steampulse_dagster.utils.db import Database, fetch_one
from tests.helpers import with_database

FIRST_APPID = 1_000
_TRAFFIC_PATH = "/benchmark/traffic"
_PATIENCE_SECONDS = 30.0
_numbers = count()


class _Reviews(Sequence[Mapping[str, Any]]):
    """The reviews of one game, newest first."""

    def __init__(self, pool: Sequence[Mapping[str, Any]], *, appid: int, size: int) -> None:
        self._pool, self._appid, self._size = pool, appid, size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Mapping[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(self._size))]
        if not 0 <= place < self._size:
            raise IndexError(place)
        model = self._pool[(place + self._appid) % len(self._pool)]
        number = self._appid * 10_000_000 + self._size - place
        moment = 1_700_000_000 - 60 * place
        author = {**model["author"], "steamid": str(76_561_190_000_000_000 + number), "last_played": moment}
        return {
            **model,
            "recommendationid": str(number),
            "author": author,
            "timestamp_created": moment,
            "timestamp_updated": moment,
        }


class SyntheticWorld(SeededWorld):
    """`games` games of `reviews` reviews each."""

    def __init__(self, *, games: int, reviews: int) -> None:
        super().__init__()
        pool = super().list_reviews(self.appids[0]) or ()
        self._games = {appid: _Reviews(pool, appid=appid, size=reviews) for appid in list_appids(games)}

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        return self._games.get(appid)

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        if appid not in self._games:
            return None
        total = len(self._games[appid])
        return build_query_summary(positive=total // 2, negative=total - total // 2)


def list_appids(games: int) -> list[int]:
    """The games of a synthetic world."""
    return list(range(FIRST_APPID, FIRST_APPID + games))


@dataclass(frozen=True)
class Steam:
    """A simulator that is running."""

    url: str

    def fetch_traffic(self) -> tuple[int, int]:
        """Requests for reviews, and TCP connections they came over, since the simulator started."""
        with urlopen(self.url + _TRAFFIC_PATH) as answer:
            seen = json.load(answer)
        return seen["requests"], seen["connections"]

    def fetch_processor_seconds(self) -> float:
        """Processor time of the simulator since it started."""
        with urlopen(self.url + _TRAFFIC_PATH) as answer:
            return float(json.load(answer)["processor_seconds"])


@contextmanager
def running_steam(*, games: int, reviews: int, latency_ms: float = 0.0) -> Iterator[Steam]:
    """A simulator in a process of its own while the block runs; `latency_ms` is added to each answer."""
    with tempfile.TemporaryDirectory(prefix="steampulse-benchmark-") as folder:
        announce = Path(folder) / "steam.json"
        size = ["--games", str(games), "--reviews", str(reviews), "--latency-ms", str(latency_ms)]
        command = [sys.executable, "-m", "benchmarks.synthetic_steam", *size, "--announce", str(announce)]
        process = subprocess.Popen(command, cwd=Path(__file__).parent.parent)
        try:
            yield Steam(_wait_for(announce, process))
        finally:
            process.terminate()
            process.wait()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server for the time of a benchmark."""

    url: str

    def read_processor_seconds(self) -> float:
        """Processor time of the server and all its processes, those that have ended included; 0 without /proc."""
        database = Database(self.url, pool_size=1)
        with database.connection() as conn:
            folder = fetch_one(conn, "select current_setting('data_directory') as folder")
        database.close()
        assert folder is not None
        return _processor_seconds_of_family((Path(folder["folder"]) / "postmaster.pid").read_text().split()[0])

    @contextmanager
    def fresh_url(self) -> Iterator[str]:
        """A migrated, empty database; dropped afterwards."""
        name = f"benchmark_{os.getpid()}_{next(_numbers)}"
        create_missing_databases(self.url, [name])
        url = with_database(self.url, name)
        try:
            migrate(url)
            yield url
        finally:
            drop_database(self.url, name)

    @contextmanager
    def fresh_database(self, *, pool_size: int = 12) -> Iterator[Database]:
        """Connections to a database of that kind."""
        with self.fresh_url() as url:
            database = Database(url, pool_size=pool_size)
            try:
                yield database
            finally:
                database.close()


@contextmanager
def running_server() -> Iterator[Server]:
    """The embedded PostgreSQL with the product's own settings, on the disk of the temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="steampulse-benchmark-"))
    folder.chmod(0o711)
    try:
        with acquire(folder / "data") as lease:
            yield Server(lease.url("postgres"))
    finally:
        stop(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)


class _TrafficCount:
    """Counts requests for reviews and the connections they come over, and tells it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests = 0
        self._clients: set[Any] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == _TRAFFIC_PATH:
            seen = {"requests": self._requests, "connections": len(self._clients)}
            answer = JSONResponse({**seen, "processor_seconds": time.process_time()})
            await answer(scope, receive, send)
            return
        if scope["type"] == "http" and "GetAppReviews" in scope["path"]:
            self._requests += 1
            self._clients.add(tuple(scope["client"]))
        await self._app(scope, receive, send)


def _processor_seconds_of_family(parent: str) -> float:
    """Processor time of a process, of its children, and of those that it has outlived. Linux only: 0 elsewhere."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            of_ended = stat.parent.name == parent
            if of_ended or fields[1] == parent:
                ticks += sum(map(int, fields[11 : 15 if of_ended else 13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _wait_for(announce: Path, process: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not announce.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("The simulator of the benchmark did not start.")
        time.sleep(0.05)
    return str(json.loads(announce.read_text())["url"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--games", type=int, required=True)
    parser.add_argument("--reviews", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--keep-mb", type=int, default=1024, help="memory for pages that are made")
    parser.add_argument("--announce", type=Path, required=True)
    chosen = parser.parse_args()
    middleware = [Middleware(_TrafficCount)]
    if chosen.latency_ms:
        rules = TrafficRules(latency_seconds=chosen.latency_ms / 1000)
        middleware.append(build_traffic(TrafficLog(), rules))
    world = SyntheticWorld(games=chosen.games, reviews=chosen.reviews)
    # With the simulator's own limit a world of more than 70,000 reviews is made anew at each walk: 20 µs a review
    # instead of 6, on the cores that are to be measured.
    steam_reviews.ReviewShelf = partial(ReviewShelf, max_bytes=chosen.keep_mb * 2**20)  # type: ignore[misc,assignment]
    serve(world, announce=chosen.announce, parent=os.getppid(), middleware=middleware)


if __name__ == "__main__":
    main()
