"""A language model that keeps the books: a stored answer costs nothing, a new one is reserved, asked for and stored."""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator

import structlog

from steampulse_dagster.errors import AnalystError, DatabaseError, UnknownOutcomeError
from steampulse_dagster.models.costs import HeldElsewhere, Reservation
from steampulse_dagster.models.llm import Delivery, LanguageModel, ModelReply, ModelRequest
from steampulse_dagster.services.ledger import LEASE, Claim, Ledger, get_spending_run
from steampulse_dagster.utils.together import Together

log = structlog.get_logger()

TRIES = 2
"""A call whose answer was never seen is made once more, with money of its own; clients do not repeat it themselves."""
FIRST_LOOK_SECONDS = 0.25
LAST_LOOK_SECONDS = 5.0
"""How often another process's call is looked after: first and, after doubling, at most this far apart."""
CLAIMS_TOGETHER = 16
"""Estimating takes milliseconds each, and the first of a batch waits for the last."""
RENEW_SECONDS = LEASE.total_seconds() / 3


class PaidModel:
    """Implements LanguageModel in front of another one. Callers who ask the same share one call and one bill, in this
    process and across processes."""

    def __init__(self, model: LanguageModel, ledger: Ledger, *, renew_seconds: float = RENEW_SECONDS) -> None:
        self._model = model
        self._ledger = ledger
        self._renew_seconds = renew_seconds
        self._own_run = f"process-{uuid.uuid4().hex}"
        self._open: dict[str, asyncio.Task[ModelReply]] = {}
        self._answered: set[str] = set()
        """Calls whose answer is here and being stored."""
        # Together: each commit waits for the disk, and the ledger lets one after another write.
        self._claims: Together[tuple[ModelRequest, str], Claim] = Together(ledger.claim_each, most=CLAIMS_TOGETHER)
        self._answers: Together[tuple[Reservation, ModelReply], ModelReply] = Together(ledger.settle_each)

    async def answer(self, request: ModelRequest) -> ModelReply:
        """The stored answer, or a new one, stored before it is returned.

        Raises what the model raises, BudgetError where a limit forbids the call, ConfigError where its price is not
        known, and a retryable AnalystError while the request is part of a bulk job. A caller that is cancelled leaves
        the call going: it is paid for, and its answer is stored for the next who asks.
        """
        key = request.request_key
        task = self._open.get(key)
        if task is None:
            task = asyncio.create_task(self._answer(request))
            self._open[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """End calls that outlived their callers; to be awaited before the wrapped model is closed.

        What was asked is paid for: its answer is waited for and stored. What still waits for its turn is not asked.
        """
        for key, task in self._open.items():
            if key not in self._answered:
                task.cancel()
        while self._open:
            await asyncio.wait(list(self._open.values()))

    def _forget(self, key: str, done: asyncio.Task[ModelReply]) -> None:
        if self._open.get(key) is done:
            del self._open[key]
        if not done.cancelled():
            # Seen, even if every caller is gone: asyncio would complain on standard error.
            done.exception()

    async def _answer(self, request: ModelRequest) -> ModelReply:
        for tries_left in range(TRIES - 1, -1, -1):
            claim = await self._claim(request)
            if isinstance(claim, ModelReply):
                return claim
            try:
                return await self._call(request, claim)
            except UnknownOutcomeError:
                if not tries_left:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    async def _claim(self, request: ModelRequest) -> ModelReply | Reservation:
        """The stored answer or the right to call; waits while another process makes the same call."""
        pause = FIRST_LOOK_SECONDS
        while True:
            claim = await self._claim_once(request)
            match claim:
                case HeldElsewhere(delivery=Delivery.BATCH):
                    raise AnalystError(
                        f"A question about {request.appid} ({request.purpose.value}) is part of a bulk job that has "
                        "not ended; its answer comes with the job.",
                        retryable=True,
                        appid=request.appid,
                    )
                case HeldElsewhere():
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LAST_LOOK_SECONDS)
                case _:
                    return claim

    async def _claim_once(self, request: ModelRequest) -> ModelReply | Reservation | HeldElsewhere:
        run_id = get_spending_run() or self._own_run
        claiming = asyncio.ensure_future(self._claims.do((request, run_id)))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            # The thread goes on: what it reserves is given back, because nothing will be asked.
            claim = await claiming
            if isinstance(claim, Reservation):
                await self._note_failure(claim, AnalystError("Stopped before anything was asked."))
            raise

    async def _call(self, request: ModelRequest, reservation: Reservation) -> ModelReply:
        started = time.monotonic()
        async with self._kept_alive(reservation):
            try:
                reply = await self._model.answer(request)
            except BaseException as error:
                await self._note_failure(reservation, error)
                raise
            if reply.latency_ms is None:
                reply = reply.model_copy(update={"latency_ms": round((time.monotonic() - started) * 1000)})
            self._answered.add(request.request_key)
            try:
                # Not cancelled with this task: once the answer is here, it is stored.
                return await self._answers.do((reservation, reply))
            finally:
                self._answered.discard(request.request_key)

    async def _note_failure(self, reservation: Reservation, error: BaseException) -> None:
        """Plain AnalystErrors were not billed; of anything else (a lost answer, a cancelled call) nobody knows."""
        unknown = isinstance(error, UnknownOutcomeError) or not isinstance(error, AnalystError)
        words = str(error) or type(error).__name__
        try:
            await asyncio.to_thread(self._ledger.fail, reservation, error=words, outcome_unknown=unknown)
        except DatabaseError as outage:
            # The reservation runs out by itself and counts as spent; the model's error matters more to the caller.
            log.warning("failure_not_noted", call_id=reservation.call_id, error=outage.message)

    @contextlib.asynccontextmanager
    async def _kept_alive(self, reservation: Reservation) -> AsyncIterator[None]:
        """While inside, the reservation does not run out."""
        renewing = asyncio.create_task(self._renew(reservation.call_id))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, call_id: int) -> None:
        while True:
            await asyncio.sleep(self._renew_seconds)
            try:
                await asyncio.to_thread(self._ledger.renew, [call_id])
            except DatabaseError as outage:
                log.warning("reservation_not_renewed", call_id=call_id, error=outage.message)
