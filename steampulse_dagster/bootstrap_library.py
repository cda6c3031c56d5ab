"""Puts the parts of the library import together, as `bootstrap` does those of the games; opens nothing at import."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from steampulse_dagster.bootstrap import connect_database, get_database, get_environment
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.igdb import IgdbSource
from steampulse_dagster.clients.limiter import Limiter, host_name
from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.clients.sqs import SqsQueue
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.config import get_settings
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.services.host_budget import HostBudgetLedger
from steampulse_dagster.services.igdb_matching import IgdbMatchingService
from steampulse_dagster.services.igdb_tokens import SharedTokens
from steampulse_dagster.services.library import LibraryService, MatchByHandService
from steampulse_dagster.services.library_enriched import EnrichmentService
from steampulse_dagster.services.library_import import LibraryImportService
from steampulse_dagster.services.library_raw import SteamImportService
from steampulse_dagster.services.library_requests import LibraryRequestService
from steampulse_dagster.utils.db import Database

IGDB_OPEN_REQUESTS = 8
"""IGDB's own limit of open requests for one client id."""
TWITCH_OPEN_REQUESTS = 2


@asynccontextmanager
async def open_igdb() -> AsyncIterator[IgdbSource]:
    """IGDB behind one reused HTTP client, the budget and the token that all processes share, closed at the end."""
    settings = get_settings()
    environment = get_environment(simulators=not (settings.igdb_api_url and settings.twitch_auth_url))
    database = await asyncio.to_thread(get_database)
    budgets = {
        host_name(environment.igdb_api_url): HostBudget(
            requests_per_second=settings.igdb_requests_per_second, concurrency=IGDB_OPEN_REQUESTS
        ),
        host_name(environment.twitch_auth_url): HostBudget(concurrency=TWITCH_OPEN_REQUESTS),
    }
    # A connection of its own, as for Steam: turns are not to wait for those that store.
    own = connect_database(environment.database_url, pool_size=1)
    limiter = Limiter(HostBudgetLedger(own, budgets, block_hours=settings.steam_block_hours))
    tokens = SharedTokens(
        database,
        client_id=environment.igdb_client_id,
        client_secret=environment.igdb_client_secret,
        auth_url=environment.twitch_auth_url,
    )
    try:
        async with build_http_client(concurrency=IGDB_OPEN_REQUESTS + TWITCH_OPEN_REQUESTS) as http:
            yield IgdbSource(
                http,
                api_url=environment.igdb_api_url,
                auth_url=environment.twitch_auth_url,
                client_id=environment.igdb_client_id,
                client_secret=environment.igdb_client_secret,
                limiter=limiter,
                tokens=tokens,
            )
    finally:
        await limiter.close()


def build_steam_import(database: Database, steam: SteamDataSource, store: ObjectStore) -> SteamImportService:
    """Libraries from Steam to raw files."""
    return SteamImportService(database, steam.library, store)


def build_enrichment(
    database: Database, steam: SteamDataSource, igdb: IgdbSource, store: ObjectStore
) -> EnrichmentService:
    """Raw files to enriched ones."""
    return EnrichmentService(database, steam, IgdbMatchingService(database, igdb), store)


def build_library_import(database: Database, store: ObjectStore) -> LibraryImportService:
    """Enriched files to tables."""
    return LibraryImportService(database, store)


def build_library_service(database: Database | None = None) -> LibraryService:
    """Imported libraries; asks the database only."""
    return LibraryService(database or get_database())


def build_match_by_hand(igdb: IgdbSource) -> MatchByHandService:
    """Which game an app is, decided by a person."""
    database = get_database()
    return MatchByHandService(database, IgdbMatchingService(database, igdb))


def build_library_requests() -> LibraryRequestService:
    """Libraries that somebody wants imported, by table and, where one is set, by queue."""
    settings = get_settings()
    queue = None
    if settings.library_queue_url is not None:
        queue = SqsQueue(settings.library_queue_url, region=settings.aws_region, endpoint_url=settings.sqs_endpoint_url)
    return LibraryRequestService(get_database(), queue)
