"""Measures of one design of `reviews`, for `ingest_at_size.py`: filling, storing, reading, upkeep."""

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, BinaryIO

from psycopg2.extensions import connection as Connection

from benchmarks.review_designs import DESIGNS
from benchmarks.size_workload import BATCH, MIDDLING_GAMES, SMALL_GAMES, Batch, build_batches, list_queries
from benchmarks.sized_reviews import GIANT, drop_indexes, fill_reviews, fresh_database
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.utils.db import Database, execute, fetch_all, fetch_one

WARM_UP = 3
FLAT = (
    "facts_of_2000", "unchunked_of_2000", "waiting_of_2000", "hashes_of_2000", "chunk_of_50", "count_of_2000",
    "page_newest", "page_older", "page_helpful",
)  # fmt: skip
"""Questions about a game of 2,000: the time of all of them together is held to an aim. Those about all games grow
with the games."""
FLAT_FOR_A_GIANT = (
    "facts_of_giant",
    "waiting_of_giant",
    "count_of_giant",
    "page_newest_of_giant",
    "page_older_of_giant",
)
"""The same of a game of 100,000. Not among them: what reads the rows themselves, wherever they lie, such as hashes."""


def measure_design(server_url: str, design: str, rows: int, batches: int) -> dict[str, Any]:
    """Fill a large table of this design, then store and read in it and in a small one of the same design."""
    with fresh_database(server_url) as large, fresh_database(server_url) as small:
        figures: dict[str, Any] = {"rows": rows, **_fill(large, design, rows)}
        _apply(small, design)
        _copy_games(large, small, SMALL_GAMES)
        with large.connection() as conn:
            work = build_batches(conn, batches)
        figures |= _measure_ingest(large, small, work)
        _copy_games(large, small, [GIANT, *MIDDLING_GAMES])
        figures |= _measure_reading(large, small)
        figures |= _measure_upkeep(large)
        return figures


def _copy_out(conn: Connection, appids: Sequence[int], file: BinaryIO) -> None:
    columns = ", ".join(_list_columns(conn))
    games = ", ".join(map(str, appids))
    # In no order that helps: as scattered as in the large table.
    sql = f"select {columns} from reviews where appid in ({games}) order by hashint8(recommendationid)"  # noqa: S608
    with conn.cursor() as cur:
        cur.copy_expert(f"copy ({sql}) to stdout", file)


def _copy_in(database: Database, file: BinaryIO) -> None:
    file.seek(0)
    with database.transaction() as conn, conn.cursor() as cur:
        cur.copy_expert(f"copy reviews ({', '.join(_list_columns(conn))}) from stdin", file)
    with database.connection() as conn:
        execute(conn, "vacuum (freeze, analyze) reviews")


def _copy_games(large: Database, small: Database, appids: Sequence[int]) -> None:
    with tempfile.TemporaryFile() as file:
        with large.connection() as conn:
            _copy_out(conn, appids, file)
        _copy_in(small, file)


def _list_columns(conn: Connection) -> list[str]:
    sql = """
        select column_name from information_schema.columns
        where table_schema = current_schema and table_name = 'reviews' order by column_name
    """
    return [row["column_name"] for row in fetch_all(conn, sql)]


def _apply(database: Database, design: str) -> None:
    with database.transaction() as conn:
        DESIGNS[design](conn)


def _fill(large: Database, design: str, rows: int) -> dict[str, Any]:
    _apply(large, design)
    started = time.perf_counter()
    with large.transaction() as conn:
        # One transaction with the truncation: what is written to a new file needs no log.
        indexes = drop_indexes(conn)
        execute(conn, "truncate reviews")
        fill_reviews(conn, rows)
        filled = time.perf_counter()
        execute(conn, "set local maintenance_work_mem = '512MB'")
        for statement in indexes:
            execute(conn, statement)
    indexed = time.perf_counter()
    with large.connection() as conn:
        execute(conn, "vacuum (freeze, analyze) reviews")
        execute(conn, "checkpoint")
        sizes = fetch_one(conn, _SIZES) or {}
    return {
        "fill_seconds": round(filled - started, 1),
        "index_seconds": round(indexed - filled, 1),
        "vacuum_seconds": round(time.perf_counter() - indexed, 1),
        **{name: round(float(size) / 1e6, 1) for name, size in sizes.items()},
    }


# Partitions are added up; the table above them is empty, and a plain table has none.
_SIZES = """
    select sum(pg_relation_size(relid)) as heap_mb, sum(pg_indexes_size(relid)) as indexes_mb,
        sum(pg_total_relation_size(relid) - pg_relation_size(relid) - pg_indexes_size(relid)) as toast_mb
    from (select relid::oid from pg_partition_tree('reviews') union select 'reviews'::regclass::oid) tables
"""


