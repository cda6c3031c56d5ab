"""Hands out turns at a host within a budget that may be shared with other processes through a ledger."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from steampulse_dagster.clients.budget_ledger import BudgetLedger, CircuitOpenError, HostHeldError, host_name
from steampulse_dagster.clients.local_ledger import LocalLedger
from steampulse_dagster.models.limits import Grant, HostBudget

RENEW_SECONDS = 0.25
"""Age at which a grant is renewed before the next request: how late a process learns of the others' pauses."""
HEARTBEAT_SECONDS = 2.0
"""Time between renewals while requests are open and none waits, so that the lease of the open ones lives on."""
LINGER_SECONDS = 2.0
"""Time without a request after which the lease is given back."""
OVERDUE_SECONDS = 0.25
"""A start that was missed by more is not used: a process that stood still must not send all of its block at once."""
PATIENCE_SECONDS = 60.0
"""A longer pause of a host is not waited for: its requests end, and waiting is the scheduler's business."""
_NEVER = float("-inf")

log = structlog.get_logger()


@dataclass
class _Host:
    name: str
    waiters: deque[asyncio.Future[None]] = field(default_factory=deque)
    active: int = 0
    peak: int = 0
    grant: Grant = field(default_factory=lambda: Grant(concurrency=0))
    starts: deque[float] = field(default_factory=deque)
    renewed_at: float = _NEVER
    held_until: float = _NEVER
    used_at: float = 0.0
    news: int = 0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def fail(self, error: BaseException) -> None:
        """Nobody who waits gets a turn."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                waiter.set_exception(error)

    def outdate(self) -> None:
        """What was granted no longer holds."""
        self.news += 1
        self.renewed_at = _NEVER
        self.starts.clear()
        self.wake.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


class Limiter:
    """Turns at hosts, first come first served. One object per event loop; everything that asks a host goes through it.

    A host is served by one task while it is in use; the ledger is asked by that task alone, at most once for a block
    of starts or a quarter of a second, whichever is longer.
    """

    def __init__(
        self,
        ledger: BudgetLedger,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[asyncio.Event, float], Awaitable[None]] = _wait,
    ) -> None:
        self._ledger = ledger
        self._monotonic = monotonic
        self._wait = wait
        self._hosts: dict[str, _Host] = {}

    def name_of(self, url: str) -> str:
        """The budget that a URL falls under: the longest known address that it begins with, else its host and port."""
        address = host_name(url)
        known = [name for name in self._ledger.hosts if address == name or address.startswith(f"{name}/")]
        return max(known, key=len) if known else address.split("/", 1)[0]

    @asynccontextmanager
    async def slot(self, name: str) -> AsyncIterator[None]:
        """Wait for a turn at a host, then be one of its open requests.

        Raises CircuitOpenError or HostHeldError without waiting, and DatabaseError from the ledger.
        """
        host = self._find(name)
        await self._take(host)
        try:
            yield
        finally:
            self._give_back(host)

    async def hold(self, name: str, *, seconds: float, status: int) -> None:
        """Start nothing at a host for so many seconds: it asked for a pause, and it counts by address."""
        host = self._find(name)
        host.held_until = max(host.held_until, self._monotonic() + seconds)
        host.outdate()
        await self._ledger.hold(name, seconds=seconds, status=status)

    async def refuse(self, name: str, *, status: int) -> datetime:
        """The host refused our address: ask it nothing until the returned moment."""
        host = self._find(name)
        host.outdate()
        until = await self._ledger.refuse(name, status=status)
        host.outdate()
        return until

    async def confirm(self, name: str) -> None:
        """A request was answered well; if it was the probe of a half-open circuit, the circuit closes."""
        host = self._find(name)
        if host.grant.probe:
            await self._ledger.confirm(name)
            host.outdate()

    async def close(self) -> None:
        """End the serving tasks and give everything back."""
        tasks = [host.task for host in self._hosts.values() if host.task is not None and not host.task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._ledger.close()

    def _find(self, name: str) -> _Host:
        if name not in self._hosts:
            self._hosts[name] = _Host(name)
        return self._hosts[name]

    async def _take(self, host: _Host) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        host.waiters.append(turn)
        host.peak = max(host.peak, host.active + len(host.waiters))
        self._ensure_served(host)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._give_back(host)
            raise

    def _give_back(self, host: _Host) -> None:
        host.active -= 1
        host.used_at = self._monotonic()
        host.wake.set()

    def _ensure_served(self, host: _Host) -> None:
        if host.task is None or host.task.done():
            host.wake = asyncio.Event()
            host.used_at = self._monotonic()
            host.task = asyncio.create_task(self._serve(host), name=f"turns at {host.name}")
            host.task.add_done_callback(lambda task: _pass_on(host, task))
        host.wake.set()

    async def _serve(self, host: _Host) -> None:
        while True:
            while await self._step(host):
                pass
            host.renewed_at = _NEVER
            await self._ledger.release(host.name)
            if not host.waiters:
                return

    async def _step(self, host: _Host) -> bool:
        """Do the next thing there is to do, or wait for one; False once the host has been unused for long enough."""
        while host.waiters and host.waiters[0].done():
            host.waiters.popleft()
        now = self._monotonic()
        if not host.waiters:
            return await self._idle(host, now)
        if now - host.renewed_at > RENEW_SECONDS:
            await self._renew(host)
        elif host.grant.blocked_until is not None:
            host.fail(CircuitOpenError(host.name, host.grant.blocked_until))
        elif host.held_until > now:
            await self._wait_out(host, now)
        elif host.active >= (1 if host.grant.probe else host.grant.concurrency):
            await self._pause(host, host.renewed_at + RENEW_SECONDS - now + 0.001)
        elif host.grant.starts_in is not None:
            await self._start_in_time(host, now)
        else:
            self._start(host)
        return True

    async def _idle(self, host: _Host, now: float) -> bool:
        if host.active:
            if now - host.renewed_at >= HEARTBEAT_SECONDS:
                await self._renew(host)
            else:
                await self._pause(host, HEARTBEAT_SECONDS)
            return True
        left = host.used_at + LINGER_SECONDS - now
        if left > 0:
            await self._pause(host, left)
        return left > 0

    async def _wait_out(self, host: _Host, now: float) -> None:
        left = host.held_until - now
        if left > PATIENCE_SECONDS and host.grant.held_until is not None:
            host.fail(HostHeldError(host.name, host.grant.held_until))
        else:
            # Not in one sleep: somebody may end the pause by hand.
            await self._pause(host, min(left, HEARTBEAT_SECONDS))

    async def _start_in_time(self, host: _Host, now: float) -> None:
        while host.starts and now - host.starts[0] > OVERDUE_SECONDS:
            host.starts.popleft()
        if not host.starts:
            await self._renew(host)
        elif host.starts[0] > now:
            await self._pause(host, host.starts[0] - now)
        else:
            host.starts.popleft()
            self._start(host)

    def _start(self, host: _Host) -> None:
        host.active += 1
        host.waiters.popleft().set_result(None)

    async def _renew(self, host: _Host) -> None:
        """Ask the ledger; nothing is started meanwhile, so that `active` is true until the answer is here."""
        news = host.news
        in_hand = len(host.starts)
        # No more is taken while there are starts to come: a killed process would take them all with it.
        starts = len(host.waiters) - in_hand if not in_hand or host.starts[-1] <= self._monotonic() else 0
        wanted = max(host.peak, host.active + len(host.waiters))
        host.peak = 0
        grant = await self._ledger.reserve(host.name, starts=max(0, starts), active=host.active, wanted=wanted)
        # Counted from the arrival of the answer: never earlier than the ledger meant.
        now = self._monotonic()
        host.grant = grant
        if news != host.news:
            return
        host.renewed_at = now
        host.held_until = now + grant.held_seconds if grant.held_seconds else _NEVER
        if grant.held_seconds or grant.blocked_until is not None:
            host.starts.clear()
        # A start that lay before the answer came is not overdue by that: only this process's own standing still counts.
        host.starts.extend(now + max(0.0, seconds) for seconds in grant.starts_in or ())

    async def _pause(self, host: _Host, seconds: float) -> None:
        host.wake.clear()
        await self._wait(host.wake, seconds)


def _pass_on(host: _Host, task: asyncio.Task[None]) -> None:
    """Whoever waits for a turn gets what ended the serving task: a ledger that failed, say."""
    if task.cancelled():
        for waiter in host.waiters:
            waiter.cancel()
    elif (error := task.exception()) is not None:
        if not host.waiters:
            log.warning("request_budget_failed", host=host.name, reason=str(error))
        host.renewed_at = _NEVER
        host.fail(error)


class HostLimiter(Limiter):
    """A budget for every host that is shared with no other process; for programs without a database."""

    def __init__(
        self,
        *,
        requests_per_second: float | None,
        concurrency: int,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[asyncio.Event, float], Awaitable[None]] = _wait,
    ) -> None:
        budget = HostBudget(requests_per_second=requests_per_second, concurrency=concurrency)
        super().__init__(LocalLedger(budget, monotonic=monotonic), monotonic=monotonic, wait=wait)
