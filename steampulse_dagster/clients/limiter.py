"""Rate and concurrency limits per host, within this process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class _HostState:
    open_slots: asyncio.Semaphore
    next_start: float = 0.0


class HostLimiter:
    """Hands out slots: at most `concurrency` open requests a host, started at most `requests_per_second`.

    `requests_per_second` None means no rate limit. One object per event loop. Everything that may start a request
    goes through `slot`, so a limiter shared between processes can take its place here alone.
    """

    def __init__(
        self,
        *,
        requests_per_second: float | None,
        concurrency: int,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = 0.0 if requests_per_second is None else 1.0 / requests_per_second
        self._concurrency = concurrency
        self._monotonic = monotonic
        self._sleep = sleep
        self._hosts: dict[str, _HostState] = {}

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at `host`, then hold one of its open slots."""
        state = self._host(host)
        async with state.open_slots:
            await self._wait_for_turn(state)
            yield

    def hold(self, host: str, *, seconds: float) -> None:
        """Start nothing at `host` for so many seconds: the host asked for a pause, and it counts by address."""
        state = self._host(host)
        state.next_start = max(state.next_start, self._monotonic() + seconds)

    async def _wait_for_turn(self, state: _HostState) -> None:
        now = self._monotonic()
        start = max(now, state.next_start)
        state.next_start = start + self._interval
        if start > now:
            await self._sleep(start - now)

    def _host(self, host: str) -> _HostState:
        if host not in self._hosts:
            self._hosts[host] = _HostState(open_slots=asyncio.Semaphore(self._concurrency))
        return self._hosts[host]
