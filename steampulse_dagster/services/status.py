"""What is stored, for `status` and whoever else only asks."""

from collections.abc import Callable
from datetime import datetime, timedelta

from steampulse_dagster.models.due import GameSchedule
from steampulse_dagster.models.status import GameStatus, TableCount
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.status import StatusRepository
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database


class StatusService:
    """Reads counts; changes nothing and asks nobody but the database."""

    def __init__(self, database: Database, *, fresh_hours: float, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._fresh = timedelta(hours=fresh_hours)
        self._clock = clock

    def count_tables(self, *, exact: bool = False) -> tuple[TableCount, ...]:
        """Row counts of every table, by name; those of large tables are estimated unless `exact`."""
        with self._database.connection() as conn:
            return StatusRepository(conn).count_tables(exact=exact)

    def list_games(self) -> tuple[GameStatus, ...]:
        """One line for each game that is tracked or stored."""
        with self._database.connection() as conn:
            games = StatusRepository(conn).list_game_status()
            schedule = DueRepository(conn).list_all(now=self._clock(), fresh=self._fresh)
        planned = {game.appid: game for game in schedule}
        return tuple(_with_schedule(game, planned.get(game.appid)) for game in games)


def _with_schedule(game: GameStatus, planned: GameSchedule | None) -> GameStatus:
    if planned is None:
        return game
    return game.model_copy(update={"state": planned.state, "next_due_at": planned.due_at})
