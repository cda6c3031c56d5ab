"""Work on many things side by side, where one that the analyst fails on does not stop the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from steampulse_dagster.errors import AnalystError

T = TypeVar("T")


async def run_each(
    things: Iterable[T], work: Callable[[T], Awaitable[None]], *, at_once: int
) -> list[tuple[T, AnalystError]]:
    """Do `work` for each, at most `at_once` at a time; returns what failed with an AnalystError, in the given order.

    Any other error ends the rest and is raised by itself, not within a group.
    """
    slots = asyncio.Semaphore(at_once)
    failed: dict[int, tuple[T, AnalystError]] = {}

    async def attempt(number: int, thing: T) -> None:
        async with slots:
            try:
                await work(thing)
            except AnalystError as error:
                failed[number] = (thing, error)

    try:
        async with asyncio.TaskGroup() as group:
            for number, thing in enumerate(things):
                group.create_task(attempt(number, thing))
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return [failed[number] for number in sorted(failed)]
