"""How much a host may be asked, and where that stands: budgets, what a process is granted, who holds what."""

from datetime import datetime

from pydantic import Field

from steampulse_dagster.models.base import Model


class HostBudget(Model):
    """What all processes together may ask of one host. No rate means as fast as the open requests allow."""

    requests_per_second: float | None = Field(default=None, gt=0)
    concurrency: int = Field(default=8, ge=1)


class Grant(Model):
    """What one process may do at a host for the next moment. Seconds count from when the grant was made."""

    concurrency: int
    """Open requests this process may have."""
    starts_in: tuple[float, ...] | None = None
    """When requests may start, one each; None: whenever one may be open."""
    held_seconds: float = 0.0
    held_until: datetime | None = None
    blocked_until: datetime | None = None
    probe: bool = False
    """The circuit is half open, and this process sends the one request that decides."""


class Lease(Model):
    """The open requests of a host that one process has taken for itself, until it renews, gives back or dies."""

    holder: str
    slots: int
    wanted: int
    starved_since: datetime | None = None
    """Since when it wants a slot and has none."""
    expires_at: datetime


class HostState(Model):
    """One row of `rate_limits`, read at `now` of the database's clock."""

    host: str
    now: datetime
    next_slot_at: datetime
    requests_per_second: float | None
    concurrency: int | None
    held_until: datetime | None
    open_until: datetime | None
    refusals: int
    """Times that the host answered 403 since it last answered well."""
    probe_by: str | None
    probe_until: datetime | None
    last_status: int | None


class HostUse(Model):
    """One host for people: its budget, who uses it, and what stops requests now."""

    host: str
    requests_per_second: float | None
    concurrency: int | None
    open_slots: int
    processes: int
    held_until: datetime | None = None
    """The host asked for a pause that is not over."""
    circuit: str
    """closed, open or half open."""
    blocked_until: datetime | None = None
    last_status: int | None = None

    @property
    def stops(self) -> str | None:
        """One sentence on what keeps requests from this host now, and what to do; None if nothing does."""
        if self.blocked_until is not None:
            until = f"{self.blocked_until:%Y-%m-%d %H:%M} UTC"
            return (
                f"{self.host} refused our address (HTTP {self.last_status}): nothing is sent to it before {until}. "
                f"If that was lifted earlier: `steampulse limits --reset {self.host}`."
            )
        if self.held_until is not None:
            return f"{self.host} asked for a pause until {self.held_until:%Y-%m-%d %H:%M:%S} UTC; it is kept."
        return None
