"""Crawls reviews of games: fetches from Steam, fills `reviews`, `crawl_state`, `quarantine`."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime

import structlog
from pydantic import SecretStr

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_reviews import AuthorKeyOf, build_author_key_of
from steampulse_dagster.errors import SteamApiError
from steampulse_dagster.models.reviews import CrawlPhase, CrawlResult, CrawlState
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.database_values import AUTHOR_SALT, DatabaseValueRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services import crawl_rules, due_rules, sample_rules
from steampulse_dagster.services.crawl_pages import PageStore
from steampulse_dagster.services.crawl_walk import OnStored, ReviewWalk
from steampulse_dagster.services.offtopic import OfftopicMarker
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()


class CrawlService:
    """Brings the stored reviews of single games up to date. Every method is safe to kill and to repeat."""

    def __init__(
        self,
        db: Database,
        steam: SteamDataSource,
        *,
        fresh_hours: float,
        reviews_per_game: int | None = None,
        author_salt: SecretStr | None = None,
        store_author_ids: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._db = db
        self._steam = steam
        self._pages = PageStore(db)
        self._fresh_hours = fresh_hours
        self._reviews_per_game = reviews_per_game
        self._author_salt = author_salt
        self._store_author_ids = store_author_ids
        self._clock = clock
        self._author_key_of: AuthorKeyOf | None = None

    async def crawl_reviews(
        self, appid: int, *, force: bool = False, full: bool = False, on_progress: OnStored | None = None
    ) -> CrawlResult:
        """Fetch what is new or edited since the last crawl and store it, page by page.

        The first crawl walks all reviews in creation order and goes on where it was killed; later ones walk by last
        edit down to what is known. Within the fresh hours nothing is asked for, unless `force`. `full` walks all
        reviews again, which alone sees votes and playtimes that changed without an edit. `on_progress` hears of each
        stored page how many reviews it held. Raises SteamApiError, after noting it in `crawl_state`.
        """
        begun = self._clock()
        known, stored = await asyncio.to_thread(self._get_state, appid)
        if not (force or full) and self._is_settled(known, now=begun):
            return _summarize(known, CrawlResult(appid=appid, skipped_fresh=True), stored=stored)
        state = crawl_rules.begin_walk(known, appid=appid, stored=stored)
        if full and not (state.under_way and state.phase is CrawlPhase.FIRST):
            state = sample_rules.restart(state)
        marker = OfftopicMarker(self._db, self._steam, author_key_of=await self._get_author_key_of(), clock=self._clock)
        walk = ReviewWalk(
            self._db,
            self._steam,
            self._pages,
            state,
            author_key_of=await self._get_author_key_of(),
            on_stored=on_progress or _ignore,
            on_ending=marker.ask,
            clock=self._clock,
            fresh_hours=self._fresh_hours,
        )
        try:
            walk.state = await self._settle_sample(state)
            await self._walk(walk)
        except SteamApiError as error:
            await asyncio.to_thread(self._mark_failed, walk.state, error)
            raise
        else:
            if walk.result.ended_early is None:
                walk.state = await self._mark_offtopic(marker, walk.state, begun=begun)
        finally:
            marker.close()
        result = walk.result.model_copy(update={"pages": walk.result.pages + marker.pages})
        result = _summarize(walk.state, result, stored=walk.state.stored)
        log.info("reviews_crawled", **result.model_dump(exclude={"skipped_fresh"}, exclude_none=True))
        return result

    def _is_settled(self, state: CrawlState | None, *, now: datetime) -> bool:
        """Whether nothing is to be asked: what is stored is fresh, and no higher cap asks for more of it."""
        if state is None or sample_rules.may_grow(state, self._reviews_per_game):
            return False
        return crawl_rules.is_fresh(state, now=now, fresh_hours=self._fresh_hours)

    async def _settle_sample(self, state: CrawlState) -> CrawlState:
        """The state with the rate that the cap asks for; a request for the totals where a rate is to be chosen."""
        cap = self._reviews_per_game
        if sample_rules.may_grow(state, cap) or sample_rules.is_unsettled(state):
            total = 0 if cap is None else (await self._steam.fetch_review_summary(state.appid)).total_reviews
            return sample_rules.settle(state, cap=cap, total=total)
        return state

    async def _walk(self, walk: ReviewWalk) -> None:
        resumed = walk.state.under_way
        await walk.run()
        if resumed and walk.result.ended_early is None:
            # What came in front of the saved cursor while nobody was walking.
            walk.state = crawl_rules.begin_walk(walk.state, appid=walk.state.appid, stored=walk.state.stored)
            await walk.run()

    async def _mark_offtopic(self, marker: OfftopicMarker, state: CrawlState, *, begun: datetime) -> CrawlState:
        """The state with its off-topic check. The crawl is done: it does not fail here."""
        try:
            return await marker.update(state, begun=begun)
        except SteamApiError as error:
            log.warning("offtopic_check_failed", appid=state.appid, reason=error.message)
            return state

    async def _get_author_key_of(self) -> AuthorKeyOf:
        if self._author_key_of is None:
            salt = self._author_salt or SecretStr(await asyncio.to_thread(self._get_database_salt))
            self._author_key_of = build_author_key_of(salt, store_ids=self._store_author_ids)
        return self._author_key_of

    def _get_database_salt(self) -> str:
        with self._db.connection() as conn:
            return DatabaseValueRepository(conn).get_or_create(AUTHOR_SALT, secrets.token_hex)

    def _get_state(self, appid: int) -> tuple[CrawlState | None, int]:
        with self._db.connection() as conn:
            return CrawlStateRepository(conn).get(appid), ReviewRepository(conn).count(appid)

    def _mark_failed(self, state: CrawlState, error: SteamApiError) -> None:
        failed = due_rules.note_failure(
            state, kind=error.kind, error=error.message, now=self._clock(), retry_at=error.retry_at
        )
        with self._db.transaction() as conn:
            CrawlStateRepository(conn).mark_failed(failed)


def _summarize(state: CrawlState | None, result: CrawlResult, *, stored: int) -> CrawlResult:
    reported = state.reported.total_reviews if state and state.reported else None
    completeness = state.completeness if state else None
    offtopic = state.offtopic if state else None
    return result.model_copy(
        update={
            "stored": stored,
            "reported": reported,
            "completeness": completeness,
            "sample_rate": state.sample_rate if state else 1.0,
            "offtopic": offtopic.total if offtopic else None,
            "offtopic_marked": offtopic.marked if offtopic else 0,
        }
    )


def _ignore(_: int) -> None:
    """Nobody listens to the progress."""
