"""Puts the parts together: the only place that knows which service takes what. Dagster, the CLI and the API use it.

Everything is opened once per process, when first asked for; importing this module opens nothing.
"""

from functools import cache

from steampulse_dagster.clients.object_store import ObjectStore, open_object_store
from steampulse_dagster.config import get_settings, renew_settings
from steampulse_dagster.embedded.environment import Environment, open_environment
from steampulse_dagster.logs import configure_logs
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.services.analysis_jobs import AnalysisJobReader
from steampulse_dagster.services.due import DueService
from steampulse_dagster.services.host_budget import HostBudgetService
from steampulse_dagster.services.quarantine import QuarantineService
from steampulse_dagster.services.report_diffs import ReportDiffService
from steampulse_dagster.services.reports import ReportReader
from steampulse_dagster.services.status import StatusService
from steampulse_dagster.services.tracking import TrackedGames
from steampulse_dagster.utils.db import Database


@cache
def get_environment(*, simulators: bool) -> Environment:
    """Addresses of everything outside; starts the embedded parts that no URL replaces.

    Everything begins here, so the process's logs are set up here too: Dagster's servers load the code as they like.
    """
    configure_logs(get_settings())
    return open_environment(get_settings(), simulators=simulators)


@cache
def get_database() -> Database:
    """The process's connection pool, on a database with all migrations applied."""
    url = get_environment(simulators=False).database_url
    migrate(url)
    return connect_database(url, pool_size=get_settings().database_pool_size)


def connect_database(url: str, *, pool_size: int) -> Database:
    """Connections of their own, which follow the URL where it can change while this process lives."""
    return Database(url, pool_size=pool_size, renew_url=_renew_database_url if get_settings().secrets_prefix else None)


def _renew_database_url() -> str:
    url = renew_settings().database_url
    return "" if url is None else url.get_secret_value()


@cache
def get_object_store() -> ObjectStore:
    """Folder or bucket for files that people and other programs read."""
    settings = get_settings()
    url = get_environment(simulators=False).object_store_url
    return open_object_store(url, region=settings.aws_region, endpoint_url=settings.s3_endpoint_url)


def build_host_budget_service() -> HostBudgetService:
    """What the hosts outside may be asked now."""
    return HostBudgetService(get_database())


def build_analysis_job_reader() -> AnalysisJobReader:
    """Re-analyses of games; asks the database only."""
    return AnalysisJobReader(get_database())


def build_status_service() -> StatusService:
    """What is stored; asks the database only."""
    return StatusService(get_database(), fresh_hours=get_settings().fresh_hours)


def build_tracked_games() -> TrackedGames:
    """The games that are followed, without asking Steam."""
    return TrackedGames(get_database())


def build_due_service(database: Database | None = None) -> DueService:
    """When games are crawled next, and which ones failed; asks the database only."""
    return DueService(database or get_database(), fresh_hours=get_settings().fresh_hours)


def build_quarantine_service() -> QuarantineService:
    """What could not be read; asks the database only."""
    return QuarantineService(get_database())


def build_report_diff_service() -> ReportDiffService:
    """What changed between stored reports; asks the database only."""
    return ReportDiffService(get_database())


def build_report_reader() -> ReportReader:
    """Stored reports, for whoever reads them."""
    return ReportReader(get_database())
