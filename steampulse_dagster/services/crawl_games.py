"""Crawls store metadata of games: fetches from Steam, fills `games` with its tags and the like, and `game_prices`."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.catalog import CatalogApp
from steampulse_dagster.models.games import Game, GameCrawlResult, GamePrice, StoreItem
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.services import game_rules
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()


class GameCrawlService:
    """Brings the stored store metadata of single games up to date. Safe to kill and to repeat."""

    def __init__(
        self,
        db: Database,
        steam: SteamDataSource,
        *,
        fresh_hours: float,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = db
        self._steam = steam
        self._fresh = timedelta(hours=fresh_hours)
        self._clock = clock

    async def expect(self, appids: Sequence[int], *, force: bool = False) -> None:
        """Say which games will be crawled, so that one GetItems request serves a hundred of them."""
        recent = set() if force else await asyncio.to_thread(self._list_recent, appids)
        self._steam.expect_store_items(appid for appid in appids if appid not in recent)

    async def crawl_game(self, appid: int, *, force: bool = False) -> GameCrawlResult:
        """Bring a game's store metadata up to date, unless that was done within the fresh hours. Raises SteamApiError.

        GetItems tells what has changed for a hundred games at once; appdetails is asked when a rule demands it
        (`game_rules.needs_details`) or `force` does. A game that the store no longer shows keeps what is known of it;
        only its state changes.
        """
        stored, listed = await asyncio.to_thread(self._get_standing, appid)
        if stored is not None and not force and self._is_recent(stored.crawled_at):
            return GameCrawlResult(game=stored, fetched=False)
        item = await self._steam.fetch_store_item(appid)
        mark = self._steam.build_mark(item)
        modified_at = listed.steam_last_modified if listed else None
        if force or game_rules.needs_details(stored, mark, modified_at=modified_at, now=self._clock()):
            return await self._crawl_details(appid, item, stored, listed)
        assert stored is not None  # a game that is not stored needs its details
        tags = await self._steam.fetch_tags(item) if item else ()
        game = game_rules.refresh_from_item(stored, item, tags=tags, now=self._clock())
        await asyncio.to_thread(self._store_game, game, None)
        return GameCrawlResult(game=game, fetched=True)

    async def _crawl_details(
        self, appid: int, item: StoreItem | None, stored: Game | None, listed: CatalogApp | None
    ) -> GameCrawlResult:
        fetched = await self._steam.fetch_game_details(appid, item=item, is_known=stored is not None)
        now = self._clock()
        fetched = fetched.model_copy(update={"crawled_at": now, "details_at": now})
        game = game_rules.name_as_listed(game_rules.merge_details(stored, fetched), listed)
        changed = await asyncio.to_thread(self._store_game, game, game_rules.observe_price(game))
        log.info("game_stored", appid=appid, state=game.state.value, changed=changed)
        return GameCrawlResult(game=game, fetched=True, detailed=True)

    def _is_recent(self, moment: datetime | None) -> bool:
        return moment is not None and self._clock() - moment < self._fresh

    def _list_recent(self, appids: Sequence[int]) -> set[int]:
        with self._db.connection() as conn:
            return set(GameRepository(conn).list_crawled_since(appids, self._clock() - self._fresh))

    def _get_standing(self, appid: int) -> tuple[Game | None, CatalogApp | None]:
        with self._db.connection() as conn:
            return GameRepository(conn).get(appid), CatalogRepository(conn).get(appid)

    def _store_game(self, game: Game, price: GamePrice | None) -> bool:
        with self._db.transaction() as conn:
            games = GameRepository(conn)
            changed = games.upsert(game)
            if price is not None:
                games.insert_price_if_new(price)
            return changed
