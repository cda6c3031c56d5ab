"""A process of the server opens connections and draws a page before it answers anybody."""

import pytest

from steampulse_dagster.api.warming import CONNECTIONS, warm_up
from steampulse_dagster.bootstrap_reading import build_reading_services
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.utils.db import Database, fetch_column

pytestmark = pytest.mark.integration


def list_connections(database: Database) -> set[int]:
    with database.connection() as conn:
        return set(fetch_column(conn, "select pid from pg_stat_activity where datname = current_database()"))


@pytest.mark.parametrize(("pool_size", "opened"), [(2, 2), (12, CONNECTIONS)])
def test_so_many_connections_are_open_as_are_wanted_and_may_be(
    reading_url: str, reading_db: Database, pool_size: int, opened: int
) -> None:
    others = list_connections(reading_db)
    database = Database(reading_url, pool_size=pool_size)
    warm_up(build_reading_services(database, exports=ExportService(database)))
    assert len(list_connections(reading_db) - others) == opened
    database.close()


def test_an_empty_database_and_one_that_is_away_are_no_reason_not_to_start(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, away = Database(database_url, pool_size=2), Database("postgresql://nobody@127.0.0.1:1/none", pool_size=2)
    for database in (empty, away):
        warm_up(build_reading_services(database, exports=ExportService(database)))
    told = capsys.readouterr().out
    assert told.count("not_warmed_up") == 1
    assert "PostgreSQL cannot be reached" in told
    empty.close()
