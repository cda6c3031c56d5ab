"""Decides how a host's budget is shared and when its circuit is open; pure functions over stored rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from steampulse_dagster.models.limits import HostState, HostUse, Lease

BLOCK_SECONDS = 0.25
"""Starts are reserved for about this long at once: a killed process takes no more of them with it, and nobody learns
of a pause later than this."""
LONGEST_BLOCK = timedelta(hours=24)
"""Steam's bans are said to last up to 48 hours; looking once a day costs nothing."""


class Circuit(StrEnum):
    """Whether a host that refused us may be asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


def read_circuit(state: HostState) -> Circuit:
    """Closed until a refusal; open for a time after it; then half open until a request has told."""
    if state.refusals == 0:
        return Circuit.CLOSED
    return Circuit.OPEN if state.open_until is not None and state.open_until > state.now else Circuit.HALF_OPEN


def may_probe(state: HostState, holder: str) -> bool:
    """Whether this process sends the one request at a half-open circuit: nobody else does, or their time is over."""
    taken = state.probe_until is not None and state.probe_until > state.now
    return not taken or state.probe_by in (None, holder)


def compute_block(refusals: int, *, first: timedelta) -> timedelta:
    """How long the circuit stays open after so many refusals in a row: doubled each time, at most a day."""
    return min(first * 2 ** min(refusals - 1, 16), max(first, LONGEST_BLOCK))


def count_block(requests_per_second: float) -> int:
    """Starts reserved at once."""
    return max(1, int(requests_per_second * BLOCK_SECONDS))


def share_out(budget: int, *, active: int, mine: Lease | None, others: Sequence[Lease], now: datetime) -> int:
    """Open requests that a process may have from now on; never fewer than the `active` ones that it has.

    Everyone gets an equal part; what others do not want is free for all; a process without any slot goes before those
    that have some. All leases together stay within `budget`, as long as each was within it before.
    """
    fair = max(1, budget // (len(others) + 1))
    wanted_by_others = sum(min(fair, other.wanted) for other in others)
    left = budget - sum(other.slots for other in others) - _count_ahead(mine, others, now=now)
    return max(active, min(max(fair, budget - wanted_by_others), left))


def _count_ahead(mine: Lease | None, others: Sequence[Lease], *, now: datetime) -> int:
    """Processes without a slot that have waited longer; all of them go before one that has slots."""
    waiting_since = [other.starved_since for other in others if other.starved_since is not None]
    if mine is not None and mine.slots > 0:
        return len(waiting_since)
    since = mine.starved_since if mine is not None and mine.starved_since is not None else now
    return sum(other < since for other in waiting_since)


def build_use(state: HostState, leases: Sequence[Lease]) -> HostUse:
    """One host for people."""
    live = [lease for lease in leases if lease.expires_at > state.now]
    circuit = read_circuit(state)
    return HostUse(
        host=state.host,
        requests_per_second=state.requests_per_second,
        concurrency=state.concurrency,
        open_slots=sum(lease.slots for lease in live),
        processes=len(live),
        held_until=state.held_until if state.held_until is not None and state.held_until > state.now else None,
        circuit=circuit.value,
        blocked_until=state.open_until if circuit is Circuit.OPEN else None,
        last_status=state.last_status,
    )
