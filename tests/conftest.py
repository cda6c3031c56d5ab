"""Fixtures of all tests: a PostgreSQL for the session, a fresh database for each test that asks for one."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Loaded before `definitions.py` puts late modules in their place: what tests replace in those is not put back.
import steampulse_dagster.bootstrap
import steampulse_dagster.bootstrap_bulk
import steampulse_dagster.bootstrap_library
import steampulse_dagster.bootstrap_models
import steampulse_dagster.bootstrap_orchestration
import steampulse_dagster.bootstrap_pipeline  # noqa: F401
from steampulse_dagster.utils.db import Database
from tests.helpers import Server, fresh_database, running_server

# How long an example takes says something of the machine, which may be busy, and nothing of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says aloud what could not be tested because something is absent: a dot among a thousand says nothing."""
    reasons = {str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ()) if report.longrepr}
    for reason in sorted(reason for reason in reasons if "ABSENT" in reason):
        terminalreporter.write_line(reason.removeprefix("Skipped: "), yellow=True, bold=True)


@pytest.fixture(scope="session")
def database_server() -> Iterator[Server]:
    """One PostgreSQL server with a migrated template; only started if a test asks for it."""
    with running_server() as server:
        yield server


@pytest.fixture
def database_url(database_server: Server) -> Iterator[str]:
    """URL of a migrated, empty database of this test's own."""
    with fresh_database(database_server) as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """Connections to this test's own database."""
    database = Database(database_url, pool_size=8)
    try:
        yield database
    finally:
        database.close()
