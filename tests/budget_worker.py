"""A process that asks one host as fast as the shared budget lets it: DATABASE_URL BASE_URL RATE CONCURRENCY REQUESTS.

Ends after so many requests; exit code 3 at the first failure, named on standard output.
"""

import asyncio
import sys
from datetime import timedelta

from steampulse_dagster.clients.http import RetryPolicy, SteamHttp
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import Limiter, host_name
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.services.host_budget import HostBudgetLedger
from steampulse_dagster.utils.db import Database

LEASE_SECONDS = 3
SIDE_BY_SIDE = 24


async def ask(database_url: str, base_url: str, *, rate: float | None, concurrency: int, requests: int) -> None:
    """Send `requests` requests, 24 wanting a turn at any time."""
    budget = HostBudget(requests_per_second=rate, concurrency=concurrency)
    ledger = HostBudgetLedger(
        Database(database_url, pool_size=1),
        {host_name(base_url): budget},
        block_hours=6,
        lease=timedelta(seconds=LEASE_SECONDS),
    )
    limiter = Limiter(ledger)
    left = iter(range(requests))
    try:
        async with build_http_client(concurrency=concurrency) as client:
            http = SteamHttp(client, limiter, RetryPolicy(attempts=3))

            async def work() -> None:
                for _ in left:
                    await http.fetch_json(f"{base_url}/IStoreService/GetTagList/v1/", params={}, what="Tags")

            async with asyncio.TaskGroup() as group:
                for _ in range(SIDE_BY_SIDE):
                    group.create_task(work())
    finally:
        await limiter.close()


def main() -> int:
    database_url, base_url, rate, concurrency, requests = sys.argv[1:]
    pace = None if rate == "none" else float(rate)
    try:
        asyncio.run(ask(database_url, base_url, rate=pace, concurrency=int(concurrency), requests=int(requests)))
    except ExceptionGroup as errors:
        failure = errors.exceptions[0]
        if not isinstance(failure, SteamPulseError):
            raise
        sys.stdout.write(f"{failure}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
