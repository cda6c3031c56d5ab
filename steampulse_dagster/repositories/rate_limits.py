"""Reads and writes `rate_limits` and `rate_leases`: the request budget of each host, shared by all processes.

Every moment is the database's own clock: the machines that share a budget need not agree on the time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg2.extensions import connection as Connection

from steampulse_dagster.errors import NotFoundError
from steampulse_dagster.models.limits import HostBudget, HostState, Lease
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

LOCK_TIMEOUT_MS = 5000
"""A process that stopped while it held a row must not hang the others: they fail with a sentence instead."""
FARTHEST_AHEAD_SECONDS = 60.0
"""Slots further ahead come from a clock that was set back or a rate that was raised, so they are forgotten."""


class RateLimitRepository:
    """Works inside a transaction that begins with `lock`, so that processes take turns at a host's row."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def lock(self, host: str, *, durable: bool = True) -> HostState:
        """Wait for the host's row, made if it is missing, and keep it to the end of the transaction.

        Not `durable`: the commit need not reach the disk, as losing the last half second costs nothing.
        Raises DatabaseError when another process keeps the row for too long.
        """
        settings = """
            select set_config('lock_timeout', %(timeout)s, true), set_config('synchronous_commit', %(commit)s, true)
        """
        execute(self._conn, settings, {"timeout": str(LOCK_TIMEOUT_MS), "commit": "on" if durable else "off"})
        if not self._lock_existing(host):
            execute(
                self._conn,
                "insert into rate_limits (host) values (%(host)s) on conflict (host) do nothing",
                {"host": host},
            )
            self._lock_existing(host)
        return self._require(host)

    def _lock_existing(self, host: str) -> bool:
        sql = "select host from rate_limits where host = %(host)s for update"
        return fetch_one(self._conn, sql, {"host": host}) is not None

    def _require(self, host: str) -> HostState:
        # A statement of its own: the clock is read after the wait for the row, not before it.
        return next(state for state in self._list_states(host))

    def list_states(self) -> tuple[HostState, ...]:
        """Every host that was ever asked, by name."""
        return self._list_states(None)

    def _list_states(self, host: str | None) -> tuple[HostState, ...]:
        sql = """
            select host, clock_timestamp() as now, next_slot_at, requests_per_second, concurrency, held_until,
                open_until, refusals, probe_by, probe_until, last_status
            from rate_limits where %(host)s::text is null or host = %(host)s order by host
        """
        return tuple(HostState.model_validate(row) for row in fetch_all(self._conn, sql, {"host": host}))

    def set_budget(self, host: str, budget: HostBudget) -> None:
        """Note the budget that is in use, for people to see."""
        sql = """
            update rate_limits set requests_per_second = %(requests_per_second)s, concurrency = %(concurrency)s
            where host = %(host)s
        """
        execute(self._conn, sql, {"host": host, **budget.model_dump()})

    def reserve_slots(self, host: str, count: int, *, interval: timedelta, catch_up: timedelta) -> float:
        """Take the next `count` starts, `interval` apart; seconds from now to the first (negative: it is overdue).

        Starts that nobody took in time are lost, but for those of the last `catch_up`.
        """
        sql = """
            update rate_limits set next_slot_at = greatest(
                least(next_slot_at, clock_timestamp() + %(farthest)s),
                clock_timestamp() - %(catch_up)s,
                held_until
            ) + %(span)s
            where host = %(host)s
            returning extract(epoch from next_slot_at - %(span)s - clock_timestamp())::float8 as first_in
        """
        farthest = max(timedelta(seconds=FARTHEST_AHEAD_SECONDS), 64 * interval)
        values = {"host": host, "span": count * interval, "catch_up": catch_up, "farthest": farthest}
        row = fetch_one(self._conn, sql, values)
        return float(row["first_in"]) if row else 0.0

    def list_leases(self, host: str) -> tuple[Lease, ...]:
        """All leases of a host, expired ones too."""
        sql = "select holder, slots, wanted, starved_since, expires_at from rate_leases where host = %(host)s"
        return tuple(Lease.model_validate(row) for row in fetch_all(self._conn, sql, {"host": host}))

    def upsert_lease(self, host: str, lease: Lease) -> None:
        """Write one process's lease."""
        sql = """
            insert into rate_leases (host, holder, slots, wanted, starved_since, expires_at)
            values (%(host)s, %(holder)s, %(slots)s, %(wanted)s, %(starved_since)s, %(expires_at)s)
            on conflict (host, holder) do update set slots = excluded.slots, wanted = excluded.wanted,
                starved_since = excluded.starved_since, expires_at = excluded.expires_at
        """
        execute(self._conn, sql, {"host": host, **lease.model_dump()})

    def delete_leases(self, host: str, holders: Sequence[str]) -> None:
        """End leases, and what these processes meant to find out for the others."""
        values = {"host": host, "holders": list(holders)}
        execute(self._conn, "delete from rate_leases where host = %(host)s and holder = any(%(holders)s)", values)
        sql = """
            update rate_limits set probe_by = null, probe_until = null
            where host = %(host)s and probe_by = any(%(holders)s)
        """
        execute(self._conn, sql, values)

    def mark_held(self, host: str, *, seconds: float, status: int) -> None:
        """Nothing starts for so many seconds; a longer pause that is under way stays."""
        sql = """
            update rate_limits set last_status = %(status)s,
                held_until = greatest(held_until, clock_timestamp() + %(pause)s)
            where host = %(host)s
        """
        execute(self._conn, sql, {"host": host, "status": status, "pause": timedelta(seconds=seconds)})

    def mark_refused(self, host: str, *, refusals: int, pause: timedelta, status: int) -> datetime:
        """Open the circuit for `pause`, and nobody probes; when it closes."""
        sql = """
            update rate_limits set refusals = %(refusals)s, open_until = clock_timestamp() + %(pause)s,
                last_status = %(status)s, probe_by = null, probe_until = null
            where host = %(host)s returning open_until
        """
        row = fetch_one(self._conn, sql, {"host": host, "refusals": refusals, "pause": pause, "status": status})
        if row is None:
            raise NotFoundError(f"No host {host!r} was ever asked.")
        until: datetime = row["open_until"]
        return until

    def mark_probing(self, host: str, *, holder: str, patience: timedelta) -> None:
        """Let one process send the request that decides whether the circuit closes."""
        sql = """
            update rate_limits set probe_by = %(holder)s, probe_until = clock_timestamp() + %(patience)s
            where host = %(host)s
        """
        execute(self._conn, sql, {"host": host, "holder": holder, "patience": patience})

    def mark_closed(self, host: str) -> None:
        """Close the circuit and end the pause."""
        sql = """
            update rate_limits set refusals = 0, open_until = null, held_until = null, probe_by = null,
                probe_until = null
            where host = %(host)s
        """
        execute(self._conn, sql, {"host": host})

    def delete_unused(self, *, keep: Sequence[str], older_than: timedelta) -> None:
        """Forget hosts that nobody asked for long and that stop nobody: simulators live at ever new ports."""
        sql = """
            delete from rate_limits
            where host <> all(%(keep)s) and greatest(next_slot_at, held_until, open_until) < now() - %(age)s
                and not exists (select from rate_leases lease where lease.host = rate_limits.host)
        """
        execute(self._conn, sql, {"keep": list(keep), "age": older_than})
