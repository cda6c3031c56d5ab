"""Gathers wishes for single apps into calls of a hundred; each waiter gets its own answer or its own error."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

from steampulse_dagster.errors import SteamApiError, SteamErrorKind

GATHER_SECONDS = 0.01
"""How long a call waits for more wishes: games that start together ask within a few milliseconds."""
KEEP_SECONDS = 3600.0
"""How long an answer that was fetched ahead of its wish stays good: prices and counts of the same hour are fresh."""
MOST_KEPT = 1_000
"""Answers fetched ahead that are kept in memory; the oldest go first and are fetched again when wished for."""

V = TypeVar("V")


@dataclass
class _Batch(Generic[V]):
    keys: dict[int, None] = field(default_factory=dict)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Mapping[int, V | SteamApiError]] | None = None


class BatchLoader(Generic[V]):
    """Many `load` calls, few requests. One object per event loop.

    `fetch` answers for up to `most` keys at once; keys that it leaves out do not exist (None).
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[int]], Awaitable[Mapping[int, V]]],
        *,
        most: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._most = most
        self._monotonic = monotonic
        self._gathering: _Batch[V] | None = None
        self._expected: dict[int, None] = {}
        self._kept: dict[int, tuple[float, V | None]] = {}

    def expect(self, keys: Iterable[int]) -> None:
        """Say what will be wished for soon, in its order: calls with room to spare fetch it along."""
        self._expected.update(dict.fromkeys(keys))

    async def load(self, key: int) -> V | None:
        """The answer for one key, None if there is no such thing. Raises SteamApiError if its call failed."""
        self._expected.pop(key, None)
        fetched_at, kept = self._kept.pop(key, (float("-inf"), None))
        if self._monotonic() - fetched_at < KEEP_SECONDS:
            return kept
        # Shielded: a waiter that is cancelled must not take the answer from the others.
        answers = await asyncio.shield(self._join_batch(key))
        answer = answers.get(key)
        if isinstance(answer, SteamApiError):
            raise answer
        return answer

    def _join_batch(self, key: int) -> asyncio.Task[Mapping[int, V | SteamApiError]]:
        batch = self._gathering
        if batch is None:
            batch = self._gathering = _Batch()
        if batch.task is None:
            batch.task = asyncio.create_task(self._run(batch))
        batch.keys[key] = None
        if len(batch.keys) >= self._most:
            batch.full.set()
            self._gathering = None
        return batch.task

    async def _run(self, batch: _Batch[V]) -> Mapping[int, V | SteamApiError]:
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                await batch.full.wait()
        if self._gathering is batch:
            self._gathering = None
        ahead = list(islice(self._expected, self._most - len(batch.keys)))
        for key in ahead:
            del self._expected[key]
        try:
            answers = await self._answer([*batch.keys, *ahead])
        except SteamApiError:
            self.expect(ahead)
            raise
        self._keep(ahead, answers)
        return answers

    def _keep(self, keys: Iterable[int], answers: Mapping[int, V | SteamApiError]) -> None:
        now = self._monotonic()
        for key in keys:
            answer = answers.get(key)
            if not isinstance(answer, SteamApiError):
                self._kept[key] = (now, answer)
        for oldest in list(islice(self._kept, max(0, len(self._kept) - MOST_KEPT))):
            del self._kept[oldest]

    async def _answer(self, keys: Sequence[int]) -> Mapping[int, V | SteamApiError]:
        answer = await self._try(keys)
        return await self._isolate(keys, answer) if isinstance(answer, SteamApiError) else answer

    async def _try(self, keys: Sequence[int]) -> Mapping[int, V] | SteamApiError:
        """An answer, or the refusal of the request as such; whatever concerns the whole host is raised."""
        try:
            return await self._fetch(keys)
        except SteamApiError as error:
            if error.kind is not SteamErrorKind.UNEXPECTED_SHAPE:
                raise
            return error

    async def _isolate(self, keys: Sequence[int], error: SteamApiError) -> Mapping[int, V | SteamApiError]:
        """Find the key that spoils its neighbours' call. If both halves are refused, it is no key but the service."""
        if len(keys) == 1:
            return {keys[0]: error}
        middle = len(keys) // 2
        halves = (keys[:middle], keys[middle:])
        answers = [await self._try(half) for half in halves]
        if all(isinstance(answer, SteamApiError) for answer in answers):
            return dict.fromkeys(keys, error)
        found: dict[int, V | SteamApiError] = {}
        for half, answer in zip(halves, answers, strict=True):
            found |= await self._isolate(half, answer) if isinstance(answer, SteamApiError) else answer
        return found
