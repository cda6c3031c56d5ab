"""Do pages and API stay quick on 10,000 games and 2,000,000 reviews at 100 requests a second?

`steampulse serve` as users start it, on an embedded PostgreSQL of its own, is asked for game pages and overviews (any
game, any sort, filter and search) by a process of its own at a fixed rate, 100 requests a second in all; then the same
of the JSON routes. A page is of any of the games, each as likely as another. `page_first` are pages that nobody asked
for before, all different, which the server has to draw; then the page of every game is asked for once, and `page` are
pages that were drawn before, as on any later day.

Server, PostgreSQL and asking process share the machine's cores. A time runs from when a request was due
(benchmarks/open_load.py), so that nothing that waits goes uncounted: `wrk`, which asks again when it has its answer,
would leave out just that, and says here only how many answers a second there are at most. The aim is absolute, so it
holds for the machine that is named; what else ran is told by `other_load`, and what a request costs in all, server and
PostgreSQL together, by `…_cpu_ms`, which hardly depends on it; `asker_cpu_ms` is what asking took beside that.

Every statement that the readers run is explained by the server on these very tables: `whole_scans` are large tables
that a plan reads without an index. Questions about all games (totals, names of genres and tags) are asked once in a
while, not for each page, and are named apart.

    uv run python benchmarks/reading_load.py [--quick] [--rate 100] [--seconds 60] [--keep FOLDER] [--json]
"""

import argparse
import json
import os
import platform
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from benchmarks.reading_world import GENRES, TAGS, fill_reading_world
from benchmarks.sized_reviews import fresh_database, kept_database, server_on_disk
from steampulse_dagster.models.reading import GameFilter, GameSort, ReviewFilter, TrendStep
from steampulse_dagster.services.reading_games import GameReader
from steampulse_dagster.services.reading_reviews import ReviewReader
from steampulse_dagster.services.reading_signals import SignalReader
from steampulse_dagster.utils.db import Database, execute, fetch_all
from tests.query_plans import explain, list_whole_scans, recorded_statements

AIM_MS = 100.0
AIMED = ("page_first_p99_ms", "page_p99_ms", "overview_p99_ms")
START_SECONDS = 90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 games, 100,000 reviews: under 50 seconds")
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="fill a database there, or take the one of last time"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a killed run stops its servers and drops its files
    games, reviews, seconds = (1_000, 100_000, 6.0) if arguments.quick else (10_000, 2_000_000, arguments.seconds)
    result = run(games=games, reviews=reviews, rate=arguments.rate, seconds=seconds, kept=arguments.keep)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result["figures"].items():
        print(f"{name:28} {value}")
    print(f"aims {result['aims']}: {'met' if result['met'] else 'NOT met'}")


def run(*, games: int, reviews: int, rate: float, seconds: float, kept: Path | None = None) -> dict[str, Any]:
    """Fill a database, look at plans, then at times."""
    figures: dict[str, Any] = {}
    with server_on_disk(kept) as (url, folder):
        begin = time.perf_counter()
        with _filled_database(url, games=games, reviews=reviews, is_kept=bool(kept)) as database:
            figures["fill_seconds"] = round(time.perf_counter() - begin)
            figures.update(_measure_sizes(database))
            figures.update(_look_at_plans(database))
            appids = _list_appids(database)
            with _serve(database._url, folder) as (base, server):
                meter = CpuMeter(server, database)
                with database.connection() as conn:
                    execute(conn, "truncate drawn_pages")
                figures.update(_measure_times(base, appids, meter, rate=rate, seconds=seconds))
    aims = {**dict.fromkeys(AIMED, AIM_MS), "whole_scans": []}
    met = figures["whole_scans"] == [] and figures["failures"] == 0
    met = met and all(figures[name] <= AIM_MS for name in AIMED)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {"benchmark": "reading_load", "machine": machine, "figures": figures, "aims": aims, "met": met}


