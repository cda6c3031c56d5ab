"""Grants requests out of the budget that all processes on one database share; fills `rate_limits`, `rate_leases`."""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from steampulse_dagster.errors import DatabaseError, NotFoundError
from steampulse_dagster.models.limits import Grant, HostBudget, HostState, HostUse, Lease
from steampulse_dagster.repositories.rate_limits import RateLimitRepository
from steampulse_dagster.services import budget_rules
from steampulse_dagster.services.budget_rules import Circuit
from steampulse_dagster.utils.db import Database

LEASE = timedelta(seconds=10)
"""A killed process's share is free after this. Renewed while in use, every quarter of a second under load."""
PROBE = timedelta(seconds=90)
"""Longer than the longest request: how long others wait for the one that probes."""
CATCH_UP = timedelta(seconds=budget_rules.BLOCK_SECONDS)
UNUSED = timedelta(days=7)
DATABASE_PATIENCE_SECONDS = 20.0

log = structlog.get_logger()
T = TypeVar("T")


class HostBudgetLedger:
    """One process's side of the shared budget (`clients.budget_ledger.BudgetLedger`).

    Waits for nothing but the database, and that on a thread of its own: no pool that is busy storing reviews delays a
    request. Methods raise DatabaseError, also when the database does not answer in time.
    """

    def __init__(
        self, database: Database, budgets: Mapping[str, HostBudget], *, block_hours: float, lease: timedelta = LEASE
    ) -> None:
        self._db = database
        self._budgets = dict(budgets)
        self._first_block = timedelta(hours=block_hours)
        self._lease = lease
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="request-budget")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of the hosts that have a budget."""
        return tuple(self._budgets)

    async def reserve(self, host: str, *, starts: int, active: int, wanted: int) -> Grant:
        """Renew the lease and take up to `starts` starts; see `clients.budget_ledger.BudgetLedger`."""
        return await self._call(partial(self._reserve, host, starts=starts, active=active, wanted=wanted))

    async def hold(self, host: str, *, seconds: float, status: int) -> None:
        """The host asked for a pause: all processes keep it."""
        await self._call(partial(self._hold, host, seconds=seconds, status=status))

    async def refuse(self, host: str, *, status: int) -> datetime:
        """The host refused our address: open the circuit. Several refusals at once count once. When it closes."""
        return await self._call(partial(self._refuse, host, status=status))

    async def confirm(self, host: str) -> None:
        """The probe was answered well: the circuit closes for all."""
        await self._call(partial(self._confirm, host))

    async def release(self, host: str) -> None:
        """Give the lease back."""
        await self._call(partial(self._release, host))

    async def close(self) -> None:
        """Give everything back and end the thread; a database that is gone is only noted."""
        try:
            for host in self._budgets:
                await self.release(host)
        except DatabaseError as error:
            log.warning("request_budget_not_returned", reason=error.message)
        self._thread.shutdown(wait=False)
        await asyncio.to_thread(self._db.close)

    async def _call(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(DATABASE_PATIENCE_SECONDS):
                return await loop.run_in_executor(self._thread, work)
        except TimeoutError:
            raise DatabaseError(
                f"PostgreSQL did not answer within {DATABASE_PATIENCE_SECONDS:.0f} seconds when asked for a turn.",
                retryable=True,
            ) from None

    def _reserve(self, host: str, *, starts: int, active: int, wanted: int) -> Grant:
        budget = self._budgets[host]
        with self._db.transaction() as conn:
            repository = RateLimitRepository(conn)
            state = repository.lock(host, durable=False)
            self._note_budget(repository, state, budget)
            circuit = budget_rules.read_circuit(state)
            probe = circuit is Circuit.HALF_OPEN and wanted > 0 and budget_rules.may_probe(state, self._holder)
            lease = self._renew(repository, state, circuit, probe=probe, active=active, wanted=wanted)
            held = max(0.0, (state.held_until - state.now).total_seconds()) if state.held_until else 0.0
            return Grant(
                concurrency=lease.slots,
                starts_in=_take_starts(
                    repository, state, budget, count=0 if held else min(starts, lease.slots - active)
                ),
                held_seconds=held,
                held_until=state.held_until if held else None,
                blocked_until=state.open_until if circuit is Circuit.OPEN else None,
                probe=probe,
            )

    def _note_budget(self, repository: RateLimitRepository, state: HostState, budget: HostBudget) -> None:
        known = HostBudget.model_construct(requests_per_second=state.requests_per_second, concurrency=state.concurrency)
        if known != budget:
            repository.set_budget(state.host, budget)
            repository.delete_unused(keep=self.hosts, older_than=UNUSED)

    def _renew(
        self,
        repository: RateLimitRepository,
        state: HostState,
        circuit: Circuit,
        *,
        probe: bool,
        active: int,
        wanted: int,
    ) -> Lease:
        """This process's lease from now on. A host that refuses us gets no new request but the probe."""
        leases = repository.list_leases(state.host)
        if dead := [lease.holder for lease in leases if lease.expires_at <= state.now]:
            repository.delete_leases(state.host, dead)
        live = {lease.holder: lease for lease in leases if lease.expires_at > state.now}
        mine = live.pop(self._holder, None)
        if probe:
            repository.mark_probing(state.host, holder=self._holder, patience=PROBE)
            slots = max(active, 1)
        elif circuit is not Circuit.CLOSED:
            slots = active
        else:
            slots = budget_rules.share_out(
                self._budgets[state.host].concurrency,
                active=active,
                mine=mine,
                others=tuple(live.values()),
                now=state.now,
            )
        starving = slots == 0 and wanted > 0
        since = (mine.starved_since if mine else None) or state.now
        lease = Lease(
            holder=self._holder,
            slots=slots,
            wanted=wanted,
            starved_since=since if starving else None,
            expires_at=state.now + self._lease,
        )
        repository.upsert_lease(state.host, lease)
        return lease

    def _hold(self, host: str, *, seconds: float, status: int) -> None:
        with self._db.transaction() as conn:
            repository = RateLimitRepository(conn)
            repository.lock(host)
            repository.mark_held(host, seconds=seconds, status=status)

    def _refuse(self, host: str, *, status: int) -> datetime:
        with self._db.transaction() as conn:
            repository = RateLimitRepository(conn)
            state = repository.lock(host)
            if budget_rules.read_circuit(state) is Circuit.OPEN and state.open_until is not None:
                return state.open_until
            refusals = state.refusals + 1
            pause = budget_rules.compute_block(refusals, first=self._first_block)
            return repository.mark_refused(host, refusals=refusals, pause=pause, status=status)

    def _confirm(self, host: str) -> None:
        with self._db.transaction() as conn:
            repository = RateLimitRepository(conn)
            # Another refusal may have come in between; it counts.
            if budget_rules.read_circuit(repository.lock(host)) is Circuit.HALF_OPEN:
                repository.mark_closed(host)

    def _release(self, host: str) -> None:
        with self._db.transaction() as conn:
            RateLimitRepository(conn).delete_leases(host, [self._holder])


