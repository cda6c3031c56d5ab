"""One call first, then the rest: calls with the same long beginning that start together would each pay to cache it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager

WARM_SECONDS = 270.0
"""A prompt cache keeps what was used within five minutes; half a minute less, because calls take time."""
MOST_WAIT_SECONDS = 20.0
"""What the others wait for the first; after that the higher price is the smaller harm."""


class FirstCalls:
    """Of one event loop. Who fails as the first lets the next one be it."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._warm_until: dict[Hashable, float] = {}
        self._turns: dict[Hashable, asyncio.Lock] = {}
        self._monotonic = monotonic

    @asynccontextmanager
    async def turn(self, beginning: Hashable) -> AsyncIterator[None]:
        """Inside, a call with this beginning may be made: at once if it was used lately, else after the first one."""
        lock = self._turns.setdefault(beginning, asyncio.Lock())
        first = not self._is_warm(beginning) and await self._wait(lock)
        try:
            if first and self._is_warm(beginning):
                lock.release()
                first = False
            yield
            self._warm_until[beginning] = self._monotonic() + WARM_SECONDS
        finally:
            if first:
                lock.release()

    async def _wait(self, lock: asyncio.Lock) -> bool:
        """Whether the lock was had; a first call that takes too long holds nobody up."""
        try:
            async with asyncio.timeout(MOST_WAIT_SECONDS):
                return await lock.acquire()
        except TimeoutError:
            return False

    def _is_warm(self, beginning: Hashable) -> bool:
        return self._monotonic() < self._warm_until.get(beginning, float("-inf"))
