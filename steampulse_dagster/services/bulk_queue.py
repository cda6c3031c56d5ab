"""Which games are on their way through bulk jobs, and what is to be done for them next.

Reads `llm_batches`; writes `bulk_games`.
"""

from collections.abc import Mapping, Sequence

from steampulse_dagster.models.batches import GameState, GameStep
from steampulse_dagster.models.bulk_games import BulkLook, BulkState
from steampulse_dagster.repositories.bulk_games import BulkGameRepository
from steampulse_dagster.repositories.llm_batches import BatchRepository
from steampulse_dagster.utils.db import Database

MOST_RECORDING_RUNS = 3
"""A game that so many runs ended without a word about is given up."""
UNREACHED = "The runs that should have written its report ended before they came to it."


class BulkQueueService:
    """Keeps the state of games between runs; every method may be repeated. Blocks on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def look(self) -> BulkLook:
        """Where all games and jobs stand."""
        with self._db.connection() as conn:
            games = BulkGameRepository(conn)
            jobs = BatchRepository(conn).list_open()
            to_advance = games.list_to_advance()
            counts = games.count_by_state()
            return BulkLook(
                to_advance=to_advance,
                in_jobs=max(0, counts.get(BulkState.WAITING, 0) + counts.get(BulkState.QUEUED, 0) - len(to_advance)),
                ready=games.list_by_state(BulkState.READY),
                recording=games.list_recording(),
                ended_jobs=tuple(job.batch_id for job in jobs if job.status.ended),
                open_jobs=len(jobs),
            )

    def count_games(self) -> dict[BulkState, int]:
        """How many games stand where."""
        with self._db.connection() as conn:
            return BulkGameRepository(conn).count_by_state()

    def queue(self, appids: Sequence[int]) -> int:
        """Send tracked games on their way, unless they are on it already; how many are new."""
        with self._db.transaction() as conn:
            return BulkGameRepository(conn).queue(appids)

    def take_to_advance(self) -> tuple[int, ...]:
        """The games to put into jobs now; those that nobody follows any more are forgotten."""
        with self._db.transaction() as conn:
            games = BulkGameRepository(conn)
            games.delete_untracked()
            return games.list_to_advance()

    def note_steps(self, steps: Sequence[GameStep]) -> None:
        """What a submit found: a game waits for its jobs, or a run is to finish it and tell the outcome."""
        waiting = [step.appid for step in steps if step.state is GameState.WAITING]
        ready = [step.appid for step in steps if step.state is not GameState.WAITING]
        with self._db.transaction() as conn:
            games = BulkGameRepository(conn)
            games.mark(waiting, BulkState.WAITING)
            games.mark(ready, BulkState.READY)

    def hand_over(self, appids: Sequence[int], *, run_key: str) -> None:
        """Note the key of the run that is asked for to finish these games."""
        with self._db.transaction() as conn:
            BulkGameRepository(conn).mark(appids, BulkState.RECORDING, run_key=run_key)

    def close(self, run_key: str, *, done: Sequence[int], failed: Mapping[int, str]) -> None:
        """What became of the games of a run that has ended; those it did not come to are handed over once more."""
        with self._db.transaction() as conn:
            games = BulkGameRepository(conn)
            games.mark_recorded(run_key, done)
            games.mark_failed(run_key, failed)
            games.mark_unreached(run_key, most=MOST_RECORDING_RUNS, reason=UNREACHED)
