"""Keeps track of re-analyses: what each game is at, why, by which delivery, at what cost, and in which run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.models.analysis_jobs import AnalysisJob, AnalysisState, OpenedJob
from steampulse_dagster.models.llm import Delivery
from steampulse_dagster.repositories.analysis_jobs import JobRepository
from steampulse_dagster.services.ledger import get_spending_run
from steampulse_dagster.utils.db import Database

SHOWN_JOBS = 50


@dataclass
class TrackedWork:
    """What work on a game says of itself: the state that it ends in, and whether there was anything to do."""

    state: AnalysisState = AnalysisState.DONE
    worked: bool = False


class AnalysisJobService:
    """One row from the first chunk of a re-analysis to its report, over any number of runs. A game that has nothing new
    leaves no row."""

    def __init__(self, database: Database, *, analyst_key: str) -> None:
        self._db = database
        self._analyst_key = analyst_key

    @asynccontextmanager
    async def track(
        self, appid: int, *, mode: Delivery = Delivery.REAL_TIME, manual: bool = False
    ) -> AsyncIterator[TrackedWork]:
        """While inside, the game's job is running; it ends as the yielded work says, or as failed with the error."""
        job = await asyncio.to_thread(self._open, appid, mode, manual)
        work = TrackedWork()
        try:
            yield work
        except SteamPulseError as error:
            await asyncio.to_thread(self._mark, job, AnalysisState.FAILED, error.message)
            raise
        if work.worked or not job.is_new:
            await asyncio.to_thread(self._mark, job, work.state, None)
        else:
            await asyncio.to_thread(self._forget, job)

    def _open(self, appid: int, mode: Delivery, manual: bool) -> OpenedJob:
        with self._db.transaction(durable=False) as conn:
            return JobRepository(conn).open(
                appid, mode=mode, analyst_key=self._analyst_key, run_id=get_spending_run(), manual=manual
            )

    def _mark(self, job: OpenedJob, state: AnalysisState, error: str | None) -> None:
        with self._db.transaction(durable=False) as conn:
            JobRepository(conn).mark(job.job_id, state, error=error)

    def _forget(self, job: OpenedJob) -> None:
        with self._db.transaction(durable=False) as conn:
            JobRepository(conn).delete(job.job_id)


class AnalysisJobReader:
    """Reads jobs. Blocks on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_newest(self, *, limit: int = SHOWN_JOBS, appid: int | None = None) -> tuple[AnalysisJob, ...]:
        """Jobs of all games or of one, the newest first."""
        with self._db.connection() as conn:
            return JobRepository(conn).list_newest(limit=limit, appid=appid)
