"""Imported libraries for people: what is in them, what IGDB does not know, matches by hand, following their games;
reads `imported_games` and what belongs to it, writes `igdb_overrides`, `library_requests` and `tracked_games`.
"""

from collections.abc import Callable
from datetime import datetime

from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.library import (
    Confidence,
    IgdbGame,
    ImportRun,
    LibraryGame,
    LibraryMiss,
    LibraryTracked,
    MatchStatus,
)
from steampulse_dagster.repositories.igdb_matches import IgdbMatchRepository
from steampulse_dagster.repositories.imported_games import ImportedGameRepository
from steampulse_dagster.services.igdb_matching import IgdbMatchingService
from steampulse_dagster.services.tracking import TrackedGames
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database


class LibraryService:
    """Asks nobody but the database, and blocks on it."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._clock = clock

    def list_libraries(self) -> tuple[tuple[str, int], ...]:
        """Imported profiles with the number of their apps."""
        with self._db.connection() as conn:
            return ImportedGameRepository(conn).list_libraries()

    def require_games(self, steam_id: str) -> tuple[LibraryGame, ...]:
        """A library, most played first, marked ones included. Raises NotFoundError if it was never imported."""
        with self._db.connection() as conn:
            repository = ImportedGameRepository(conn)
            games = repository.list_games(steam_id)
            if not games and not repository.list_runs(steam_id, limit=1):
                raise NotFoundError(f"The library of {steam_id} was not imported: `steampulse library import`.")
        return games

    def list_genres(self, steam_id: str) -> dict[str, int]:
        """Games of a library by IGDB's genre, most common first; a game counts for each of its genres."""
        with self._db.connection() as conn:
            return ImportedGameRepository(conn).list_genres(steam_id)

    def list_runs(self, steam_id: str, *, limit: int = 10) -> tuple[ImportRun, ...]:
        """The newest imports of a library."""
        with self._db.connection() as conn:
            return ImportedGameRepository(conn).list_runs(steam_id, limit=limit)

    def list_misses(
        self, *, steam_id: str | None = None, weak: bool = False, limit: int | None = None
    ) -> tuple[LibraryMiss, ...]:
        """Games that IGDB does not know, in any library or one; with `weak` also those matched by title alone."""
        with self._db.connection() as conn:
            return ImportedGameRepository(conn).list_misses(steam_id=steam_id, weak=weak, limit=limit)

    def track_games(self, steam_id: str) -> LibraryTracked:
        """Follow the games of a library: its apps that are games by Steam's own word. Raises NotFoundError."""
        games = self.require_games(steam_id)
        with self._db.connection() as conn:
            names = ImportedGameRepository(conn).list_trackable(steam_id)
        named = {appid: name or f"App {appid}" for appid, name in names.items()}
        added = TrackedGames(self._db).add_checked(named, reason=TrackReason.LIBRARY, now=self._clock())
        owned = sum(1 for game in games if game.removed_at is None)
        return LibraryTracked(added=len(added), followed_before=len(names) - len(added), left_out=owned - len(names))


class MatchByHandService:
    """Decides by hand which of IGDB's games an app is, in every library at once and for every import to come."""

    def __init__(self, db: Database, matching: IgdbMatchingService, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._matching = matching
        self._clock = clock

    async def match(self, appid: int, igdb_id: int) -> IgdbGame:
        """An app is this game. Raises NotFoundError if IGDB has no such game, IgdbApiError, DatabaseError."""
        game = await self._matching.fetch_game(igdb_id)
        if game is None:
            raise NotFoundError(f"IGDB has no game {igdb_id}: take the number from its page on igdb.com.")
        self._decide(appid, igdb_id)
        return game

    def refuse(self, appid: int) -> None:
        """An app is none of IGDB's games."""
        self._decide(appid, None)

    def forget(self, appid: int) -> None:
        """Take back what was decided by hand; what IGDB said last holds again. Raises ValidationError."""
        with self._db.transaction() as conn:
            matches = IgdbMatchRepository(conn)
            if not matches.delete_override(appid):
                raise ValidationError(f"Nothing was decided by hand for {appid}.")
            known = matches.get(appid)
            self._apply(
                ImportedGameRepository(conn),
                appid,
                igdb_id=known.igdb_id if known else None,
                confidence=known.confidence if known else None,
                status=MatchStatus.PENDING if known is None else None,
            )

    def _decide(self, appid: int, igdb_id: int | None) -> None:
        with self._db.transaction() as conn:
            IgdbMatchRepository(conn).set_override(appid, igdb_id, made_at=self._clock())
            self._apply(ImportedGameRepository(conn), appid, igdb_id=igdb_id, confidence=Confidence.MANUAL)

    @staticmethod
    def _apply(
        games: ImportedGameRepository,
        appid: int,
        *,
        igdb_id: int | None,
        confidence: Confidence | None,
        status: MatchStatus | None = None,
    ) -> None:
        status = status or (MatchStatus.UNMATCHED if igdb_id is None else MatchStatus.MATCHED)
        libraries = games.set_match(
            appid, match_status=status.value, confidence=confidence and confidence.value, igdb_id=igdb_id
        )
        games.refresh_items(libraries)