@contextmanager
def _filled_database(server_url: str, *, games: int, reviews: int, is_kept: bool) -> Iterator[Database]:
    """The database of this size: of its own, or one that is there the next time too."""
    fill = partial(fill_reading_world, reviews=reviews, reviews_a_game=max(1, reviews // games))
    if is_kept:
        with kept_database(server_url, f"reading_{games}_{reviews}", fill) as database:
            yield database
        return
    with fresh_database(server_url) as database:
        fill(database)
        yield database


def _measure_sizes(database: Database) -> dict[str, Any]:
    sql = """
        select (select count(*) from games) as games, (select count(*) from reviews) as reviews,
            (select count(*) from reports) as reports,
            (select avg(pg_column_size(report))::integer from reports) as report_bytes,
            pg_size_pretty(pg_table_size('reviews')) as reviews_size,
            pg_size_pretty(pg_relation_size('reviews_by_words')) as words_size,
            pg_size_pretty(pg_total_relation_size('game_figures')) as figures_size
    """
    with database.connection() as conn:
        return fetch_all(conn, sql)[0]


def _list_appids(database: Database) -> list[int]:
    with database.connection() as conn:
        return [row["appid"] for row in fetch_all(conn, "select appid from games order by appid")]


def _look_at_plans(database: Database) -> dict[str, Any]:
    appids = _list_appids(database)
    games, reviews, signals = GameReader(database), ReviewReader(database), SignalReader(database)
    middling = appids[len(appids) // 2]
    questions: list[Callable[[], object]] = [
        *(lambda sort=sort: games.list_games(GameFilter(sort=sort)) for sort in GameSort),
        *(lambda sort=sort: games.list_games(GameFilter(sort=sort, reverse=True)) for sort in GameSort),
        lambda: games.list_games(GameFilter(q="lantern")),
        lambda: games.list_games(GameFilter(genre="RPG", tag="Tag 7", min_reviews=50)),
        lambda: games.list_games(GameFilter(tag=f"Tag {TAGS - 1}", min_sentiment=0.5, min_hidden_gem=0.1)),
        lambda: games.get_page(middling),
        lambda: games.list_history(middling),
        lambda: games.compare(appids[:5]),
        lambda: signals.list_signals(middling),
        lambda: signals.list_evidence(middling, section="gameplay_friction"),
        lambda: reviews.get_trends(middling, step=TrendStep.WEEK),
        lambda: reviews.search(middling, ReviewFilter()),
        *(lambda q=q: reviews.search(10, ReviewFilter(q=q)) for q in ("the", "crash", '"save slots" -cheers')),
        lambda: reviews.search(middling, ReviewFilter(q="crash or freeze", voted_up=False, language="english")),
        lambda: reviews.search(None, ReviewFilter(q="watercolour uninstalled")),
    ]
    took: dict[str, float] = {}
    with recorded_statements() as statements:
        for question in questions:
            begin = time.perf_counter()
            question()
            took[str(len(took))] = time.perf_counter() - begin
    with recorded_statements() as rare:
        games.get_totals(), games.list_uncrawled(), games.list_genres(), games.list_tags()
    with database.connection() as conn:
        empty = {row["relname"] for row in fetch_all(conn, "select relname from pg_class where reltuples = 0")}
        scans = sorted({scan for one in set(statements) for scan in list_whole_scans(explain(conn, one))} - empty)
        rare_scans = sorted({scan for one in rare for scan in list_whole_scans(explain(conn, one))})
    return {
        "statements_explained": len(set(statements)),
        "whole_scans": scans,
        "whole_scans_once_in_a_while": rare_scans,
        "slowest_question_ms": round(1_000 * max(took.values()), 1),
    }


class CpuMeter:
    """Processor time of the server's processes and of PostgreSQL's for this database, from /proc: what a request costs
    whatever else the machine does."""

    def __init__(self, server: int, database: Database) -> None:
        self._server = server
        self._database = database

    def read(self) -> float:
        """Seconds so far."""
        children = Path(f"/proc/{self._server}/task/{self._server}/children").read_text().split()
        sql = "select pid from pg_stat_activity where datname = current_database()"
        with self._database.connection() as conn:
            backends = [row["pid"] for row in fetch_all(conn, sql)]
        return sum(_read_cpu_seconds(int(pid)) for pid in (self._server, *children, *backends))


def _read_cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _measure_times(base: str, appids: Sequence[int], meter: CpuMeter, *, rate: float, seconds: float) -> dict[str, Any]:
    rng = random.Random(11)
    pages = [f"/games/{rng.choice(appids)}" for _ in range(2_000)]
    overviews = [_build_overview(rng) for _ in range(2_000)]
    mixed = [path for pair in zip(pages, overviews, strict=True) for path in pair]
    first = [f"/games/{appid}" for appid in rng.sample(appids, min(len(appids), round(rate * seconds)))]
    kinds = {
        "page_first": first,
        "page": pages,
        "overview": overviews,
        "mixed": mixed,
        "json_game": [f"/api{path}" for path in pages],
        "json_games": [f"/api/games{path[1:]}" for path in overviews],
    }
    figures: dict[str, Any] = {"failures": 0}
    # Templates, connections and plans are there then, as on any other day.
    _ask(base, [*overviews, f"/games/{appids[0]}?quotes=open"], rate=rate / 4, seconds=3)
    for kind, paths in kinds.items():
        if kind == "page":
            figures["all_pages_first_seconds"] = _ask_all(base, [f"/games/{appid}" for appid in appids])
        figures["other_load"] = round(os.getloadavg()[0], 1)
        cpu = meter.read()
        found = _ask(base, paths, rate=rate, seconds=seconds)
        figures["asker_cpu_ms"] = round(1_000 * found["cpu_seconds"] / len(found["times"]), 1)
        figures[f"{kind}_cpu_ms"] = round(1_000 * (meter.read() - cpu) / len(found["times"]), 1)
        figures[f"{kind}_p50_ms"] = _quantile(found["times"], 0.5)
        figures[f"{kind}_p99_ms"] = _quantile(found["times"], 0.99)
        figures[f"{kind}_worst_ms"] = round(1_000 * found["times"][-1], 1)
        figures[f"{kind}_kb"] = round(found["bytes"] / len(found["times"]) / 1_000, 1)
        failed = {status: count for status, count in found["statuses"].items() if status != "200"}
        figures["failures"] += sum(failed.values())
        if failed:
            figures[f"{kind}_failed"] = failed
    for kind in ("page", "overview", "json_game", "json_games"):
        figures[f"{kind}_most_a_second"] = _measure_most(base, kinds[kind], seconds=min(seconds, 10))
    return figures


def _build_overview(rng: random.Random) -> str:
    """As people use it: mostly the first view, then other orders, filters and searches."""
    sort = rng.choice(list(GameSort)).value
    return rng.choice(
        (
            "/",
            "/",
            f"/?sort={sort}",
            f"/?sort={sort}&genre={rng.choice(GENRES[:6])}",
            f"/?tag=Tag+{1 + int(TAGS * rng.random() ** 3)}",
            f"/?q={rng.choice(('lantern', 'ke', 'frost+ga', 'zzz'))}",
        )
    )


def _ask(base: str, paths: Sequence[str], *, rate: float, seconds: float) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).with_name("open_load.py")), base, str(rate), str(seconds)]
    done = subprocess.run(
        command, input="\n".join(paths), capture_output=True, text=True, timeout=seconds + 120, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _ask_all(base: str, paths: Sequence[str]) -> float:
    """Seconds until each was answered once, four at a time."""

    def ask(some: Sequence[str]) -> None:
        with httpx.Client(base_url=base, headers={"Accept-Encoding": "gzip"}, timeout=60) as client:
            for path in some:
                client.get(path).raise_for_status()

    begin = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, [paths[number::4] for number in range(4)]))
    return round(time.perf_counter() - begin, 1)


