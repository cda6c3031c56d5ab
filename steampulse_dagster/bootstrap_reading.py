"""Puts the reading side together: its services and the app that serves them. Importing this module opens nothing."""

from typing import TYPE_CHECKING

from steampulse_dagster import bootstrap
from steampulse_dagster.bootstrap_operations import build_metrics_service
from steampulse_dagster.config import get_settings
from steampulse_dagster.services.analysis_jobs import AnalysisJobReader
from steampulse_dagster.services.drawn_pages import DrawnPageReader
from steampulse_dagster.services.exports import EXPORTS_AT_ONCE, ExportService
from steampulse_dagster.services.readiness import ReadinessService
from steampulse_dagster.services.reading import ReadingServices
from steampulse_dagster.services.reading_games import GameReader
from steampulse_dagster.services.reading_library import LibraryReader
from steampulse_dagster.services.reading_reviews import ReviewReader
from steampulse_dagster.services.reading_signals import SignalReader
from steampulse_dagster.services.report_diffs import ReportDiffService
from steampulse_dagster.services.reports import ReportReader
from steampulse_dagster.services.work_requests import WorkRequestService
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.program import digest_program

if TYPE_CHECKING:
    from fastapi import FastAPI


def build_reading_services(database: Database, *, exports: ExportService) -> ReadingServices:
    """What API and pages ask."""
    return ReadingServices(
        games=GameReader(database),
        drawn=DrawnPageReader(database, program=digest_program()),
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
    from steampulse_dagster.api.access import Access
    from steampulse_dagster.api.app import create_app

    settings = get_settings()
    access = Access(
        token=settings.api_token,
        trusts_loopback=settings.api_token is None and settings.database_url is None,
    )
    return create_app(build_reading_services(bootstrap.get_database(), exports=build_export_service()), access=access)
