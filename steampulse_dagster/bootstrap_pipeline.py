"""Puts the stages of the pipeline together: Steam, and the services that take games to their reports.

Importing this module opens nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from steampulse_dagster import bootstrap, bootstrap_models
from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import Limiter, host_name
from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.config import get_settings
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.analysis_jobs import AnalysisJobService
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.crawl_games import GameCrawlService
from steampulse_dagster.services.due import DueService
from steampulse_dagster.services.host_budget import HostBudgetLedger
from steampulse_dagster.services.lineage import LineageService
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.services.spending_guard import SpendingGuard
from steampulse_dagster.services.tracking import TrackingService
from steampulse_dagster.utils.db import Database

if TYPE_CHECKING:
    pass

CHUNKS_OF_A_GAME = {"local": 4, "bedrock": 32, "openai": 4}
"""Chunks of one game at work at once. An analyst with few hands takes a few of each game, so that games end in turn."""


@asynccontextmanager
async def open_steam() -> AsyncIterator[SteamDataSource]:
    """Steam behind one reused HTTP client and the request budget that all processes share, closed at the end."""
    settings = get_settings()
    environment = bootstrap.get_environment(simulators=not (settings.steam_api_url and settings.steam_store_url))
    budgets = {
        host_name(url): HostBudget(requests_per_second=rate, concurrency=settings.steam_concurrency)
        for url, rate in (
            (environment.steam_api_url, environment.steam_requests_per_second),
            (environment.steam_store_url, environment.steam_store_requests_per_second),
        )
    }
    await asyncio.to_thread(bootstrap.get_database)  # with its tables
    # A connection of its own: turns are not to wait for those that store reviews.
    own = bootstrap.connect_database(environment.database_url, pool_size=1)
    limiter = Limiter(HostBudgetLedger(own, budgets, block_hours=settings.steam_block_hours))
    connections = settings.steam_concurrency * len(budgets)
    try:
        async with build_http_client(concurrency=connections, contact=settings.steam_contact) as http:
            yield SteamDataSource(
                http,
                api_url=environment.steam_api_url,
                store_url=environment.steam_store_url,
                key=environment.steam_api_key,
                limiter=limiter,
                country=settings.steam_country,
            )
    finally:
        await limiter.close()


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
        reviews_per_game=settings.reviews_per_game,
        author_salt=settings.author_salt,
        store_author_ids=settings.store_author_ids,
    )
    plans = bootstrap_models.build_cost_plan_service(database)
    guard = None if plans is None else SpendingGuard(plans, bootstrap_models.build_ledger())
    return LineageService(
        games=GameCrawlService(database, steam, fresh_hours=settings.fresh_hours),
        crawl=crawl,
        analysis=build_analysis(database, analyst, guard=guard),
        reports=ReportService(database, analyst, object_store),
        due=DueService(database, fresh_hours=settings.fresh_hours),
        jobs=AnalysisJobService(database, analyst_key=analyst.provenance.key),
        concurrency=settings.games_concurrency,
        guard=guard,
    )


def build_analysis(database: Database, analyst: Analyst, *, guard: SpendingGuard | None = None) -> AnalysisService:
    settings = get_settings()
    return AnalysisService(
        database,
        analyst,
        concurrency=settings.model_concurrency or CHUNKS_OF_A_GAME[settings.analyst],
        analysed_per_game=settings.analysed_per_game,
        guard=guard,
    )
