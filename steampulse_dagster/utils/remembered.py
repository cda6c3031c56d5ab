"""Remembers answers: one for a while, where it may be a little old, or many for ever, where they never change."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
Key = TypeVar("Key", bound=Hashable)


class Remembered(Generic[Answer]):
    """Asks at most once in `seconds`, one thread at a time; a failure is not remembered.

    While one thread asks anew the others have the last answer, up to twice as old: nobody waits for a slow question.
    """

    def __init__(
        self, ask: Callable[[], Answer], *, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._clock = clock
        self._asking = Lock()
        self._known: tuple[float, Answer] | None = None

    def get(self) -> Answer:
        """The answer, not older than `seconds`, or twice that while it is asked for. Raises what asking raises."""
        known = self._known
        age = None if known is None else self._clock() - known[0]
        if known is not None and age is not None and age < self._seconds:
            return known[1]
        may_be_old = known is not None and age is not None and age < 2 * self._seconds
        if not self._asking.acquire(blocking=not may_be_old):
            assert known is not None
            return known[1]
        try:
            if self._known is known:
                self._known = (self._clock(), self._ask())
            assert self._known is not None
            return self._known[1]
        finally:
            self._asking.release()


class Recent(Generic[Key, Answer]):
    """The answers that were asked for last, at most `size`; for what never changes under its key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[Key, Answer] = OrderedDict()
        self._lock = Lock()

    def get_all(self, keys: Iterable[Key]) -> dict[Key, Answer]:
        """The answers that are known of these."""
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
            for key in found:
                self._known.move_to_end(key)
            return found

    def get_or_make(self, key: Key, make: Callable[[], Answer]) -> Answer:
        """The answer under this key, made and kept if it is not known. `make` must be quick: others wait for it."""
        with self._lock:
            if key not in self._known:
                self._known[key] = make()
                self._forget()
            self._known.move_to_end(key)
            return self._known[key]

    def keep(self, answers: Mapping[Key, Answer]) -> None:
        """Remember these, and forget as many of those that were not asked for the longest."""
        with self._lock:
            self._known.update(answers)
            self._forget()

    def _forget(self) -> None:
        while len(self._known) > self._size:
            self._known.popitem(last=False)
