"""A signal stops work in an event loop in order: what is awaited is cancelled, `finally` runs."""

import asyncio
import os
import signal
import time

import pytest
from dagster import DagsterExecutionInterruptedError

from steampulse_dagster.interrupts import run_until_interrupted

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_the_tasks_and_lets_them_put_things_in_order(number):
    left_in_order = []

    async def work():
        async with asyncio.TaskGroup() as group:
            for name in ("a", "b"):
                group.create_task(wait(name))
            await asyncio.sleep(0)
            os.kill(os.getpid(), number)

    async def wait(name):
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.to_thread(left_in_order.append, name)

    before = signal.getsignal(number)
    started = time.monotonic()
    with pytest.raises(DagsterExecutionInterruptedError):
        run_until_interrupted(work)

    assert sorted(left_in_order) == ["a", "b"]
    assert time.monotonic() - started < 10
    assert signal.getsignal(number) is before


def test_a_second_signal_does_what_it_did_before():
    def raise_at_once(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, raise_at_once)  # as Dagster does for the length of a step

    async def stubborn():
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)

    try:
        with pytest.raises(KeyboardInterrupt):
            run_until_interrupted(stubborn)
    finally:
        signal.signal(signal.SIGINT, before)


def test_work_that_is_not_disturbed_has_its_result_and_its_errors():
    async def answer():
        return 42

    async def fail():
        raise ValueError("wrong")

    assert run_until_interrupted(answer) == 42
    with pytest.raises(ValueError, match="wrong"):
        run_until_interrupted(fail)


def test_work_that_cancels_itself_is_no_interruption():
    async def cancel():
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_until_interrupted(cancel)
