"""Finds and marks reviews of off-topic activity: asks Steam, fills `reviews.offtopic` and `crawl_state.offtopic`."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_reviews import AuthorKeyOf
from steampulse_dagster.models.reviews import (
    CrawlState,
    OfftopicCheck,
    OfftopicPeriod,
    OfftopicWalk,
    QuerySummary,
    ReviewPage,
)
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.offtopic import OfftopicRepository
from steampulse_dagster.services import offtopic_rules as rules
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

COMPARABLE = timedelta(minutes=10)
"""Totals further apart than this differ by the reviews of the time between."""


class OfftopicMarker:
    """Brings the marks of single games up to date after a crawl; killed anywhere, it goes on where it was."""

    def __init__(
        self, db: Database, steam: SteamDataSource, *, author_key_of: AuthorKeyOf, clock: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._steam = steam
        self._author_key_of = author_key_of
        self._clock = clock
        self._asked: asyncio.Task[QuerySummary] | None = None
        self.pages = 0

    def ask(self, state: CrawlState) -> None:
        """Ask for Steam's number already, while the end of the crawl's walk is being proven; `close` if it is not."""
        if self._asked is None and rules.is_due(state, now=self._clock()) and not rules.is_walking(state):
            self._asked = asyncio.create_task(self._fetch_filtered(state.appid))

    def close(self) -> None:
        """Nobody wants to know any more what was asked, nor that it failed."""
        if self._asked is not None and not self._asked.cancel() and not self._asked.cancelled():
            self._asked.exception()

    async def update(self, state: CrawlState, *, begun: datetime) -> CrawlState:
        """The state with Steam's number and the marks, after a crawl that began at `begun`. Raises SteamApiError.

        One request where nothing changed; where the number did, a walk over the list without off-topic activity, newest
        first, that stops once the number is made up.
        """
        now = self._clock()
        if not rules.is_due(state, now=now) or state.reported is None:
            return state
        if not rules.is_walking(state):
            if now - begun > COMPARABLE:
                return state
            filtered = await (self._asked or self._fetch_filtered(state.appid))
            totals = {"reported": state.reported.total_reviews, "filtered": filtered.total_reviews}
            state = await self._save(state, rules.take_total(state, **totals, now=now))
        while state.offtopic is not None and state.offtopic.walk is not None:
            state = await self._step(state, state.offtopic, state.offtopic.walk)
        return state

    async def _fetch_filtered(self, appid: int) -> QuerySummary:
        return await self._steam.fetch_review_summary(appid, include_offtopic=False)

    async def _step(self, state: CrawlState, check: OfftopicCheck, walk: OfftopicWalk) -> CrawlState:
        wanted = rules.compute_wanted(state, check)
        shortest = rules.compute_shortest_gap(wanted)
        if rules.found_enough(walk, wanted=wanted):
            return await self._mark(state, check, walk.gaps, wanted=wanted)
        page = await self._steam.fetch_review_page(
            state.appid, cursor=walk.cursor, by_update=False, author_key_of=self._author_key_of, include_offtopic=False
        )
        self.pages += 1
        walk = await asyncio.to_thread(self._compare, state.appid, walk, page, shortest)
        if rules.leads_on(state, walk, page):
            walk = walk.model_copy(update={"cursor": page.next_cursor, "pages": walk.pages + 1})
            return await self._save(state, check.model_copy(update={"walk": walk}))
        rest = await asyncio.to_thread(self._list_created, state.appid, None, walk.down_to)
        return await self._mark(state, check, rules.finish_gaps(walk, rest, shortest=shortest), wanted=wanted)

    def _compare(self, appid: int, walk: OfftopicWalk, page: ReviewPage, shortest: int) -> OfftopicWalk:
        oldest = rules.find_oldest(page)
        if oldest is None or oldest > walk.down_to:
            return walk
        stored = self._list_created(appid, oldest, walk.down_to)
        return rules.compare_page(walk, page, stored, shortest=shortest)

    def _list_created(self, appid: int, after: datetime | None, until: datetime) -> list[tuple[int, datetime]]:
        with self._db.connection() as conn:
            return OfftopicRepository(conn).list_created(appid, after=after, until=until)

    async def _mark(
        self, state: CrawlState, check: OfftopicCheck, gaps: tuple[OfftopicPeriod, ...], *, wanted: float
    ) -> CrawlState:
        def store() -> OfftopicCheck:
            with self._db.transaction() as conn:
                marked = OfftopicRepository(conn).mark(state.appid, periods)
                done = rules.settle(check, marked=marked, wanted=wanted)
                CrawlStateRepository(conn).save_offtopic(state.appid, done)
            return done

        periods = rules.choose_periods(gaps, wanted=wanted)
        done = await asyncio.to_thread(store)
        log.info("offtopic_marked", appid=state.appid, total=done.total, marked=done.marked, periods=len(periods))
        return state.model_copy(update={"offtopic": done})

    async def _save(self, state: CrawlState, check: OfftopicCheck) -> CrawlState:
        await asyncio.to_thread(self._store_check, state.appid, check)
        return state.model_copy(update={"offtopic": check})

    def _store_check(self, appid: int, check: OfftopicCheck) -> None:
        with self._db.transaction() as conn:
            CrawlStateRepository(conn).save_offtopic(appid, check)
