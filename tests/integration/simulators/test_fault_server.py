"""Faults over a real socket, and what the client makes of them."""

import asyncio
import random
import time

import httpx
import pytest
from starlette.middleware import Middleware

from steampulse_dagster.clients.http_body import AnswerTooLargeError, fetch_whole
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.simulators.fault_middleware import FaultMiddleware
from steampulse_dagster.simulators.faults import Fault, FaultPlan
from steampulse_dagster.simulators.server import running_simulators
from tests.fault_world import TinyWorld

pytestmark = pytest.mark.integration


async def ask(name, *, seconds=20.0, limit=2**20):
    world = TinyWorld(random.Random(1))
    world.add_game(10, reviews=30)
    plan = FaultPlan([Fault(name, rate=1)], stall_seconds=5, endless_mebibytes=500)
    # A server in a thread: started and stopped away from the event loop.
    simulators = running_simulators(world, middleware=[Middleware(FaultMiddleware, plan=plan)])
    url = await asyncio.to_thread(simulators.__enter__)
    try:
        async with build_http_client(concurrency=1) as client:
            address = f"{url}/steam/IUserReviewsService/GetAppReviews/v1/"
            return await fetch_whole(client, address, params={"appid": "10"}, seconds=seconds, limit=limit)
    finally:
        await asyncio.to_thread(simulators.__exit__, None, None, None)


async def test_a_connection_that_ends_before_the_answer_is_a_failed_request():
    with pytest.raises(httpx.RequestError):
        await ask("refused")


async def test_a_connection_that_ends_in_the_middle_of_the_body_is_a_failed_request():
    with pytest.raises(httpx.RequestError):
        await ask("reset")


async def test_bytes_that_are_no_gzip_are_a_failed_request():
    with pytest.raises(httpx.RequestError):
        await ask("garbled")


@pytest.mark.parametrize("name", ["stall", "drip"])
async def test_an_answer_that_takes_too_long_ends_at_the_limit_of_time(name):
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await ask(name, seconds=0.5)
    assert time.monotonic() - started < 5


async def test_a_body_that_does_not_end_is_given_up_at_the_limit_of_size():
    with pytest.raises(AnswerTooLargeError, match="1048576"):
        await ask("endless")


async def test_an_ordinary_answer_comes_whole():
    answer = await ask("duplicates")
    assert answer.json()["response"]["reviews"]
