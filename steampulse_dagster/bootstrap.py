"""Puts the parts together: the only place that knows which service takes what. Dagster, the CLI and the API use it.

Everything is opened once per process, when first asked for; importing this module opens nothing.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.clients.http import build_http_client
from steampulse_dagster.clients.igdb import IgdbSource
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.object_store import ObjectStore, open_object_store
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.config import get_settings
from steampulse_dagster.embedded.environment import Environment, open_environment
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.lineage import LineageService
from steampulse_dagster.services.reports import ReportReader, ReportService
from steampulse_dagster.services.status import StatusService
from steampulse_dagster.services.tracking import TrackedGames, TrackingService
from steampulse_dagster.utils.db import Database

IGDB_OPEN_REQUESTS = 8
"""IGDB's own limit of open requests for one client id."""


@cache
def get_environment(*, simulators: bool) -> Environment:
    """Addresses of everything outside; starts the embedded parts that no URL replaces."""
    return open_environment(get_settings(), simulators=simulators)


@cache
def get_database() -> Database:
    """The process's connection pool, on a database with all migrations applied."""
    url = get_environment(simulators=False).database_url
    migrate(url)
    return Database(url, pool_size=get_settings().database_pool_size)


@cache
def get_object_store() -> ObjectStore:
    """Folder or bucket for files that people and other programs read."""
    settings = get_settings()
    url = get_environment(simulators=False).object_store_url
    return open_object_store(url, region=settings.aws_region, endpoint_url=settings.s3_endpoint_url)


@cache
def get_analyst() -> Analyst:
    """The analyst that the settings name; loads its model."""
    from steampulse_dagster.analyzer.local.analyst import open_local_analyst

    match get_settings().analyst:
        case "local":
            return open_local_analyst()


@asynccontextmanager
async def open_steam() -> AsyncIterator[SteamDataSource]:
    """Steam behind one reused HTTP client, closed at the end."""
    settings = get_settings()
    environment = get_environment(simulators=not (settings.steam_api_url and settings.steam_store_url))
    async with build_http_client(concurrency=settings.steam_concurrency) as http:
        yield SteamDataSource(
            http,
            api_url=environment.steam_api_url,
            store_url=environment.steam_store_url,
            key=environment.steam_api_key,
            limiter=HostLimiter(
                requests_per_second=environment.steam_requests_per_second, concurrency=settings.steam_concurrency
            ),
            country=settings.steam_country,
        )


@asynccontextmanager
async def open_igdb() -> AsyncIterator[IgdbSource]:
    """IGDB behind an HTTP client of its own, closed at the end."""
    settings = get_settings()
    environment = get_environment(simulators=not (settings.igdb_api_url and settings.twitch_auth_url))
    async with build_http_client(concurrency=IGDB_OPEN_REQUESTS) as http:
        yield IgdbSource(
            http,
            api_url=environment.igdb_api_url,
            auth_url=environment.twitch_auth_url,
            client_id=environment.igdb_client_id,
            client_secret=environment.igdb_client_secret,
        )


def build_catalog_service(database: Database, steam: SteamDataSource) -> CatalogService:
    """The catalogue of all apps on Steam."""
    return CatalogService(database, steam)


def build_tracking_service(database: Database, steam: SteamDataSource) -> TrackingService:
    """Which games are followed."""
    return TrackingService(database, steam)


def build_lineage_service(
    database: Database, steam: SteamDataSource, *, analyst: Analyst, object_store: ObjectStore
) -> LineageService:
    """Games from Steam to their reports."""
    settings = get_settings()
    crawl = CrawlService(
        database,
        steam,
        fresh_hours=settings.fresh_hours,
        author_salt=settings.author_salt,
        store_author_ids=settings.store_author_ids,
    )
    return LineageService(
        crawl=crawl,
        analysis=AnalysisService(database, analyst),
        reports=ReportService(database, analyst, object_store),
        concurrency=settings.games_concurrency,
    )


def build_status_service() -> StatusService:
    """What is stored; asks the database only."""
    return StatusService(get_database())


def build_tracked_games() -> TrackedGames:
    """The games that are followed, without asking Steam."""
    return TrackedGames(get_database())


def build_report_reader() -> ReportReader:
    """Stored reports, for whoever reads them."""
    return ReportReader(get_database())
