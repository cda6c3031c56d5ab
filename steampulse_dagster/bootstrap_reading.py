"""Puts the reading side together: its services and the app that serves them. Importing this module opens nothing."""

from typing import TYPE_CHECKING

import structlog
from pydantic import SecretStr

from steampulse_dagster import bootstrap
from steampulse_dagster.bootstrap_operations import build_metrics_service
from steampulse_dagster.config import get_settings, renew_settings
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.services.analysis_jobs import AnalysisJobReader
from steampulse_dagster.services.drawn_pages import DrawnPageReader, RecentPages
from steampulse_dagster.services.exports import EXPORTS_AT_ONCE, ExportService
from steampulse_dagster.services.readiness import ReadinessService
from steampulse_dagster.services.reading import DRAWN_ROWS, ReadingServices
from steampulse_dagster.services.reading_games import GameReader
from steampulse_dagster.services.reading_library import LibraryReader
from steampulse_dagster.services.reading_reviews import ReviewReader
from steampulse_dagster.services.reading_signals import SignalReader
from steampulse_dagster.services.report_diffs import ReportDiffService
from steampulse_dagster.services.reports import ReportReader
from steampulse_dagster.services.work_requests import WorkRequestService
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.program import digest_program
from steampulse_dagster.utils.remembered import Recent, Remembered

if TYPE_CHECKING:
    from fastapi import FastAPI

    from steampulse_dagster.api.access import Access

TOKEN_SECONDS = 60.0
"""For so long a token that was replaced in Secrets Manager goes on counting."""

log = structlog.get_logger()


def build_reading_services(database: Database, *, exports: ExportService) -> ReadingServices:
    """What API and pages ask."""
    return ReadingServices(
        games=GameReader(database),
        drawn=DrawnPageReader(database, program=digest_program()),
        lists=RecentPages(),
        rows=Recent(DRAWN_ROWS),
        reviews=ReviewReader(database),
        signals=SignalReader(database),
        library=LibraryReader(database),
        reports=ReportReader(database),
        diffs=ReportDiffService(database),
        jobs=AnalysisJobReader(database),
        requests=WorkRequestService(database),
        exports=exports,
        readiness=ReadinessService(database),
        metrics=build_metrics_service(database),
    )


def build_game_reader() -> GameReader:
    """Pages of games; asks the database only."""
    return GameReader(bootstrap.get_database())


def build_export_service() -> ExportService:
    """Exports, on connections of their own."""
    bootstrap.get_database()  # with its tables
    url = bootstrap.get_environment(simulators=False).database_url
    return ExportService(bootstrap.connect_database(url, pool_size=EXPORTS_AT_ONCE))


def build_app() -> "FastAPI":
    """The app on the settings of this process; opens the database, with its tables."""
    from steampulse_dagster.api.app import create_app

    services = build_reading_services(bootstrap.get_database(), exports=build_export_service())
    return create_app(services, access=build_access())


def build_access() -> "Access":
    """Who may change state, by the settings; a token from Secrets Manager is read anew while the process lives."""
    from steampulse_dagster.api.access import Access

    settings = get_settings()

    def renew() -> SecretStr | None:
        try:
            return renew_settings().api_token
        except ConfigError as error:
            log.warning("secrets_not_renewed", error=str(error))
            return settings.api_token

    return Access(
        token=settings.api_token,
        trusts_loopback=settings.api_token is None and settings.database_url is None,
        renew_token=Remembered(renew, seconds=TOKEN_SECONDS).get if settings.secrets_prefix else None,
    )
