"""One walk over a game's reviews: fetches pages from Steam, fills `reviews`, `crawl_state`, `quarantine`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_reviews import AuthorKeyOf
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.reviews import CrawlPhase, CrawlResult, CrawlState, ReviewPage
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services import crawl_ends, crawl_rules, due_rules
from steampulse_dagster.services.crawl_pages import Batch, PageStore, Stored, write_batches
from steampulse_dagster.services.crawl_trail import Trail
from steampulse_dagster.utils.db import Database

OnStored = Callable[[int], None]
OnEnding = Callable[[CrawlState], None]
"""Hears that one more request will prove the end of the list: what else is to be asked of the game may be asked now."""
CONFIRMATIONS = 3
"""How often a page that is empty or leads nowhere is asked for again, paced by the host's rate limit."""
MOST_WAITING = 10
"""Pages of a game that may wait to be stored."""
_NOTHING = ReviewPage(reviews=(), next_cursor=None)


class ReviewWalk:
    """A walk under way. The next pages are fetched while the last ones are being stored.

    The saved cursor is never ahead of the data: it is written in the transaction of the pages before it.
    """

    def __init__(
        self,
        db: Database,
        steam: SteamDataSource,
        pages: PageStore,
        state: CrawlState,
        *,
        author_key_of: AuthorKeyOf,
        on_stored: OnStored,
        on_ending: OnEnding,
        clock: Callable[[], datetime],
        fresh_hours: float,
    ) -> None:
        self.state = state
        self.result = CrawlResult(appid=state.appid)
        self._db = db
        self._steam = steam
        self._pages = pages
        self._author_key_of = author_key_of
        self._on_stored = on_stored
        self._on_ending = on_ending
        self._clock = clock
        self._fresh_hours = fresh_hours
        self._trail = Trail()
        self._unknown: SteamApiError | None = None
        # Each page with the state behind it.
        self._waiting: list[tuple[ReviewPage, CrawlState]] = []
        self._storing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Walk to the end of the list, to what is known, or to where Steam leads no further. Raises SteamApiError."""
        try:
            await self._walk()
        except SteamApiError:
            await self._settle()  # what was fetched is kept
            raise
        finally:
            if self._storing is not None:
                self._storing.cancel()

    async def _walk(self) -> None:
        cursor = self.state.cursor
        self._trail = Trail(
            cursors={cursor} if cursor else set(),
            by_update=self.state.phase is CrawlPhase.UPDATES,
            continued=cursor is not None,
        )
        page = await self._take(await self._fetch(self.state))
        while (after := crawl_rules.choose_next(self.state, page, self._trail)) is not None:
            bridge = crawl_rules.find_bridge(self.state, page, after, self._trail)
            ending = crawl_rules.expects_end(self.state, page, self._trail)
            if ending:
                self._on_ending(self.state)
            self._trail.pass_page(page, at=self.state, next_cursor=after.cursor, bridge=bridge, ending=ending)
            page = await self._take(await self._store_and_fetch(page, after))
        self._trail.count(page.reviews)
        await self._settle()
        ended = await asyncio.to_thread(self._store_end, page)
        self.state = ended.state
        self._note(ended)

    async def _fetch(self, state: CrawlState, *, attempt: int = 0) -> ReviewPage:
        """The page that `state` stands before. An app that had reviews and is unknown now counts as an empty page."""
        self.result = self.result.model_copy(update={"pages": self.result.pages + 1})
        self._unknown = None
        try:
            return await self._steam.fetch_review_page(
                state.appid,
                cursor=state.cursor,
                by_update=state.phase is CrawlPhase.UPDATES,
                author_key_of=self._author_key_of,
                until=state.window_end,
                attempt=attempt,
            )
        except SteamApiError as error:
            if error.kind is not SteamErrorKind.NOT_FOUND or not (state.stored or self.result.pages > 1):
                raise
            self._unknown = error
            return _NOTHING

    async def _take(self, page: ReviewPage) -> ReviewPage:
        """The page, confirmed; what it tells of the whole list if it is a list's first."""
        page = await self._retrace(await self._confirm(page))
        if not self.state.under_way:
            self.state = crawl_rules.take_first_page(self.state, page, now=self._clock())
        return page

    async def _confirm(self, page: ReviewPage) -> ReviewPage:
        """The page, asked for again while it may be one of Steam's false ends."""
        if crawl_rules.is_empty(page) or crawl_rules.is_doubtful(self.state, page, self._trail):
            await self._settle()  # how many are stored takes part in the decision
        for attempt in range(1, CONFIRMATIONS + 1):
            if self._unknown is None and not crawl_rules.is_doubtful(self.state, page, self._trail):
                break
            page = await self._fetch(self.state, attempt=attempt)
        if self._unknown is not None:
            raise self._unknown
        return page

    async def _retrace(self, page: ReviewPage) -> ReviewPage:
        """The page; or, if the page before it leads elsewhere when asked for again, that one, to go on from."""
        before = crawl_rules.find_doubtful_turn(self.state, page, self._trail)
        if before is None:
            return page
        for attempt in range(1, CONFIRMATIONS + 1):
            again = await self._fetch(before, attempt=attempt)
            if crawl_rules.leads_elsewhere(again, self._trail):
                self.state = self.state.model_copy(update={"cursor": before.cursor})
                return again
            if again.next_cursor == self.state.cursor:
                break  # two answers agree
        return page

    async def _store_and_fetch(self, page: ReviewPage, after: CrawlState) -> ReviewPage:
        self._trail.count(page.reviews)
        following = asyncio.create_task(self._fetch(after))
        try:
            await self._hand_over(page, after)
            return await following
        except BaseException:
            following.cancel()
            await asyncio.wait([following])
            raise

    async def _hand_over(self, page: ReviewPage, after: CrawlState) -> None:
        """Let the page be stored; waits only if too many wait already."""
        if len(self._waiting) >= MOST_WAITING or (self._storing is not None and self._storing.done()):
            await self._settle()
        # The count is brought up to date as pages are stored.
        self.state = after.model_copy(update={"stored": self.state.stored})
        self._waiting.append((page, after))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store_waiting())

    async def _store_waiting(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            state = taken[-1][1].model_copy(update={"stored": self.state.stored})
            self._note(await self._pages.store(Batch(state, [page for page, _ in taken])))

    async def _settle(self) -> None:
        """Wait until all that was handed over is stored. Raises what storing raised."""
        if self._storing is not None:
            storing, self._storing = self._storing, None
            await storing

    def _store_end(self, page: ReviewPage) -> Stored:
        """Store the last page and how the walk ended, with an exact count of the game's reviews."""
        state, now = self.state, self._clock()
        news = _NOTHING if crawl_rules.is_proof(state, page, self._trail) else page
        with self._db.transaction() as conn:
            [stored] = write_batches(conn, [Batch(state, [news])])
            state = state.model_copy(update={"stored": ReviewRepository(conn).count(state.appid)})
            early = crawl_ends.explain_early_end(state, page, self._trail)
            if early is None:
                pulse = DueRepository(conn).get_pulse(state.appid, stored=state.stored, now=now)
                state = crawl_ends.finish_walk(state, now=now)
                state = due_rules.note_success(state, pulse, now=now, fresh_hours=self._fresh_hours)
            else:
                state = crawl_ends.abandon_walk(state, page)
                state = due_rules.note_failure(state, kind=SteamErrorKind.INCOMPLETE, error=early, now=now)
            states = CrawlStateRepository(conn)
            states.upsert(state)
            states.count_recent(state.appid)
        return replace(stored, state=state, ended_early=early)

    def _note(self, stored: Stored) -> None:
        self.state = self.state.model_copy(update={"stored": stored.state.stored})
        self.result = self.result.model_copy(
            update={
                "inserted": self.result.inserted + stored.counts.inserted,
                "updated": self.result.updated + stored.counts.updated,
                "unchanged": self.result.unchanged + stored.counts.unchanged,
                "quarantined": self.result.quarantined + stored.quarantined,
                "ended_early": stored.ended_early,
            }
        )
        for reviews in stored.reviews:
            self._on_stored(reviews)
