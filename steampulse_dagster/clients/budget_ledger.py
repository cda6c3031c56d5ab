"""What a limiter asks for turns: the protocol of a ledger of budgets, its refusals, and how budgets are named."""

from datetime import datetime
from typing import Protocol

from steampulse_dagster.models.limits import Grant


def host_name(address: str) -> str:
    """The name of the budget that a base address has: host, port and path, without scheme and login.

    A path tells two services apart that one server carries, as the simulators' does and a proxy's may.
    """
    rest = address.split("://", 1)[-1].rstrip("/")
    authority, slash, path = rest.partition("/")
    return authority.rpartition("@")[2].lower() + slash + path


class HostHeldError(Exception):
    """The host asked for a pause that is too long to wait for."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(host)
        self.host, self.until = host, until


class CircuitOpenError(Exception):
    """The host refused us, and is not asked again before `until`."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(host)
        self.host, self.until = host, until


class BudgetLedger(Protocol):
    """Where budgets are kept. Grants are exact: what is granted is taken until it is given back or expires."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of the hosts with a budget of their own."""
        ...

    async def reserve(self, host: str, *, starts: int, active: int, wanted: int) -> Grant:
        """Renew this process's lease; take up to `starts` starts. `active` requests are open, `wanted` would be."""
        ...

    async def hold(self, host: str, *, seconds: float, status: int) -> None:
        """Nobody starts a request for so many seconds."""
        ...

    async def refuse(self, host: str, *, status: int) -> datetime:
        """Open the circuit; when it closes."""
        ...

    async def confirm(self, host: str) -> None:
        """The probe of a half-open circuit went well."""
        ...

    async def release(self, host: str) -> None:
        """Give the lease back."""
        ...

    async def close(self) -> None:
        """Give all leases back."""
        ...
