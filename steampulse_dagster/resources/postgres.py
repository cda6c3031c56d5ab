"""PostgreSQL for Dagster's steps."""

import dagster as dg

from steampulse_dagster import bootstrap
from steampulse_dagster.utils.db import Database


class PostgresResource(dg.ConfigurableResource):
    """The product's database: `DATABASE_URL`, or the embedded server."""

    def get_database(self) -> Database:
        """The process's connection pool, with all migrations applied."""
        return bootstrap.get_database()
