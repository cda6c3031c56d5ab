"""PostgreSQL for Dagster's steps."""

from typing import TYPE_CHECKING

import dagster as dg

from steampulse_dagster import bootstrap

if TYPE_CHECKING:
    from steampulse_dagster.utils.db import Database


class PostgresResource(dg.ConfigurableResource):
    """The product's database: `DATABASE_URL`, or the embedded server."""

    def get_database(self) -> "Database":
        """The process's connection pool, with all migrations applied."""
        return bootstrap.get_database()
