"""Crawls games and their reviews: fetches from Steam, fills `games`, `reviews`, `crawl_state`, `quarantine`."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from pydantic import SecretStr

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_reviews import AuthorKeyOf, build_author_key_of
from steampulse_dagster.errors import SteamApiError
from steampulse_dagster.models.games import Game, GameCrawlResult, GameState
from steampulse_dagster.models.reviews import CrawlResult, CrawlState
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.database_values import AUTHOR_SALT, DatabaseValueRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services import crawl_rules
from steampulse_dagster.services.crawl_walk import OnStored, ReviewWalk
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()


class CrawlService:
    """Brings the stored state of single games up to date. Every method is safe to kill and to repeat."""

    def __init__(
        self,
        db: Database,
        steam: SteamDataSource,
        *,
        fresh_hours: float,
        author_salt: SecretStr | None = None,
        store_author_ids: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = db
        self._steam = steam
        self._fresh_hours = fresh_hours
        self._author_salt = author_salt
        self._store_author_ids = store_author_ids
        self._clock = clock
        self._author_key_of: AuthorKeyOf | None = None

    async def crawl_game(self, appid: int, *, force: bool = False) -> GameCrawlResult:
        """Fetch and store a game's store metadata, unless it was fetched within the fresh hours. Raises SteamApiError.

        A game that the store no longer shows keeps what is known of it; only its state changes.
        """
        stored = await asyncio.to_thread(self._get_game, appid)
        if stored is not None and not force and self._is_recent(stored.crawled_at):
            return GameCrawlResult(game=stored, fetched=False)
        game = await self._steam.fetch_game(appid)
        if stored is not None and game.state is GameState.UNAVAILABLE:
            game = stored.model_copy(update={"state": game.state, "crawled_at": game.crawled_at})
        game = game.model_copy(update={"crawled_at": self._clock()})
        changed = await asyncio.to_thread(self._store_game, game)
        log.info("game_stored", appid=appid, state=game.state.value, changed=changed)
        return GameCrawlResult(game=game, fetched=True)

    async def crawl_reviews(
        self, appid: int, *, force: bool = False, on_progress: OnStored | None = None
    ) -> CrawlResult:
        """Fetch what is new or edited since the last crawl and store it, page by page.

        The first crawl walks all reviews in creation order and goes on where it was killed; later ones walk by last
        edit down to what is known. Within the fresh hours nothing is asked for. `on_progress` hears of each stored
        page how many reviews it held. Raises SteamApiError, after noting it in `crawl_state`.
        """
        state, stored = await asyncio.to_thread(self._get_state, appid)
        if not force and crawl_rules.is_fresh(state, now=self._clock(), fresh_hours=self._fresh_hours):
            return _summarize(state, CrawlResult(appid=appid, skipped_fresh=True), stored=stored)
        resumed = state is not None and state.cursor is not None
        walk = ReviewWalk(
            self._db,
            self._steam,
            crawl_rules.begin_walk(state, appid=appid, stored=stored),
            author_key_of=await self._get_author_key_of(),
            on_stored=on_progress or _ignore,
            clock=self._clock,
            fresh_hours=self._fresh_hours,
        )
        try:
            await walk.run()
            if resumed and walk.result.ended_early is None:
                # What came in front of the saved cursor while nobody was walking.
                walk.state = crawl_rules.begin_walk(walk.state, appid=appid, stored=walk.state.stored)
                await walk.run()
        except SteamApiError as error:
            await asyncio.to_thread(self._mark_failed, appid, error.message, walk.state.consecutive_failures)
            raise
        result = _summarize(walk.state, walk.result, stored=walk.state.stored)
        log.info("reviews_crawled", **result.model_dump(exclude={"skipped_fresh"}, exclude_none=True))
        return result

    async def _get_author_key_of(self) -> AuthorKeyOf:
        if self._author_key_of is None:
            salt = self._author_salt or SecretStr(await asyncio.to_thread(self._get_database_salt))
            self._author_key_of = build_author_key_of(salt, store_ids=self._store_author_ids)
        return self._author_key_of

    def _get_database_salt(self) -> str:
        with self._db.connection() as conn:
            return DatabaseValueRepository(conn).get_or_create(AUTHOR_SALT, secrets.token_hex)

    def _is_recent(self, moment: datetime | None) -> bool:
        return moment is not None and self._clock() - moment < timedelta(hours=self._fresh_hours)

    def _get_game(self, appid: int) -> Game | None:
        with self._db.connection() as conn:
            return GameRepository(conn).get(appid)

    def _store_game(self, game: Game) -> bool:
        with self._db.transaction() as conn:
            return GameRepository(conn).upsert(game)

    def _get_state(self, appid: int) -> tuple[CrawlState | None, int]:
        with self._db.connection() as conn:
            return CrawlStateRepository(conn).get(appid), ReviewRepository(conn).count(appid)

    def _mark_failed(self, appid: int, error: str, failures: int) -> None:
        due = self._clock() + crawl_rules.compute_back_off(failures)
        with self._db.transaction() as conn:
            CrawlStateRepository(conn).mark_failed(appid, error=error, next_due_at=due)


def _summarize(state: CrawlState | None, result: CrawlResult, *, stored: int) -> CrawlResult:
    reported = state.reported.total_reviews if state and state.reported else None
    completeness = state.completeness if state else None
    return result.model_copy(update={"stored": stored, "reported": reported, "completeness": completeness})


def _ignore(_: int) -> None:
    """Nobody listens to the progress."""
