"""What is stored, for `status` and whoever else only asks."""

from steampulse_dagster.models.status import GameStatus, TableCount
from steampulse_dagster.repositories.status import StatusRepository
from steampulse_dagster.utils.db import Database


class StatusService:
    """Reads counts; changes nothing and asks nobody but the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count_tables(self) -> tuple[TableCount, ...]:
        """Exact row counts of every table, by name."""
        with self._database.connection() as conn:
            return tuple(StatusRepository(conn).count_tables())

    def list_games(self) -> tuple[GameStatus, ...]:
        """One line for each game that is tracked or stored."""
        with self._database.connection() as conn:
            return tuple(StatusRepository(conn).list_game_status())
