"""Whether the database answers and has all tables; reads `schema_migrations`. Blocks: call it from a thread."""

from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.models.reading import Readiness
from steampulse_dagster.repositories.migrate import list_pending
from steampulse_dagster.utils.db import Database


class ReadinessService:
    """Asks the database only."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def check(self) -> Readiness:
        """Never raises for an outage: that is one of its answers."""
        try:
            with self._db.connection() as conn:
                pending = list_pending(conn)
        except DatabaseError as error:
            return Readiness(ready=False, database=error.message, migrations="not known")
        migrations = f"{', '.join(pending)} not applied yet" if pending else "all applied"
        return Readiness(ready=not pending, database="answers", migrations=migrations)
