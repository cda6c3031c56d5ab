"""A language model for gathering: it answers what is stored, notes what may wait for a job, asks the rest at once."""

import asyncio
from collections import Counter
from collections.abc import Callable

from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.costs import HeldElsewhere
from steampulse_dagster.models.llm import BULK_PURPOSES, Delivery, LanguageModel, ModelReply, ModelRequest
from steampulse_dagster.services.batch_pool import RequestPool
from steampulse_dagster.services.ledger import Ledger

JOB_TRIES = 2
"""A request that so many jobs could not answer is asked in real time."""


class WaitsForJobError(AnalystError):
    """The answer is not there yet: its request is in a bulk job, or noted for one."""


class BulkModel:
    """Implements LanguageModel. The ordinary pipeline on top of it goes as far as stored answers carry it and leaves
    behind, in the pool, the questions that it cannot go on without."""

    def __init__(
        self,
        real_time: LanguageModel,
        *,
        ledger: Ledger,
        pool: RequestPool,
        takes_jobs: Callable[[str], bool],
        count_failures: Callable[[str], int],
    ) -> None:
        self._real_time = real_time
        self._ledger = ledger
        self._pool = pool
        self._takes_jobs = takes_jobs
        self._count_failures = count_failures
        self.noted: Counter[int] = Counter()
        """Requests that were put into the pool, by game."""
        self.held: Counter[int] = Counter()
        """Requests that are in a job already, by game."""

    async def answer(self, request: ModelRequest) -> ModelReply:
        """The stored answer, or one in real time where no job will do. Raises WaitsForJobError for all else."""
        if request.purpose not in BULK_PURPOSES or request.attempt > 1 or not self._takes_jobs(request.model):
            return await self._real_time.answer(request)
        found = await asyncio.to_thread(self._look_up, request)
        match found:
            case ModelReply():
                return found
            case HeldElsewhere(delivery=Delivery.BATCH):
                self.held[request.appid] += 1
            case True:
                self.noted[request.appid] += 1
            case _:
                return await self._real_time.answer(request)
        raise WaitsForJobError("The answer comes with a bulk job.", retryable=True, appid=request.appid)

    def _look_up(self, request: ModelRequest) -> ModelReply | HeldElsewhere | bool:
        """What is known of a request; True if it is in the pool now, False if jobs have failed it."""
        if known := self._ledger.look_up(request.request_key):
            return known
        if self._count_failures(request.request_key) >= JOB_TRIES:
            return False
        self._pool.add(request, self._ledger.estimate(request, delivery=Delivery.BATCH))
        return True
