"""Budgets kept in this process alone, for programs and tests without a database."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from steampulse_dagster.models.limits import Grant, HostBudget
from steampulse_dagster.utils.clock import utc_now


@dataclass
class _Account:
    next_start: float = float("-inf")
    held_until: float = float("-inf")
    blocked_until: float = float("-inf")
    refused: bool = False


class LocalLedger:
    """The same budget for every host. A refusal blocks for `block_seconds`, then one request probes.

    The default of no time suits what dies with the process anyway: requests go one by one until one is answered well.
    """

    def __init__(
        self,
        budget: HostBudget,
        *,
        block_seconds: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._block_seconds = block_seconds
        self._monotonic = monotonic
        self._accounts: dict[str, _Account] = {}

    @property
    def hosts(self) -> tuple[str, ...]:
        return ()

    async def reserve(self, host: str, *, starts: int, active: int, wanted: int) -> Grant:
        account, now = self._account(host), self._monotonic()
        held = max(0.0, account.held_until - now)
        blocked = account.blocked_until > now
        return Grant(
            concurrency=active if blocked else self._budget.concurrency,
            starts_in=self._take_starts(account, now, count=0 if held or blocked else starts),
            held_seconds=held,
            held_until=_moment(held) if held else None,
            blocked_until=_moment(account.blocked_until - now) if blocked else None,
            probe=account.refused and not blocked,
        )

    async def hold(self, host: str, *, seconds: float, status: int) -> None:
        account = self._account(host)
        account.held_until = max(account.held_until, self._monotonic() + seconds)

    async def refuse(self, host: str, *, status: int) -> datetime:
        account = self._account(host)
        account.refused = True
        account.blocked_until = self._monotonic() + self._block_seconds
        return _moment(self._block_seconds)

    async def confirm(self, host: str) -> None:
        self._account(host).refused = False

    async def release(self, host: str) -> None:
        """Nobody else waits for it."""

    async def close(self) -> None:
        """Nothing is held anywhere."""

    def _take_starts(self, account: _Account, now: float, *, count: int) -> tuple[float, ...] | None:
        if self._budget.requests_per_second is None:
            return None
        interval = 1.0 / self._budget.requests_per_second
        first = max(account.next_start, account.held_until, now)
        if count > 0:
            account.next_start = first + interval
        return (first - now,) if count > 0 else ()

    def _account(self, host: str) -> _Account:
        return self._accounts.setdefault(host, _Account())


def _moment(seconds: float) -> datetime:
    return utc_now() + timedelta(seconds=seconds)
