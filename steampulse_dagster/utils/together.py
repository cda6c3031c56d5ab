"""Blocking work asked for one at a time, done many at a time: while one batch is at work, the next one gathers.

And work side by side, whose results come in order, and work that is seen to its end once it has begun."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Together(Generic[Item, Result]):
    """Of one event loop. `work` runs in a thread, one batch after another, and has a result or an error for each
    item, in their order; an error that it raises is everybody's."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result | Exception]], *, most: int = 500) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Result:
        """The result of this item. Who is cancelled leaves the item's work going."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            items = [item for item, _ in batch]
            work = asyncio.get_running_loop().run_in_executor(None, self._work, items)
            await asyncio.wait({work})
            error = work.exception()
            results = [error] * len(batch) if error is not None else work.result()
            for (_, done), result in zip(batch, results, strict=True):
                if done.done():
                    continue
                if isinstance(result, BaseException):
                    done.set_exception(result)
                else:
                    done.set_result(result)


async def run_all(works: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Side by side, results in order; the first failure that waiting does not cure is raised by itself, else the first
    of all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except ExceptionGroup as several:
        raise _choose(several) from None
    return [task.result() for task in tasks]


async def run_in_order(
    items: Iterable[Item],
    work: Callable[[Item], Coroutine[Any, Any, Result]],
    keep: Callable[[Result], Awaitable[None]],
    *,
    most: int,
) -> None:
    """Work on up to `most` items at once, and keep each result in the order of the items: an item is taken only once
    there is room for it, so that no more than `most` are ever held. Failures as with `run_all`."""
    under_way: deque[asyncio.Task[Result]] = deque()
    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                under_way.append(group.create_task(work(item)))
                if len(under_way) == most:
                    await keep(await under_way.popleft())
            while under_way:
                await keep(await under_way.popleft())
    except ExceptionGroup as several:
        raise _choose(several) from None


def _choose(several: ExceptionGroup[Exception]) -> Exception:
    return sorted(several.exceptions, key=lambda error: getattr(error, "retryable", False))[0]


async def finish(work: Awaitable[Result]) -> Result:
    """The result of work that must not be left half done: a cancellation meanwhile is forgotten."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
    return task.result()
