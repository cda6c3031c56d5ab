"""The library of a Steam id as it was imported; reads the tables of the library. Blocks: call it from a thread."""

from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.reading import Library, LibraryGame, Page
from steampulse_dagster.repositories.library_reading import LibraryReadingRepository
from steampulse_dagster.services.reading_games import build_page, require_limit
from steampulse_dagster.utils.cursors import decode_cursor
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.steam_ids import is_steam_id


class LibraryReader:
    """Answers what somebody owns."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get_library(self, steam_id: str, *, limit: int = 50, cursor: str | None = None) -> Library:
        """The library, most played first; empty where nothing was imported. Raises ValidationError for no SteamID64."""
        if not is_steam_id(steam_id):
            raise ValidationError(
                "That is not the SteamID64 of a person: 17 digits that begin with 7656119 or 7656120."
            )
        of = f"library {steam_id}"
        after = None if cursor is None else decode_cursor(of, cursor, [int, int])
        position = None if after is None else (min(int(after[0]), 2**31 - 1), int(after[1]))
        with self._db.snapshot() as conn:
            repository = LibraryReadingRepository(conn)
            totals = repository.get_totals(steam_id)
            games = repository.list_games(steam_id, limit=require_limit(limit) + 1, after=position)
        page = build_page(of, games, limit=limit, position=lambda one: [one[1], one[0].appid])
        items: tuple[LibraryGame, ...] = tuple(game for game, _ in page.items)
        return Library(**totals.model_dump(), steam_id=steam_id, page=Page(items=items, next_cursor=page.next_cursor))
