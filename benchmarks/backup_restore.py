"""Is a backup that is taken in the middle of a crawl whole, and does the product go on from it on an empty PostgreSQL?

A child crawls and analyses the seeded world into one database, which already holds 1,000 games with reports and
250,000 reviews (benchmarks/reading_world.py; none with --quick). While it works, `pg_dump` takes that database, and
rows are counted and digested in the very snapshot that it takes. The dump is restored into an empty database: counts
and digests must equal those of the snapshot, table by table, Dagster's tables included. Then the product runs on both,
and what both hold at the end must be equal too. The comparison is fair because both go on against the same world.

    uv run python -m benchmarks.backup_restore [--quick] [--json]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from benchmarks.reading_world import fill_reading_world
from steampulse_dagster.embedded.places import packaged_binaries
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.db import Database, fetch_all, fetch_one
from tests.helpers import empty_database, running_server, short_lived_folder

RESULT = {
    "reviews": "select appid, recommendationid, content_hash from reviews order by 1, 2",
    "chunks": "select appid, chunk_no, content_hash from chunks order by 1, 2",
    "reports": "select appid, report_key from reports order by 1, 2",
}
ENOUGH_SUMMARIES = 2
"""The dump begins when so many chunks have been read, and games are still crawled and analysed."""
PATIENCE_SECONDS = 240.0
FILLED_GAMES, REVIEWS_A_GAME = 1_000, 250


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="the five smallest games, in a database that holds no more"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    result = run(quick=arguments.quick)
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result["figures"].items():
            print(f"{name:34} {value}")
        print("met" if result["met"] else "NOT met")


def run(*, quick: bool) -> dict[str, Any]:
    """Crawl, dump midway, restore, go on with both; what differs."""
    appids = [str(appid) for appid in SeededWorld().appids[-5 if quick else 0 :]]
    with (
        running_server() as server,
        short_lived_folder() as folder,
        running_simulators(SeededWorld()) as steam,
        empty_database(server) as source,
        empty_database(server) as target,
    ):
        if not quick:
            _fill(source)
        figures = _measure(source=source, target=target, folder=folder, steam=steam, appids=appids)
    aims = {"under load": True, "tables that differ": 0, "went on with the restored": True, "results that differ": 0}
    return {"figures": figures, "aims": aims, "met": all(figures[name] == aims[name] for name in aims)}


def _fill(url: str) -> None:
    migrate(url)
    database = Database(url, pool_size=2)
    fill_reading_world(database, reviews=FILLED_GAMES * REVIEWS_A_GAME, reviews_a_game=REVIEWS_A_GAME)
    database.close()


def _measure(*, source: str, target: str, folder: Path, steam: str, appids: list[str]) -> dict[str, Any]:
    _steampulse(source, folder / "a", steam, "track", *appids).communicate()
    child = _steampulse(source, folder / "a", steam, "run", *appids)
    _wait_for_work(source, child)
    dump = folder / "dump"
    started = time.monotonic()
    with _snapshot(source) as (conn, snapshot):
        _program("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={dump}", source)
        dump_seconds = time.monotonic() - started
        taken = _digest_tables(conn)
    busy = child.poll() is None
    child.communicate()
    started = time.monotonic()
    _program("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={target}", str(dump))
    restore_seconds = time.monotonic() - started
    with psycopg2.connect(target) as conn:
        restored = _digest_tables(conn)
    again = _steampulse(target, folder / "b", steam, "run", *appids, "--force")
    again.communicate()
    reports = _count(target, "reports") - taken["public.reports"][0]
    ends = [_digest_result(url) for url in (source, target)]
    return {
        "games": _count(source, "crawl_state"),
        "games crawled meanwhile": len(appids),
        "under load": busy,
        "rows in the dump": sum(count for count, _ in taken.values()),
        "reviews in the dump": taken["public.reviews"][0],
        "reviews at the end": int(ends[0]["reviews"].split()[0]),
        "database MB": round(_ask(source, "select pg_database_size(current_database()) as n") / 1e6, 1),
        "tables in the dump": len(taken),
        "dump MB": round(dump.stat().st_size / 1e6, 2),
        "dump seconds": round(dump_seconds, 1),
        "restore seconds": round(restore_seconds, 1),
        **measure_rows(source),
        "went on with the restored": again.returncode == 0 and reports > 0,
        "chunks that the dump did not have": _count(target, "chunks") - taken["public.chunks"][0],
        "reports that the dump did not have": reports,
        "tables that differ": sum(taken[name] != restored.get(name) for name in taken),
        "results that differ": sum(ends[0][name] != ends[1][name] for name in RESULT),
    }


def _steampulse(database: str, data_dir: Path, steam: str, *words: str) -> "subprocess.Popen[str]":
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("STEAMPULSE_", "DAGSTER_", "DATABASE_URL"))}
    settings = {
        "DATABASE_URL": database,
        "STEAMPULSE_DATA_DIR": str(data_dir),
        "STEAMPULSE_STEAM_API_URL": f"{steam}/steam",
        "STEAMPULSE_STEAM_STORE_URL": f"{steam}/store",
        "STEAM_API_KEY": "simulated",
        "STEAMPULSE_STEAM_REQUESTS_PER_SECOND": "1000",
        "STEAMPULSE_STEAM_STORE_REQUESTS_PER_SECOND": "1000",
        "STEAMPULSE_AUTHOR_SALT": "one",
    }
    program = Path(sys.executable).with_name("steampulse")
    return subprocess.Popen(
        [program, *words],
        env=inherited | settings,
        cwd=data_dir.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for_work(url: str, child: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _count(url, "chunk_summaries") < ENOUGH_SUMMARIES:
        if child.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the crawl ended too early: {child.communicate()[0]}")
        time.sleep(0.05)


def _count(url: str, table: str) -> int:
    """Rows of a table, 0 before it is made."""
    try:
        return _ask(url, f"select count(*) as n from {table}")  # noqa: S608 - a constant
    except psycopg2.errors.UndefinedTable:
        return 0


def _ask(url: str, question: str) -> int:
    with psycopg2.connect(url) as conn:
        return int((fetch_one(conn, question) or {})["n"])


@contextmanager
def _snapshot(url: str) -> Iterator[tuple[Connection, str]]:
    conn = psycopg2.connect(url)
    try:
        conn.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield conn, (fetch_one(conn, "select pg_export_snapshot() as name") or {})["name"]
    finally:
        conn.close()


def _program(name: str, *arguments: str) -> None:
    done = subprocess.run([packaged_binaries() / name, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name} failed: {done.stderr.replace(urlsplit(arguments[-1]).password or '***', '***')}")


def _digest_tables(conn: Connection) -> dict[str, tuple[int, str]]:
    """Rows of every table with a digest over all of them, in an order of their own."""
    rows = fetch_all(conn, "select schemaname, tablename from pg_tables where schemaname in ('public', 'dagster')")
    found = {}
    for row in rows:
        table = sql.Identifier(row["schemaname"], row["tablename"])
        with conn.cursor() as cur:
            digest = """
                select count(*), coalesce(md5(string_agg(hash, '' order by hash)), '')
                from (select md5(t::text) as hash from {} t) hashes
            """
            cur.execute(sql.SQL(digest).format(table))
            count, digested = cur.fetchone() or (0, "")
        found[f"{row['schemaname']}.{row['tablename']}"] = (int(count), str(digested))
    return found


def measure_rows(url: str) -> dict[str, int]:
    """Bytes on disk of a row with its indexes and long texts."""
    return {
        f"bytes a row of {table}": _ask(
            url,
            f"select pg_total_relation_size('{table}') / greatest(count(*), 1) as n from {table}",  # noqa: S608
        )
        for table in ("reviews", "chunks", "chunk_summaries", "reports", "games")
    }


def _digest_result(url: str) -> dict[str, str]:
    found = {}
    with psycopg2.connect(url) as conn:
        for name, text in RESULT.items():
            digest = f"select count(*) as n, md5(string_agg(t::text, '|')) as d from ({text}) t"  # noqa: S608 - constants
            row = fetch_one(conn, digest) or {}
            found[name] = f"{row['n']} {row['d']}"
    return found


if __name__ == "__main__":
    main()
