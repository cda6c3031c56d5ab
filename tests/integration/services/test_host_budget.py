"""One request budget for all processes on one database: rate, open requests, pauses, circuit."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from steampulse_dagster.clients.http import SteamHttp
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import Limiter, host_name
from steampulse_dagster.errors import DatabaseError, NotFoundError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.services.host_budget import HostBudgetLedger, HostBudgetService
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.simulators.traffic import (
    TrafficLog,
    TrafficRules,
    build_traffic,
    count_most_open,
    count_most_started,
)
from steampulse_dagster.utils.db import Database, execute, fetch_one

pytestmark = pytest.mark.integration

HOST = "api.test"
ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 45


@pytest.fixture
def build_ledger(database_url):
    """Sides of the budget as processes have them, each with a connection of its own."""
    opened = []

    def build(*, rate=None, concurrency=8, lease=timedelta(seconds=10), hours=6.0):
        database = Database(database_url, pool_size=1)
        opened.append(database)
        budget = HostBudget(requests_per_second=rate, concurrency=concurrency)
        return HostBudgetLedger(database, {HOST: budget}, block_hours=hours, lease=lease)

    yield build
    for database in opened:
        database.close()


def move_back(db, column, *, hours):
    with db.transaction() as conn:
        execute(conn, f"update rate_limits set {column} = {column} - {hours} * interval '1 hour'")


async def reserve(ledger, *, starts=1, active=0, wanted=None):
    return await ledger.reserve(
        HOST, starts=starts, active=active, wanted=max(starts, active) if wanted is None else wanted
    )


async def settle(*ledgers):
    """Everyone has asked before, so that each has its share of the open requests."""
    for ledger in ledgers * 2:
        await reserve(ledger, starts=0, wanted=20)


async def test_starts_of_two_processes_never_overlap(build_ledger):
    first, second = build_ledger(rate=20), build_ledger(rate=20)
    await settle(first, second)
    starts = []
    for ledger in (first, second, first):
        grant = await reserve(ledger, starts=3)
        starts += [time.monotonic() + seconds for seconds in grant.starts_in]
    assert len(starts) == 9
    apart = [later - earlier for earlier, later in itertools.pairwise(starts)]
    # As exactly as one process can tell when another one's answer was made.
    assert min(apart) > 0.03


async def test_no_more_than_a_block_of_starts_is_taken_at_once(build_ledger):
    assert len((await reserve(build_ledger(rate=40), starts=100)).starts_in) == 8
    fast, slow = build_ledger(rate=40, concurrency=100), build_ledger(rate=1, concurrency=100)
    await settle(fast, slow)
    assert len((await reserve(fast, starts=100)).starts_in) == 10
    assert len((await reserve(slow, starts=100)).starts_in) == 1


async def test_an_idle_time_is_made_up_for_by_a_block_at_most(db, build_ledger):
    ledger = build_ledger(rate=20)
    await reserve(ledger)
    move_back(db, "next_slot_at", hours=1)
    assert (await reserve(ledger)).starts_in == pytest.approx([-0.25], abs=0.001)


async def test_a_clock_that_was_set_back_does_not_stop_requests(db, build_ledger):
    ledger = build_ledger(rate=20)
    await reserve(ledger)
    move_back(db, "next_slot_at", hours=-3)
    assert (await reserve(ledger)).starts_in[0] <= 60


async def test_a_newcomer_gets_its_share_as_the_holder_renews(build_ledger):
    first, second = build_ledger(concurrency=8), build_ledger(concurrency=8)
    assert (await reserve(first, starts=20)).concurrency == 8
    assert (await reserve(second, starts=20)).concurrency == 0
    assert (await reserve(first, starts=20, active=8)).concurrency == 8
    assert (await reserve(first, starts=20, active=5)).concurrency == 5
    assert (await reserve(second, starts=20)).concurrency == 3
    assert (await reserve(first, starts=20, active=2)).concurrency == 4
    assert (await reserve(second, starts=20)).concurrency == 4


async def test_what_others_do_not_want_is_free_for_all(build_ledger):
    first, second = build_ledger(concurrency=8), build_ledger(concurrency=8)
    assert (await reserve(second, starts=1)).concurrency == 8
    assert (await reserve(second, starts=1, active=1)).concurrency == 8
    await reserve(first, starts=20)
    assert (await reserve(second, starts=1, active=1)).concurrency == 4
    assert (await reserve(first, starts=20)).concurrency == 4
    assert (await reserve(second, starts=0, active=1)).concurrency == 4
    await second.release(HOST)
    assert (await reserve(first, starts=20)).concurrency == 8


async def test_more_processes_than_open_requests_take_turns(build_ledger):
    ledgers = [build_ledger(concurrency=1) for _ in range(3)]
    served = []
    for _ in range(9):
        for number, ledger in enumerate(ledgers):
            if (await reserve(ledger)).concurrency:
                served.append(number)
    counts = [served.count(number) for number in range(3)]
    assert min(counts) >= 2
    assert max(counts) - min(counts) <= 1


async def test_the_share_of_a_process_that_died_is_free_when_its_lease_ends(build_ledger):
    await reserve(build_ledger(lease=timedelta(0)), starts=20)
    assert (await reserve(build_ledger(), starts=20)).concurrency == 8


async def test_a_pause_holds_all_processes_and_a_shorter_one_does_not_end_it(build_ledger):
    first, second = build_ledger(rate=20), build_ledger(rate=20)
    await first.hold(HOST, seconds=30, status=429)
    await first.hold(HOST, seconds=1, status=429)
    grant = await reserve(second)
    assert 29 < grant.held_seconds <= 30
    assert grant.starts_in == ()


async def test_a_refusal_stops_all_processes_and_counts_once(db, build_ledger):
    first, second = build_ledger(), build_ledger()
    until = await first.refuse(HOST, status=403)
    assert await second.refuse(HOST, status=403) == until
    grant = await reserve(second, starts=5)
    assert (grant.blocked_until, grant.concurrency) == (until, 0)
    with db.connection() as conn:
        assert fetch_one(conn, "select refusals, last_status from rate_limits") == {"refusals": 1, "last_status": 403}


async def test_after_a_refusal_one_process_probes_and_its_success_closes_the_circuit(db, build_ledger):
    first, second = build_ledger(), build_ledger()
    await first.refuse(HOST, status=403)
    move_back(db, "open_until", hours=6)
    probing, waiting = await reserve(first, starts=5), await reserve(second, starts=5)
    assert (probing.probe, probing.concurrency) == (True, 1)
    assert (waiting.probe, waiting.concurrency, waiting.blocked_until) == (False, 0, None)
    await first.confirm(HOST)
    await first.release(HOST)
    grant = await reserve(second, starts=5)
    assert (grant.probe, grant.concurrency) == (False, 8)


async def test_a_probe_that_is_refused_opens_the_circuit_for_twice_as_long(db, build_ledger):
    ledger = build_ledger(hours=6)
    hours = []
    for _ in range(5):
        await ledger.refuse(HOST, status=403)
        grant = await reserve(ledger)
        with db.connection() as conn:
            row = fetch_one(conn, "select clock_timestamp() as now from rate_limits")
        hours.append(round((grant.blocked_until - row["now"]).total_seconds() / 3600, 2))
        move_back(db, "open_until", hours=24)
        assert (await reserve(ledger)).probe
    assert hours == [6, 12, 24, 24, 24]


async def test_a_process_that_dies_while_it_probes_leaves_the_probe_to_another(db, build_ledger):
    first, second = build_ledger(lease=timedelta(0)), build_ledger()
    await first.refuse(HOST, status=403)
    move_back(db, "open_until", hours=6)
    assert (await reserve(first)).probe
    await reserve(second)
    assert (await reserve(second)).probe


async def test_a_reset_by_hand_ends_pause_and_circuit(db, build_ledger):
    ledger, service = build_ledger(rate=20), HostBudgetService(db)
    await ledger.refuse(HOST, status=403)
    await ledger.hold(HOST, seconds=3600, status=429)
    assert [HOST in stop and "--reset" in stop for stop in service.list_stops()] == [True]
    service.reset(HOST)
    grant = await reserve(ledger)
    assert (grant.blocked_until, grant.held_seconds, len(grant.starts_in)) == (None, 0, 1)
    use = service.list_uses()[0]
    assert (use.requests_per_second, use.concurrency, use.open_slots, use.processes) == (20, 8, 8, 1)
    assert (use.circuit, use.held_until, service.list_stops()) == ("closed", None, ())


def test_a_reset_of_a_host_that_was_never_asked_names_those_that_were(db):
    with pytest.raises(NotFoundError, match=r"No host 'nobody.test' was ever asked"):
        HostBudgetService(db).reset("nobody.test")


async def test_a_database_that_is_gone_is_a_clear_error():
    ledger = HostBudgetLedger(Database("postgresql://nobody@127.0.0.1:1/none"), {HOST: HostBudget()}, block_hours=6)
    with pytest.raises(DatabaseError, match="PostgreSQL cannot be reached"):
        await reserve(ledger)


async def test_a_process_that_stopped_with_the_row_locked_is_a_clear_error_for_the_others(
    db, build_ledger, monkeypatch
):
    monkeypatch.setattr("steampulse_dagster.repositories.rate_limits.LOCK_TIMEOUT_MS", 50)
    ledger = build_ledger()
    await reserve(ledger)
    with db.transaction() as conn:
        execute(conn, "select 1 from rate_limits for update")
        with pytest.raises(DatabaseError, match="lock timeout"):
            await reserve(ledger)
    assert (await reserve(ledger)).concurrency == 8


async def test_once_the_block_is_over_one_request_probes_for_all(db, database_url):
    log, rules = TrafficLog(), TrafficRules(prefix="/steam", latency_seconds=0.05, refuse_status=403)
    with running_simulators(SeededWorld(), middleware=[build_traffic(log, rules)]) as url:
        assert await ask_from_two(database_url, f"{url}/steam") == {SteamErrorKind.BLOCKED}
        sent = len(log.seen)
        assert await ask_from_two(database_url, f"{url}/steam") == {SteamErrorKind.BLOCKED}
        assert len(log.seen) == sent
        move_back(db, "open_until", hours=24)
        assert await ask_from_two(database_url, f"{url}/steam") == {SteamErrorKind.BLOCKED}
        assert len(log.seen) == sent + 1
        rules.refuse_status = None
        move_back(db, "open_until", hours=24)
        assert await ask_from_two(database_url, f"{url}/steam") == {None}
    well = sorted((seen for seen in log.seen if seen.status == 200), key=lambda seen: seen.started)
    assert len(well) == 20
    assert all(seen.started >= well[0].ended for seen in well[1:])


@asynccontextmanager
async def asking(database_url, base_url):
    """What a process has to ask a simulator with: a function that tells the kind of failure, None if all went well."""
    budgets = {host_name(base_url): HostBudget(concurrency=8)}
    limiter = Limiter(HostBudgetLedger(Database(database_url, pool_size=1), budgets, block_hours=6))

    async with build_http_client(concurrency=8) as client:
        http = SteamHttp(client, limiter)

        async def ask():
            try:
                await http.fetch_json(f"{base_url}/IStoreService/GetTagList/v1/", params={}, what="Tags")
            except SteamApiError as error:
                return error.kind

        yield ask
    await limiter.close()


async def ask_from_two(database_url, base_url):
    """The kinds of failure of ten requests from each of two that share a budget."""
    async with asking(database_url, base_url) as first, asking(database_url, base_url) as second:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask()) for ask in (first, second) for _ in range(10)]
        return {task.result() for task in tasks}


@contextmanager
def worker(database_url, base_url, *, rate, concurrency, requests):
    """A process of tests/budget_worker.py, killed at the end if it still runs."""
    arguments = [str(argument) for argument in (database_url, base_url, rate, concurrency, requests)]
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "budget_worker.py"), *arguments],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(happened):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_two_processes_keep_rate_and_open_requests_together_by_the_servers_clock(database_url):
    rate, concurrency, requests = 20, 6, 60
    log, rules = TrafficLog(), TrafficRules(prefix="/steam", latency_seconds=0.2)
    with running_simulators(SeededWorld(), middleware=[build_traffic(log, rules)]) as url:
        arguments = {"rate": rate, "concurrency": concurrency, "requests": requests}
        with (
            worker(database_url, f"{url}/steam", **arguments) as one,
            worker(database_url, f"{url}/steam", **arguments) as two,
        ):
            assert (one.wait(PATIENCE_SECONDS), two.wait(PATIENCE_SECONDS)) == (0, 0)
    assert len(log.seen) == 2 * requests
    assert 2 <= count_most_open(log.seen) <= concurrency
    # A window, the block that may be made up for, and a block of each process that is late by less than its time.
    block = rate // 4
    assert count_most_started(log.seen, window_seconds=2.0) <= 2 * rate + 3 * block


def test_a_killed_process_frees_its_share_for_the_other(db, database_url):
    def slots():
        with db.connection() as conn:
            row = fetch_one(
                conn, "select count(*) as n, coalesce(max(slots), 0) as most from rate_leases where slots > 0"
            )
        return row["n"], row["most"]

    log, rules = TrafficLog(), TrafficRules(prefix="/steam", latency_seconds=0.1)
    with running_simulators(SeededWorld(), middleware=[build_traffic(log, rules)]) as url:
        arguments = {"rate": "none", "concurrency": 6, "requests": 1_000_000}
        with (
            worker(database_url, f"{url}/steam", **arguments) as one,
            worker(database_url, f"{url}/steam", **arguments),
        ):
            wait_until(lambda: slots() == (2, 3))
            one.send_signal(signal.SIGKILL)
            wait_until(lambda: slots() == (1, 6))
    assert 4 <= count_most_open(log.seen) <= 6


def test_a_pause_that_one_process_was_asked_for_stops_the_other(db, database_url):
    log, rules = TrafficLog(), TrafficRules(prefix="/steam")
    with running_simulators(SeededWorld(), middleware=[build_traffic(log, rules)]) as url:
        arguments = {"rate": "none", "concurrency": 4, "requests": 1_000_000}
        with (
            worker(database_url, f"{url}/steam", **arguments) as one,
            worker(database_url, f"{url}/steam", **arguments) as two,
        ):
            wait_until(lambda: len(log.seen) > 50)
            rules.limit, rules.limit_seconds, rules.retry_after = 0, 3600, 3600
            assert (one.wait(PATIENCE_SECONDS), two.wait(PATIENCE_SECONDS)) == (3, 3)
            assert "asked for a pause until" in one.stdout.read() + two.stdout.read()
    refused = [seen for seen in log.seen if seen.status == 429]
    # What was on its way, and what was sent before the pause was heard of a quarter of a second later.
    assert refused[-1].started - refused[0].started < 2.0
    with db.connection() as conn:
        assert fetch_one(conn, "select last_status from rate_limits where held_until > now()")["last_status"] == 429
