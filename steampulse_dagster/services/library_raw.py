"""The Steam import: asks Steam for a player's library, writes `raw/steam-library-…csv` and `quarantine`."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.clients.steam_library import SteamLibrarySource
from steampulse_dagster.models.library import OwnedLibrary, RawLibrary
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.services import library_files
from steampulse_dagster.services.library_progress import LibraryProgress
from steampulse_dagster.utils.batches import in_batches
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.csv_rows import encode_header, encode_rows
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.text import clean_line

log = structlog.get_logger()
ROWS_AT_ONCE = 2_000
MOST_SHOWN = 10


class SteamImportService:
    """Makes the raw file of a library. Every call makes a new file, named by the moment; nothing is replaced."""

    def __init__(
        self,
        db: Database,
        steam: SteamLibrarySource,
        store: ObjectStore,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = db
        self._steam = steam
        self._store = store
        self._clock = clock

    async def fetch_steam_id(self, profile: str) -> str:
        """The SteamID64 of a SteamID64, profile address or custom name. Raises ValidationError or SteamApiError."""
        return await self._steam.fetch_steam_id(profile)

    async def import_library(self, steam_id: str, *, progress: LibraryProgress | None = None) -> RawLibrary:
        """Fetch a library and write it. A library without games is a file without rows.

        Raises SteamApiError (private, not_found, key_refused, rate_limited, unavailable, incomplete …: no file is
        written then), ValidationError for what names no profile, ObjectStoreError, DatabaseError.
        """
        steam_id = await self._steam.fetch_steam_id(steam_id)
        with structlog.contextvars.bound_contextvars(steam_id=steam_id):
            fetched_at = self._clock()
            library = await self._steam.fetch_owned_games(steam_id)
            if progress is not None:
                progress.games, progress.stage = len(library.games), "writing the raw file"
            key = library_files.raw_key(steam_id, fetched_at)
            await asyncio.to_thread(self._write, key, library)
            log.info("library_fetched", s3_key=key, games=len(library.games), unreadable=len(library.unparsed))
        return RawLibrary(
            s3_key=key,
            steam_id=steam_id,
            fetched_at=fetched_at,
            games=len(library.games),
            played=sum(1 for game in library.games if game.playtime_forever),
            playtime_minutes=sum(game.playtime_forever for game in library.games),
            most_played=_list_most_played(library),
            unreadable=len(library.unparsed),
        )

    def _write(self, key: str, library: OwnedLibrary) -> None:
        if library.unparsed:
            with self._db.transaction() as conn:
                QuarantineRepository(conn).insert_many(library.unparsed)
        with self._store.open_writer(key) as file:
            file.write(encode_header(library_files.RAW_COLUMNS))
            for games in in_batches(library.games, ROWS_AT_ONCE):
                file.write(encode_rows(map(library_files.to_raw_cells, games)))


def _list_most_played(library: OwnedLibrary) -> dict[str, int]:
    played = sorted((game for game in library.games if game.playtime_forever), key=lambda game: -game.playtime_forever)
    return {clean_line(game.name) or str(game.appid): round(game.playtime_forever / 60) for game in played[:MOST_SHOWN]}
