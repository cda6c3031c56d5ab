"""How many calls a service gets at once: as many as allowed, fewer while it says that it has too many."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

LEAST = 1.0
SHRINK = 0.9
"""On a refusal; a refusal for each of the calls that were under way together counts once. Milder than TCP's half: a
call lasts seconds, so that growing back takes long, and a refusal costs nothing but its repetition."""


class AdaptiveLimit:
    """Open slots of one event loop, first come, first served. Additive increase, multiplicative decrease."""

    def __init__(self, most: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = float(most)
        self._limit = float(most)
        self._open = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._shrunk_at = float("-inf")
        self._monotonic = monotonic

    @property
    def limit(self) -> int:
        """Calls that may be open at once now."""
        return int(self._limit)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """Wait for a slot and hold it; gives the moment at which it was had, for `note_refused`."""
        await self._enter()
        try:
            yield self._monotonic()
        finally:
            self._open -= 1
            self._let_in()

    def note_answered(self) -> None:
        """The service answered: one more slot for each round of answers."""
        self._limit = min(self._most, self._limit + 1.0 / self._limit)
        self._let_in()

    def note_refused(self, began: float) -> None:
        """The service had too much. Calls that began before the last shrinking are its cause, not news of it."""
        if began >= self._shrunk_at:
            self._limit = max(LEAST, self._limit * SHRINK)
            self._shrunk_at = self._monotonic()

    async def _enter(self) -> None:
        if not self._waiting and self._open < self.limit:
            self._open += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._open -= 1  # the slot was had and is not wanted any more
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._waiting and self._open < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._open += 1
