"""Remembers an answer for a while, for questions whose answer is the same for everybody and may be a little old."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """Asks at most once in `seconds`, one thread at a time; a failure is not remembered."""

    def __init__(
        self, ask: Callable[[], Answer], *, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._asking = Lock()
        self._known: tuple[float, Answer] | None = None

    def get(self) -> Answer:
        """The answer, not older than `seconds`. Raises what asking raises."""
        known = self._known
        if known is not None and self._clock() - known[0] < self._seconds:
            return known[1]
        with self._asking:
            if self._known is known:
                self._known = (self._clock(), self._ask())
            assert self._known is not None
            return self._known[1]
