"""Reads and writes `run_heartbeats`: signs of life of runs, by the database's own clock."""

from collections.abc import Sequence
from datetime import timedelta

from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import execute, fetch_column


class RunHeartbeatRepository:
    """Which runs are at work."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def upsert(self, run_id: str) -> None:
        """The run is alive."""
        sql = """
            insert into run_heartbeats (run_id) values (%(run_id)s)
            on conflict (run_id) do update set beat_at = clock_timestamp()
        """
        execute(self._conn, sql, {"run_id": run_id})

    def delete_many(self, run_ids: Sequence[str]) -> None:
        """These runs are at work no more."""
        execute(self._conn, "delete from run_heartbeats where run_id = any(%(run_ids)s)", {"run_ids": list(run_ids)})

    def list_known(self, run_ids: Sequence[str]) -> list[str]:
        """Those of these runs that have given a sign of life."""
        sql = "select run_id from run_heartbeats where run_id = any(%(run_ids)s)"
        return fetch_column(self._conn, sql, {"run_ids": list(run_ids)})

    def list_silent(self, silence: timedelta) -> list[str]:
        """Runs whose last sign of life is longer ago."""
        sql = "select run_id from run_heartbeats where beat_at < clock_timestamp() - %(silence)s order by beat_at"
        return fetch_column(self._conn, sql, {"silence": silence})