def _take_starts(
    repository: RateLimitRepository, state: HostState, budget: HostBudget, *, count: int
) -> tuple[float, ...] | None:
    if budget.requests_per_second is None:
        return None
    count = min(count, budget_rules.count_block(budget.requests_per_second))
    if count <= 0:
        return ()
    interval = 1.0 / budget.requests_per_second
    first = repository.reserve_slots(state.host, count, interval=timedelta(seconds=interval), catch_up=CATCH_UP)
    return tuple(first + interval * number for number in range(count))


class HostBudgetService:
    """The shared budgets for people: what is used, what is stopped, and ending a stop by hand."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_uses(self) -> tuple[HostUse, ...]:
        """Every host that was asked, by name."""
        with self._db.connection() as conn:
            repository = RateLimitRepository(conn)
            return tuple(
                budget_rules.build_use(state, repository.list_leases(state.host)) for state in repository.list_states()
            )

    def list_stops(self) -> tuple[str, ...]:
        """A sentence for each host that may not be asked now."""
        return tuple(use.stops for use in self.list_uses() if use.stops is not None)

    def reset(self, host: str) -> None:
        """Close the circuit and end the pause of a host. Raises NotFoundError for a host that was never asked."""
        with self._db.transaction() as conn:
            repository = RateLimitRepository(conn)
            known = [state.host for state in repository.list_states()]
            if host not in known:
                raise NotFoundError(
                    f"No host {host!r} was ever asked; known are: {', '.join(known) if known else 'none'}."
                )
            repository.lock(host)
            repository.mark_closed(host)
