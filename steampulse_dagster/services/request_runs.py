"""Connects wishes with the runs that fulfil them. Reads `tracked_games`, writes `work_requests`."""

from collections.abc import Mapping, Sequence

from steampulse_dagster.models.work_requests import WorkRequest
from steampulse_dagster.repositories.work_requests import WorkRequestRepository
from steampulse_dagster.utils.db import Database

TAKEN_AT_ONCE = 1_000
"""Most waiting wishes that one tick looks at."""
RUNS_AT_ONCE = 50
SHOWN_REQUESTS = 50
STOOD_FOR = "Its run ended early, and an equal request waits already."


class RequestRunService:
    """What waits, what runs, what became of it. Every method may be repeated. Blocks on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_queued(self) -> tuple[WorkRequest, ...]:
        """Waiting wishes, the oldest first."""
        with self._db.connection() as conn:
            return WorkRequestRepository(conn).list_queued(limit=TAKEN_AT_ONCE)

    def refuse_untracked(self) -> int:
        """End waiting wishes about games that nobody follows: such a game has no partition to record; how many."""
        with self._db.transaction() as conn:
            return WorkRequestRepository(conn).refuse_untracked()

    def mark_launched(self, request_ids: Sequence[int], *, run_id: str) -> None:
        """A run exists for these wishes."""
        with self._db.transaction() as conn:
            WorkRequestRepository(conn).mark_launched(request_ids, run_id=run_id)

    def list_launched(self) -> Mapping[str, tuple[WorkRequest, ...]]:
        """Wishes by the run that they wait for; of so many runs, those of the oldest wishes."""
        with self._db.connection() as conn:
            requests = WorkRequestRepository(conn)
            runs = requests.list_launched_runs(limit=RUNS_AT_ONCE)
            return {run_id: requests.list_by_run(run_id) for run_id in runs}

    def close(self, *, done: Sequence[int], failed: Mapping[int, str], again: Sequence[int]) -> None:
        """What became of wishes: fulfilled, failed with a reason, or to be taken up by another run."""
        with self._db.transaction() as conn:
            requests = WorkRequestRepository(conn)
            requests.mark_done(done)
            waiting = requests.requeue(again) if again else ()
            left = dict.fromkeys((one for one in again if one not in waiting), STOOD_FOR)
            if failed or left:
                requests.mark_failed({**failed, **left})

    def list_newest(self, *, limit: int = SHOWN_REQUESTS, appid: int | None = None) -> tuple[WorkRequest, ...]:
        """Wishes of all games or of one, the newest first."""
        with self._db.connection() as conn:
            return WorkRequestRepository(conn).list_newest(limit=limit, appid=appid)
