"""Signs of life of runs: who gives them, and whose have ceased. Works on `run_heartbeats`."""

from collections.abc import Sequence
from datetime import timedelta

from steampulse_dagster.repositories.run_heartbeats import RunHeartbeatRepository
from steampulse_dagster.utils.db import Database

BEATS_MISSED = 12
"""So many in a row, and a run counts as dead: a database that restarts or a machine that sleeps takes a few."""


class RunHeartbeatService:
    """Blocks on the database."""

    def __init__(self, database: Database, *, seconds: float) -> None:
        """`seconds`: between two signs of life."""
        self.seconds = seconds
        self._db = database

    def beat(self, run_id: str) -> None:
        """The run is at work. Raises DatabaseError."""
        with self._db.transaction(durable=False) as conn:
            RunHeartbeatRepository(conn).upsert(run_id)

    def end(self, run_ids: Sequence[str]) -> None:
        """These runs are at work no more. Raises DatabaseError."""
        with self._db.transaction(durable=False) as conn:
            RunHeartbeatRepository(conn).delete_many(run_ids)

    def list_unheard(self, run_ids: Sequence[str]) -> list[str]:
        """Those of these runs that have given no sign of life yet. Raises DatabaseError."""
        with self._db.connection() as conn:
            known = set(RunHeartbeatRepository(conn).list_known(run_ids))
        return [run_id for run_id in run_ids if run_id not in known]

    def list_dead(self) -> list[str]:
        """Runs that were at work and have given no sign of life for long. Raises DatabaseError."""
        with self._db.connection() as conn:
            return RunHeartbeatRepository(conn).list_silent(timedelta(seconds=self.seconds * BEATS_MISSED))