def _measure_most(base: str, paths: Sequence[str], *, seconds: float) -> float | None:
    """Answers a second of 8 connections that ask without pause, by wrk; None where it is not installed."""
    if shutil.which("wrk") is None:
        return None
    listed = ", ".join(json.dumps(path) for path in paths[:500])
    script = f"local paths = {{ {listed} }}\nlocal n = 0\nrequest = function() n = n % #paths + 1\n"
    script += '  return wrk.format("GET", paths[n], {["Accept-Encoding"] = "gzip"}) end\n'
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", "-c8", f"-d{round(seconds)}s", "-s", file.name, base]
        told = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    return float(next(line.split()[1] for line in told.splitlines() if line.startswith("Requests/sec")))


def _quantile(times: Sequence[float], share: float) -> float:
    return round(1_000 * times[min(len(times) - 1, int(share * len(times)))], 1)


@contextmanager
def _serve(database_url: str, folder: Path) -> Iterator[tuple[str, int]]:
    """`steampulse serve` on that database; its address and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": database_url, "STEAMPULSE_DATA_DIR": str(folder / "served")}
    command = [str(Path(sys.executable).with_name("steampulse")), "serve", "--port", str(port)]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        base = f"http://127.0.0.1:{port}"
        try:
            _wait_until_ready(base)
            yield base, process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_ready(base: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(f"{base}/ready").status_code == 200:
                return
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
        time.sleep(0.2)


if __name__ == "__main__":
    main()
