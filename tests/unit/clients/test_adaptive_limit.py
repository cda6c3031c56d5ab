"""Open calls: never more than allowed, fewer after a refusal, first come first served; and one first call."""

import asyncio

import pytest

from steampulse_dagster.clients.adaptive_limit import AdaptiveLimit
from steampulse_dagster.clients.first_calls import WARM_SECONDS, FirstCalls

pytestmark = pytest.mark.unit


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def hold(limit, gate, order, number):
    async with limit.slot():
        order.append(number)
        await gate.wait()


async def test_no_more_calls_are_open_than_allowed_and_they_come_in_order():
    limit, gate, order = AdaptiveLimit(3), asyncio.Event(), []
    tasks = [asyncio.create_task(hold(limit, gate, order, number)) for number in range(8)]
    await settle()
    assert order == [0, 1, 2]
    gate.set()
    for task in tasks:
        await task
    assert order == list(range(8))


async def test_refusals_of_calls_that_were_open_together_shrink_the_limit_once():
    clock = Clock()
    limit = AdaptiveLimit(10, monotonic=clock)
    clock.now = 1.0
    limit.note_refused(0.5)
    limit.note_refused(0.5)
    assert limit.limit == 9
    clock.now = 2.0
    limit.note_refused(1.5)
    assert limit.limit == 8


async def test_the_limit_grows_by_one_for_each_round_and_never_beyond_the_most():
    limit = AdaptiveLimit(10)
    for _ in range(40):
        limit.note_refused(float("inf"))
    assert limit.limit == 1
    limit.note_answered()
    assert limit.limit == 2
    for _ in range(200):
        limit.note_answered()
    assert limit.limit == 10


async def test_a_caller_who_gives_up_waiting_takes_no_slot_along():
    limit, gate, order = AdaptiveLimit(1), asyncio.Event(), []
    first = asyncio.create_task(hold(limit, gate, order, 1))
    await settle()
    second = asyncio.create_task(hold(limit, gate, order, 2))
    third = asyncio.create_task(hold(limit, gate, order, 3))
    await settle()
    second.cancel()
    gate.set()
    await first
    await third
    assert order == [1, 3]


async def test_a_caller_cancelled_in_the_moment_of_its_turn_gives_the_slot_back():
    limit, gate, order = AdaptiveLimit(1), asyncio.Event(), []
    first = asyncio.create_task(hold(limit, gate, order, 1))
    await settle()
    second = asyncio.create_task(hold(limit, gate, order, 2))
    await settle()
    gate.set()
    await asyncio.wait({first})
    second.cancel()
    await asyncio.wait({second})
    async with asyncio.timeout(5), limit.slot():
        pass


async def test_the_first_call_goes_alone_and_the_rest_together():
    turns, gate, inside = FirstCalls(), asyncio.Event(), []

    async def call(number):
        async with turns.turn("prompt"):
            inside.append(number)
            await gate.wait()

    tasks = [asyncio.create_task(call(number)) for number in range(4)]
    await settle()
    assert inside == [0]
    gate.set()
    for task in tasks:
        await task
    assert sorted(inside) == [0, 1, 2, 3]


async def test_a_prompt_that_was_not_used_for_long_has_a_first_call_again():
    clock = Clock()
    turns, gate, inside = FirstCalls(monotonic=clock), asyncio.Event(), []

    async def call():
        async with turns.turn("prompt"):
            inside.append(clock.now)
            await gate.wait()

    async with turns.turn("prompt"):
        pass
    clock.now = WARM_SECONDS + 1
    tasks = [asyncio.create_task(call()) for _ in range(3)]
    await settle()
    assert len(inside) == 1
    gate.set()
    for task in tasks:
        await task


async def test_another_prompt_waits_for_nobody():
    turns = FirstCalls()
    async with turns.turn("one"), asyncio.timeout(5), turns.turn("two"):
        pass
