"""One walk over a game's reviews: fetches pages from Steam, fills `reviews`, `crawl_state`, `quarantine`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_reviews import AuthorKeyOf
from steampulse_dagster.models.reviews import CrawlPhase, CrawlResult, CrawlState, ReviewPage, UpsertCounts
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services import crawl_rules
from steampulse_dagster.utils.db import Database

OnStored = Callable[[int], None]
EMPTY_PAGE_CONFIRMATIONS = 2
"""How often an empty page is asked for again before it is believed, paced by the host's rate limit."""


@dataclass(frozen=True)
class _Stored:
    """What one transaction left behind; handed back to the event loop, which alone changes the walk."""

    state: CrawlState
    counts: UpsertCounts
    quarantined: int
    ended_early: str | None = None


class ReviewWalk:
    """A walk under way. The next page is fetched while the last one is being stored.

    The saved cursor is never ahead of the data: it is written in the transaction of the page before it.
    """

    def __init__(
        self,
        db: Database,
        steam: SteamDataSource,
        state: CrawlState,
        *,
        author_key_of: AuthorKeyOf,
        on_stored: OnStored,
        clock: Callable[[], datetime],
        fresh_hours: float,
    ) -> None:
        self.state = state
        self.result = CrawlResult(appid=state.appid)
        self._db = db
        self._steam = steam
        self._author_key_of = author_key_of
        self._on_stored = on_stored
        self._clock = clock
        self._fresh_hours = fresh_hours
        self._walked = 0

    async def run(self) -> None:
        """Walk to the end of the list, to what is known, or to where Steam repeats itself. Raises SteamApiError."""
        self._walked = 0
        seen: set[str | None] = {self.state.cursor}
        page = await self._fetch(self.state)
        if self.state.cursor is None:
            self.state = crawl_rules.take_first_page(self.state, page)
        while True:
            page = await self._confirm_if_empty(page)
            if crawl_rules.is_empty(page) or crawl_rules.reached_known(self.state, page):
                break
            if page.next_cursor is None or page.next_cursor in seen:
                break
            seen.add(page.next_cursor)
            page = await self._store_and_fetch(page)
        self._note(page, await asyncio.to_thread(self._store_end, page))

    async def _fetch(self, state: CrawlState) -> ReviewPage:
        """The page that `state` stands before."""
        by_update = state.phase is CrawlPhase.UPDATES
        page = await self._steam.fetch_review_page(
            state.appid, cursor=state.cursor, by_update=by_update, author_key_of=self._author_key_of
        )
        self.result = self.result.model_copy(update={"pages": self.result.pages + 1})
        return page

    async def _confirm_if_empty(self, page: ReviewPage) -> ReviewPage:
        for _ in range(EMPTY_PAGE_CONFIRMATIONS):
            if not crawl_rules.is_empty(page) or not crawl_rules.may_hold_more(self.state):
                break
            page = await self._fetch(self.state)
        return page

    async def _store_and_fetch(self, page: ReviewPage) -> ReviewPage:
        after = self.state.model_copy(update={"cursor": page.next_cursor})
        following = asyncio.create_task(self._fetch(after))
        try:
            self._note(page, await asyncio.to_thread(self._store_page, page, after))
            return await following
        finally:
            following.cancel()

    def _store_page(self, page: ReviewPage, after: CrawlState) -> _Stored:
        with self._db.transaction() as conn:
            counts = ReviewRepository(conn).upsert_many(after.appid, page.reviews)
            quarantined = QuarantineRepository(conn).insert_reviews(after.appid, page.unparsed)
            after = after.model_copy(update={"stored": after.stored + counts.inserted})
            CrawlStateRepository(conn).upsert(after)
        return _Stored(after, counts, quarantined)

    def _store_end(self, page: ReviewPage) -> _Stored:
        """Store the last page and how the walk ended, with an exact count of the game's reviews."""
        state, now = self.state, self._clock()
        with self._db.transaction() as conn:
            reviews = ReviewRepository(conn)
            counts = reviews.upsert_many(state.appid, page.reviews)
            quarantined = QuarantineRepository(conn).insert_reviews(state.appid, page.unparsed)
            state = state.model_copy(update={"stored": reviews.count(state.appid)})
            early = crawl_rules.explain_early_end(state, page, walked=self._walked + len(page.reviews))
            state = (
                crawl_rules.finish_walk(state, now=now, fresh_hours=self._fresh_hours)
                if early is None
                else crawl_rules.abandon_walk(state, now=now, why=early)
            )
            CrawlStateRepository(conn).upsert(state)
        return _Stored(state, counts, quarantined, ended_early=early)

    def _note(self, page: ReviewPage, stored: _Stored) -> None:
        self.state = stored.state
        self.result = self.result.model_copy(
            update={
                "inserted": self.result.inserted + stored.counts.inserted,
                "updated": self.result.updated + stored.counts.updated,
                "unchanged": self.result.unchanged + stored.counts.unchanged,
                "quarantined": self.result.quarantined + stored.quarantined,
                "ended_early": stored.ended_early,
            }
        )
        self._walked += len(page.reviews)
        self._on_stored(len(page.reviews))
