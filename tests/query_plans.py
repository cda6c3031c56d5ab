"""Which statements were run, and how PostgreSQL goes about them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import Cursor

LARGE_TABLES = frozenset(
    {
        "chunk_summaries",
        "crawl_state",
        "game_figures",
        "game_genres",
        "game_tags",
        "games",
        "imported_games",
        "llm_calls",
        "report_heads",
        "reports",
        "reviews",
        "summary_nodes",
        "tracked_games",
    }
)
"""Tables that grow with the number of games or reviews."""


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """The statements that readers of rows run meanwhile, in this process, with their values."""
    found: list[str] = []
    execute, execute_planned = Cursor.execute, Cursor.execute_planned

    def record(self: Cursor, query: Any, vars: Any = None) -> Any:
        found.append(self.mogrify(query, vars).decode())
        return execute(self, query, vars)

    def record_planned(self: Cursor, sql: str, params: Any) -> None:
        found.append(self.mogrify(sql, params).decode())
        execute_planned(self, sql, params)

    Cursor.execute = record  # type: ignore[method-assign]
    Cursor.execute_planned = record_planned  # type: ignore[method-assign]
    try:
        yield found
    finally:
        del Cursor.execute
        Cursor.execute_planned = execute_planned  # type: ignore[method-assign]


def explain(conn: Connection, statement: str) -> dict[str, Any]:
    """The plan of a statement, which is not run."""
    with conn.cursor() as cur:
        cur.execute("explain (format json) " + statement)
        (plan,) = cur.fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return plan[0]["Plan"]


def list_nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan from its top."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from list_nodes(below)


def list_whole_scans(plan: dict[str, Any]) -> list[str]:
    """Large tables that the plan reads from end to end without an index."""
    return [
        node["Relation Name"]
        for node in list_nodes(plan)
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE_TABLES
    ]
