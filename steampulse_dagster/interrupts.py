"""Work in an event loop that a signal stops in order: what a Cancel in Dagster's UI becomes."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from dagster import DagsterExecutionInterruptedError

Result = TypeVar("Result")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_until_interrupted(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """`asyncio.run`, in which the first SIGINT or SIGTERM cancels the work and waits for it to leave in order.

    Dagster's own handler raises wherever the program happens to be: inside a task of the loop, say, where asyncio takes
    it for that task's failure. A second signal does what it did before. Raises DagsterExecutionInterruptedError for
    work that was cancelled by a signal.
    """
    interrupted = threading.Event()

    async def watch() -> Result:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None

        def stop() -> None:
            interrupted.set()
            task.cancel()

        with _first_signal(lambda: loop.call_soon_threadsafe(stop)):
            return await work()

    try:
        return asyncio.run(watch())
    except asyncio.CancelledError:
        if not interrupted.is_set():
            raise
        raise DagsterExecutionInterruptedError("Stopped by a signal; what was finished is stored.") from None


@contextmanager
def _first_signal(act: Callable[[], object]) -> Iterator[None]:
    """Inside, the first signal calls `act`; further ones go to whoever had them before."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may take signals
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def give_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def receive(_number: int, _frame: object) -> None:
        give_back()
        act()

    for number in SIGNALS:
        signal.signal(number, receive)
    try:
        yield
    finally:
        give_back()