def _measure_ingest(large: Database, small: Database, batches: Sequence[Batch]) -> dict[str, Any]:
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    logged: dict[tuple[str, str], int] = defaultdict(int)
    sides = {"large": large, "small": small}
    for number, batch in enumerate(batches):
        for side in sorted(sides, reverse=bool(number % 2)):
            before = _get_log_position(large)
            started = time.perf_counter()
            with sides[side].transaction() as conn:
                ReviewRepository(conn).upsert_many(batch.appid, batch.reviews)
            seconds[batch.kind, side].append(time.perf_counter() - started)
            logged[batch.kind, side] += _get_log_position(large) - before
    figures: dict[str, Any] = {}
    totals, of_a_row = dict.fromkeys(sides, 0.0), dict.fromkeys(sides, 0.0)
    kinds = list(dict.fromkeys(batch.kind for batch in batches))
    for kind in kinds:
        spent = {side: sum(seconds[kind, side][WARM_UP:]) for side in sides}
        count = len(seconds[kind, "large"])
        rows = BATCH * (count - WARM_UP)
        figures[f"{kind}, rows/s"] = round(rows / spent["large"])
        figures[f"{kind}, ratio"] = round(spent["small"] / spent["large"], 2)
        figures[f"{kind}, log bytes/row"] = round(logged[kind, "large"] / (BATCH * count))
        totals = {side: totals[side] + spent[side] for side in sides}
        of_a_row = {side: of_a_row[side] + spent[side] / rows / len(kinds) for side in sides}
    settled = {side: _settle_words(database) for side, database in sides.items()}
    figures["words settled, s"] = round(settled["large"], 2)
    figures["words settled, ratio"] = round(settled["small"] / settled["large"], 2)
    edits = {side: sum(seconds["edits", side][WARM_UP:]) + settled[side] for side in sides}
    figures["edits, ratio with all words that waited"] = round(edits["small"] / edits["large"], 2)
    totals = {side: totals[side] + settled[side] for side in sides}
    of_a_row = {side: of_a_row[side] + settled[side] / (BATCH * len(batches)) for side in sides}
    return {
        **figures,
        "ingest_ratio": round(of_a_row["small"] / of_a_row["large"], 2),
        "ingest_ratio, of all that was stored": round(totals["small"] / totals["large"], 2),
    }


def _settle_words(database: Database) -> float:
    """Seconds in which the words that still wait are put into their index: it belongs to what was stored."""
    started = time.perf_counter()
    with database.connection() as conn:
        execute(
            conn,
            "select gin_clean_pending_list(indexrelid) from pg_index join pg_class on pg_class.oid = indexrelid "
            "where relname like '%words%' and relkind = 'i'",
        )
    return time.perf_counter() - started


def _get_log_position(database: Database) -> int:
    """Bytes that the server has written to its log of changes since it exists."""
    with database.connection() as conn:
        row = fetch_one(conn, "select (pg_current_wal_insert_lsn() - '0/0')::bigint as position")
    return 0 if row is None else int(row["position"])


def _measure_reading(large: Database, small: Database) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    sums = {flat: {"large": 0.0, "small": 0.0} for flat in (FLAT, FLAT_FOR_A_GIANT)}
    for query in list_queries():
        spent: dict[str, list[float]] = {"large": [], "small": []}
        rounds = max(5, len(query.appids))
        for number in range(rounds):
            for side, database in sorted({"large": large, "small": small}.items(), reverse=bool(number % 2)):
                with database.connection() as conn:
                    query.ask(conn, query.appids[-1]) if number == 0 else None
                    started = time.perf_counter()
                    query.ask(conn, query.appids[number % len(query.appids)])
                    spent[side].append(time.perf_counter() - started)
        # The best quarter: what a busy machine adds to single answers of a millisecond is not what is asked.
        usual = {side: statistics.quantiles(times, n=4)[0] for side, times in spent.items()}
        figures[f"{query.name}, ms"] = round(1000 * usual["large"], 2)
        figures[f"{query.name}, ratio"] = round(usual["small"] / usual["large"], 2)
        for flat, sides in sums.items():
            if query.name in flat:
                sums[flat] = {side: sides[side] + usual[side] for side in sides}
    middling, giant = (round(sides["small"] / sides["large"], 2) for sides in sums.values())
    return {**figures, "reading_ratio": middling, "giant_ratio": giant}


def _measure_upkeep(large: Database) -> dict[str, Any]:
    """What a vacuum after the edits takes, all indexes cleaned; which updates needed no index; pages of a game."""
    with large.connection() as conn:
        execute(conn, "select pg_stat_force_next_flush()")
        updates = (
            fetch_one(
                conn,
                "select sum(n_tup_upd) as updated, sum(n_tup_hot_upd) as hot from pg_stat_user_tables "
                "where relname like 'reviews%'",
            )
            or {}
        )
        started = time.perf_counter()
        execute(conn, "vacuum (index_cleanup on) reviews")
        vacuumed = time.perf_counter() - started
        return {
            "hot_share_of_updates": round(float(updates["hot"] or 0) / max(1, float(updates["updated"] or 0)), 2),
            "vacuum_after_edits_seconds": round(vacuumed, 1),
            "pages_of_2000": _count_pages(conn, MIDDLING_GAMES[0]),
            "pages_of_giant": _count_pages(conn, GIANT),
        }


def _count_pages(conn: Connection, appid: int) -> int:
    """Distinct pages of the table that hold a game's reviews."""
    sql = """
        select count(distinct tableoid::bigint::text || split_part(ctid::text, ',', 1)) as n
        from reviews where appid = %(appid)s
    """
    row = fetch_one(conn, sql, {"appid": appid})
    return 0 if row is None else int(row["n"])
