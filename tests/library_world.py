"""The library import over simulators and a real database, put together as the product does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from steampulse_dagster.clients.http import RetryPolicy
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.igdb import IgdbSource, LocalTokens, TokenStore
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.library import EnrichedLibrary, LibraryImport, RawLibrary
from steampulse_dagster.services.igdb_matching import IgdbMatchingService
from steampulse_dagster.services.library_enriched import EnrichmentService
from steampulse_dagster.services.library_import import LibraryImportService
from steampulse_dagster.services.library_raw import SteamImportService
from steampulse_dagster.utils.db import Database, execute, fetch_all

QUICK = RetryPolicy(attempts=3, total_seconds=30, first_wait=0, longest_wait=0, jitter=0)
CLIENT = {"client_id": "an-id", "client_secret": "a-secret"}


@asynccontextmanager
async def open_sources(
    url: str, *, tokens: TokenStore | None = None, igdb_rate: float = 3.5, **changes: Any
) -> AsyncIterator[tuple[SteamDataSource, IgdbSource]]:
    """Steam and IGDB at a simulator's address; nothing waits long."""
    async with build_http_client(concurrency=16) as http:
        fast = HostLimiter(requests_per_second=None, concurrency=8)
        slow = HostLimiter(requests_per_second=igdb_rate, concurrency=8)
        urls = {"api_url": f"{url}/steam", "store_url": f"{url}/store"}
        steam = SteamDataSource(http, **urls, key=changes.pop("key", "any"), limiter=fast, retry=QUICK)
        where = {"api_url": f"{url}/igdb/v4", "auth_url": f"{url}/twitch"}
        igdb = IgdbSource(
            http, **{**where, **CLIENT, **changes}, limiter=slow, tokens=tokens or LocalTokens(), retry=QUICK
        )
        try:
            yield steam, igdb
        finally:
            await slow.close()
            await fast.close()


@dataclass
class Imported:
    """What the three steps made."""

    raw: RawLibrary
    enriched: EnrichedLibrary
    imported: LibraryImport


async def import_library(db: Database, store: ObjectStore, url: str, steam_id: str, **changes: Any) -> Imported:
    """All three steps, one after another."""
    async with open_sources(url, **changes) as (steam, igdb):
        raw = await SteamImportService(db, steam.library, store).import_library(steam_id)
        enriched = await EnrichmentService(db, steam, IgdbMatchingService(db, igdb), store).enrich(raw.s3_key)
    imported = await asyncio.to_thread(LibraryImportService(db, store).import_file, enriched.s3_key)
    return Imported(raw, enriched, imported)


def rows_of(db: Database, sql: str, **params: Any) -> list[dict[str, Any]]:
    """Rows of a query, for tests that look at tables."""
    with db.connection() as conn:
        return fetch_all(conn, sql, params)


def run_sql(db: Database, sql: str) -> None:
    """A statement, for tests that change tables behind the product's back."""
    with db.transaction() as conn:
        execute(conn, sql)
