"""Reads long tables from a cursor of the server, so that neither side holds more than a batch of them.

Reads `reviews`, `games`, `current_reports`. Needs an open transaction, whose view of the database all batches share.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.exports import COLUMNS, Dataset
from steampulse_dagster.utils.db import execute, fetch_all

BATCH_ROWS = 5_000
IDLE_SECONDS = 120
"""A reader that takes nothing for this long loses its export: its view keeps the server from tidying up."""


class ExportRepository:
    """Rows for files, in the order of the data set's columns."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def limit_idling(self) -> None:
        """Let the server end this transaction if its reader falls asleep."""
        sql = "set local idle_in_transaction_session_timeout = %(ms)s"
        execute(self._conn, sql, {"ms": 1_000 * IDLE_SECONDS})

    def list_unknown(self, appids: Sequence[int]) -> list[int]:
        """Those of the appids that are not stored."""
        sql = """
            select appid from unnest(%(appids)s::bigint[]) as wanted (appid)
            where not exists (select from games where games.appid = wanted.appid) order by appid
        """
        return [row["appid"] for row in fetch_all(self._conn, sql, {"appids": list(appids)})]

    def list_reported(self, appids: Sequence[int] | None) -> list[int]:
        """Games with a current report, of these or of all, by appid."""
        sql = """
            select appid from report_heads where %(appids)s::bigint[] is null or appid = any(%(appids)s::bigint[])
            order by appid
        """
        params = {"appids": None if appids is None else list(appids)}
        return [row["appid"] for row in fetch_all(self._conn, sql, params)]

    def iterate_reviews(self, appids: Sequence[int] | None) -> Iterator[list[tuple[Any, ...]]]:
        """Batches of the reviews of these games, or of all, by appid and id."""
        columns = ", ".join(column.name for column in COLUMNS[Dataset.REVIEWS])
        # Ordered by the key, which the server follows from the first row on: nothing is sorted before it answers.
        where = "" if appids is None else "where appid = any(%(appids)s::bigint[])"
        sql = f"select {columns} from reviews {where} order by appid, recommendationid"  # noqa: S608 - constants
        with self._conn.cursor(name="export_reviews") as cur:
            cur.itersize = BATCH_ROWS
            cur.execute(sql, {"appids": None if appids is None else list(appids)})
            while rows := cur.fetchmany(BATCH_ROWS):
                yield rows
