"""Blocking work done many at a time: each gets its own result or error, and nobody waits for ever."""

import asyncio
import threading

import pytest

from steampulse_dagster.utils.together import Together, run_all, run_in_order

pytestmark = pytest.mark.unit


async def test_what_is_asked_while_a_batch_is_at_work_goes_together_in_the_next():
    batches, begun, gate = [], threading.Event(), threading.Event()

    def work(items):
        batches.append(list(items))
        begun.set()
        gate.wait(5)
        return [item * 10 for item in items]

    together = Together(work)
    first = asyncio.create_task(together.do(1))
    await asyncio.to_thread(begun.wait, 5)
    rest = [asyncio.create_task(together.do(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    gate.set()
    assert [await task for task in (first, *rest)] == [10, 20, 30, 40]
    assert batches == [[1], [2, 3, 4]]


async def test_a_batch_has_at_most_so_many():
    batches = []

    def work(items):
        batches.append(len(items))
        return items

    together = Together(work, most=3)
    await run_all(together.do(number) for number in range(8))
    assert batches == [3, 3, 2]


async def test_an_error_for_one_is_nobody_elses():
    together = Together(lambda items: [ValueError("odd") if item % 2 else item for item in items])
    tasks = [asyncio.create_task(together.do(number)) for number in range(4)]
    await asyncio.wait(tasks)
    assert [tasks[0].result(), tasks[2].result()] == [0, 2]
    assert all(isinstance(tasks[at].exception(), ValueError) for at in (1, 3))


async def test_an_error_of_the_whole_batch_is_everybodys_and_the_next_goes_on():
    failures = [RuntimeError("away")]

    def work(items):
        if failures:
            raise failures.pop()
        return items

    together = Together(work)
    tasks = [asyncio.create_task(together.do(number)) for number in (1, 2)]
    await asyncio.wait(tasks)
    assert all(isinstance(task.exception(), RuntimeError) for task in tasks)
    assert await together.do(3) == 3


async def test_who_is_cancelled_leaves_the_work_to_be_done():
    done = []

    def work(items):
        done.extend(items)
        return items

    together = Together(work)
    gone = asyncio.create_task(together.do(1))
    await asyncio.sleep(0)
    gone.cancel()
    assert await together.do(2) == 2
    assert done == [1, 2]


class Passing(Exception):
    retryable = True


async def fail(error):
    await asyncio.sleep(0)
    raise error


async def give(value):
    return value


async def test_works_run_side_by_side_have_their_results_in_order():
    assert await run_all(give(number) for number in (3, 1, 2)) == [3, 1, 2]


async def test_of_several_failures_the_one_that_waiting_does_not_cure_is_raised():
    with pytest.raises(ValueError, match="odd"):
        await run_all([fail(Passing()), fail(ValueError("odd"))])
    with pytest.raises(ValueError, match="odd"):
        await run_in_order([Passing(), ValueError("odd")], fail, give, most=3)


async def test_results_are_kept_in_order_and_no_more_than_so_many_items_are_held():
    held, kept, most_held, overlapped = 0, [], 0, False

    def items():
        nonlocal held, most_held
        for number in range(20):
            held += 1
            most_held = max(most_held, held)
            yield number

    at_work = set()

    async def work(number):
        nonlocal overlapped
        at_work.add(number)
        for _ in range(number * 7 % 5 + 1):
            await asyncio.sleep(0)
            overlapped = overlapped or len(at_work) > 1
        at_work.remove(number)
        return number

    async def keep(number):
        nonlocal held
        held -= 1
        kept.append(number)

    await run_in_order(items(), work, keep, most=3)
    assert kept == list(range(20))
    assert overlapped
    assert most_held == 3


async def test_a_result_that_cannot_be_kept_ends_the_others():
    ended = []

    async def work(number):
        if number:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(number)

    with pytest.raises(OSError, match="full"):
        await run_in_order(range(9), work, lambda _: fail(OSError("full")), most=3)
    assert sorted(ended) == [1, 2]
