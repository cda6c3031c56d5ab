"""Reads and writes `analysis_samples`: how much of a game is analysed."""

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.analysis import AnalysisSample
from steampulse_dagster.utils.db import execute, fetch_one


class AnalysisSampleRepository:
    """One row for each game that is or was analysed under a cap."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, appid: int) -> AnalysisSample | None:
        """The game's sample; None for a game that never was above a cap."""
        sql = "select appid, rate, cap from analysis_samples where appid = %(appid)s"
        row = fetch_one(self._conn, sql, {"appid": appid})
        return None if row is None else AnalysisSample(**row)

    def upsert(self, sample: AnalysisSample) -> None:
        """Store a game's sample."""
        sql = """
            insert into analysis_samples (appid, rate, cap) values (%(appid)s, %(rate)s, %(cap)s)
            on conflict (appid) do update set rate = excluded.rate, cap = excluded.cap, changed_at = now()
        """
        execute(self._conn, sql, sample.model_dump())
