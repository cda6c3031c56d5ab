import asyncio
from datetime import UTC, datetime

import pytest

from steampulse_dagster.clients.limiter import CircuitOpenError, HostHeldError, HostLimiter, Limiter, host_name
from steampulse_dagster.clients.local_ledger import LocalLedger
from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.models.limits import Grant, HostBudget

pytestmark = pytest.mark.unit

LATER = datetime(2027, 1, 1, tzinfo=UTC)


class Time:
    """A clock that moves only by waiting."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    async def wait(self, event, seconds):
        await asyncio.sleep(0)
        if not event.is_set():
            self.now += seconds


class ScriptedLedger:
    """Grants what it is told to, the last thing for ever, and remembers what it was asked."""

    hosts = ("api.test",)

    def __init__(self, *grants):
        self.grants = list(grants)
        self.asked = []
        self.confirmed = 0
        self.released = 0

    async def reserve(self, host, *, starts, active, wanted):
        self.asked.append({"starts": starts, "active": active, "wanted": wanted})
        grant = self.grants.pop(0) if len(self.grants) > 1 else self.grants[0]
        if isinstance(grant, Exception):
            raise grant
        return grant

    async def hold(self, host, *, seconds, status):
        pass

    async def refuse(self, host, *, status):
        return LATER

    async def confirm(self, host):
        self.confirmed += 1

    async def release(self, host):
        self.released += 1

    async def close(self):
        pass


async def until(happened):
    for _ in range(10_000):
        if happened():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not happen")


def build_limiter(time, *, rate, concurrency=8):
    return HostLimiter(requests_per_second=rate, concurrency=concurrency, monotonic=time.monotonic, wait=time.wait)


def over(ledger, time):
    return Limiter(ledger, monotonic=time.monotonic, wait=time.wait)


async def take(limiter, times, *, host="api.test", at=None):
    for _ in range(times):
        async with limiter.slot(host):
            if at is not None:
                at.append(round(limiter._monotonic() - 100, 6))


async def test_requests_to_one_host_start_no_faster_than_the_rate():
    starts = []
    await take(build_limiter(Time(), rate=4), 3, at=starts)
    assert starts == [0, 0.25, 0.5]


async def test_hosts_do_not_wait_for_each_other():
    limiter = HostLimiter(requests_per_second=0.001, concurrency=1)
    async with asyncio.timeout(30), limiter.slot("api"), limiter.slot("store"):
        pass


async def test_without_a_rate_nothing_waits():
    time = Time()
    await take(build_limiter(time, rate=None), 100)
    assert time.now == 100


async def test_a_pause_asked_for_by_the_host_holds_everyone_back():
    starts = []
    limiter = build_limiter(Time(), rate=None)
    await limiter.hold("api.test", seconds=30, status=429)
    await take(limiter, 2, at=starts)
    assert starts == [30, 30]


async def test_a_pause_that_is_too_long_is_not_waited_for():
    time = Time()
    limiter = build_limiter(time, rate=None)
    await limiter.hold("api.test", seconds=3600, status=429)
    with pytest.raises(HostHeldError):
        await take(limiter, 1)
    assert time.now == 100


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


async def test_a_cancelled_request_gives_its_turn_to_the_next():
    limiter = HostLimiter(requests_per_second=None, concurrency=1)
    async with asyncio.TaskGroup() as group:
        async with limiter.slot("api"):
            waiting = [group.create_task(take(limiter, 1, host="api")) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        await asyncio.wait(waiting)
    assert [task.cancelled() for task in waiting] == [True, False, False]


async def test_a_turn_that_arrives_with_the_cancellation_is_not_lost():
    limiter = HostLimiter(requests_per_second=None, concurrency=1)
    task = asyncio.create_task(take(limiter, 1, host="api"))
    host = limiter._hosts
    await until(lambda: "api" in host and host["api"].active)
    task.cancel()
    await asyncio.wait([task])
    await take(limiter, 1, host="api")
    assert host["api"].active == 0


async def test_a_grant_is_used_for_many_requests_before_the_ledger_is_asked_again():
    ledger = ScriptedLedger(Grant(concurrency=4))
    await take(over(ledger, Time()), 50)
    assert len(ledger.asked) == 1


async def test_a_grant_is_renewed_before_the_next_request_once_it_is_old():
    time, ledger = Time(), ScriptedLedger(Grant(concurrency=4))
    limiter = over(ledger, time)
    await take(limiter, 1)
    time.now += 0.3
    await take(limiter, 1)
    assert len(ledger.asked) == 2


async def test_starts_are_kept_to_and_asked_for_as_they_run_out():
    starts = []
    time = Time()
    ledger = ScriptedLedger(Grant(concurrency=4, starts_in=(0.0, 0.1)), Grant(concurrency=4, starts_in=(0.05, 0.15)))
    limiter = over(ledger, time)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(take(limiter, 1, at=starts))
    assert starts == [0, 0.1, 0.15, 0.25]
    assert [asked["starts"] for asked in ledger.asked] == [4, 2]


async def test_a_start_that_was_missed_by_far_is_not_used():
    """The process stood still for ten seconds after it was granted three starts."""
    time, starts = Time(), []
    ledger = ScriptedLedger(
        Grant(concurrency=4, starts_in=(0.0, 0.1, 0.2)), Grant(concurrency=4, starts_in=(0.05, 0.15))
    )
    limiter = over(ledger, time)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(take(limiter, 1, at=starts)) for _ in range(3)]
        await until(tasks[0].done)
        time.now += 10
    assert starts[0] == 0
    assert starts[1] >= 10
    assert starts[2] - starts[1] == pytest.approx(0.1)


async def test_a_start_that_lay_before_the_answer_of_the_ledger_is_used():
    """The ledger lets a host that stood idle catch up on a block, a quarter of a second before its own clock."""
    time, starts = Time(), []
    ledger = ScriptedLedger(Grant(concurrency=4, starts_in=(-0.25,)), DatabaseError("asked again"))

    def later():
        time.now += 1e-6  # between the answer's arrival and the look at its starts
        return time.now

    limiter = Limiter(ledger, monotonic=later, wait=time.wait)
    await take(limiter, 1, at=starts)
    assert len(ledger.asked) == 1


async def test_with_an_open_circuit_nothing_is_sent_or_waited_for():
    time = Time()
    limiter = over(ScriptedLedger(Grant(concurrency=0, blocked_until=LATER)), time)
    with pytest.raises(CircuitOpenError) as caught:
        await take(limiter, 1)
    assert (caught.value.until, time.now) == (LATER, 100)


async def test_a_half_open_circuit_lets_one_request_through_at_a_time():
    ledger = ScriptedLedger(Grant(concurrency=1, probe=True))
    time = Time()
    limiter = over(ledger, time)
    async with limiter.slot("api.test"):
        second = asyncio.create_task(take(limiter, 1))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not second.done()
        ledger.grants = [Grant(concurrency=9)]
        await limiter.confirm("api.test")
        await second
    assert ledger.confirmed == 1


async def test_success_is_no_news_while_the_circuit_is_closed():
    ledger = ScriptedLedger(Grant(concurrency=1))
    limiter = over(ledger, Time())
    await take(limiter, 1)
    await limiter.confirm("api.test")
    assert ledger.confirmed == 0


async def test_a_ledger_that_fails_fails_those_who_wait_and_is_asked_again_by_the_next():
    ledger = ScriptedLedger(DatabaseError("gone"), Grant(concurrency=1))
    limiter = over(ledger, Time())
    with pytest.raises(DatabaseError, match="gone"):
        await take(limiter, 1)
    await take(limiter, 1)


async def test_the_lease_of_open_requests_is_renewed_and_an_unused_one_given_back():
    time, ledger = Time(), ScriptedLedger(Grant(concurrency=1))
    limiter = over(ledger, time)
    async with limiter.slot("api.test"):
        await until(lambda: time.now >= 110)
    renewals = len(ledger.asked)
    await until(lambda: ledger.released)
    assert renewals >= 4
    assert {asked["active"] for asked in ledger.asked[1:]} == {1}


def test_a_url_falls_under_the_longest_budget_that_it_begins_with():
    limiter = HostLimiter(requests_per_second=None, concurrency=1)
    limiter._ledger = ScriptedLedger()
    limiter._ledger.hosts = ("sim:1/steam", "sim:1/store", "api.test")
    assert limiter.name_of("http://sim:1/steam/IStoreService/x") == "sim:1/steam"
    assert limiter.name_of("https://api.test/x?y=/z") == "api.test"
    assert limiter.name_of("https://api.testing/x") == "api.testing"


def test_the_name_of_a_host_holds_no_login():
    assert host_name("https://me:secret@Proxy.test:8080/steam/") == "proxy.test:8080/steam"


async def test_a_local_circuit_stays_open_for_its_time_and_then_lets_one_request_probe():
    time = Time()
    ledger = LocalLedger(HostBudget(concurrency=4), block_seconds=60, monotonic=time.monotonic)
    limiter = over(ledger, time)
    await limiter.refuse("api.test", status=403)
    with pytest.raises(CircuitOpenError):
        await take(limiter, 1)
    time.now += 61
    await take(limiter, 1)
    await limiter.confirm("api.test")
    assert not (await ledger.reserve("api.test", starts=1, active=0, wanted=1)).probe
