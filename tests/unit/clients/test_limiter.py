import asyncio

import pytest

from steampulse_dagster.clients.limiter import HostLimiter

pytestmark = pytest.mark.unit


class Time:
    """A clock that moves only by sleeping."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def monotonic(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(round(seconds, 6))
        self.now += seconds


def build_limiter(time, *, rate, concurrency=8):
    return HostLimiter(requests_per_second=rate, concurrency=concurrency, monotonic=time.monotonic, sleep=time.sleep)


async def test_requests_to_one_host_start_no_faster_than_the_rate():
    time = Time()
    limiter = build_limiter(time, rate=4)
    for _ in range(3):
        async with limiter.slot("api"):
            pass
    assert time.slept == [0.25, 0.25]


async def test_hosts_do_not_wait_for_each_other():
    time = Time()
    limiter = build_limiter(time, rate=1)
    async with limiter.slot("api"), limiter.slot("store"):
        pass
    assert time.slept == []


async def test_without_a_rate_nothing_waits():
    time = Time()
    limiter = build_limiter(time, rate=None)
    for _ in range(100):
        async with limiter.slot("api"):
            pass
    assert time.slept == []


async def test_a_pause_asked_for_by_the_host_holds_everyone_back():
    time = Time()
    limiter = build_limiter(time, rate=None)
    limiter.hold("api", seconds=30)
    async with limiter.slot("api"):
        pass
    assert time.slept == [30.0]


async def test_no_more_requests_are_open_than_allowed():
    limiter = HostLimiter(requests_per_second=None, concurrency=2)
    open_now = most = 0

    async def request():
        nonlocal open_now, most
        async with limiter.slot("api"):
            open_now += 1
            most = max(most, open_now)
            await asyncio.sleep(0)
            open_now -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(request())
    assert most == 2
