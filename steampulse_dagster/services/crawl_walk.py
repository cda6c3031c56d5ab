"""One walk over a game's reviews: fetches pages from Steam, fills `reviews`, `crawl_state`, `quarantine`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.clients.steam_reviews import AuthorKeyOf
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.reviews import CrawlPhase, CrawlResult, CrawlState, ReviewPage, UpsertCounts
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services import crawl_rules, due_rules
from steampulse_dagster.services.crawl_trail import Trail
from steampulse_dagster.services.sample_rules import list_kept
from steampulse_dagster.utils.db import Database

OnStored = Callable[[int], None]
CONFIRMATIONS = 3
"""How often a page that is empty or leads nowhere is asked for again, paced by the host's rate limit."""
_NOTHING = ReviewPage(reviews=(), next_cursor=None)


@dataclass(frozen=True)
class _Stored:
    """What one transaction left behind; handed back to the event loop, which alone changes the walk."""

    state: CrawlState
    counts: UpsertCounts
    quarantined: int
    reviews: int
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
        self._trail = Trail()
        self._unknown: SteamApiError | None = None

    async def run(self) -> None:
        """Walk to the end of the list, to what is known, or to where Steam leads no further. Raises SteamApiError."""
        cursor = self.state.cursor
        self._trail = Trail(cursors={cursor} if cursor else set(), continued=cursor is not None)
        page = await self._take(await self._fetch(self.state))
        while (after := crawl_rules.choose_next(self.state, page, self._trail)) is not None:
            self._trail.pass_page(page, next_cursor=after.cursor)
            page = await self._take(await self._store_and_fetch(page, after))
        self._trail.count(page.reviews)
        self._note(await asyncio.to_thread(self._store_end, page))

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
        page = await self._confirm(page)
        if not self.state.under_way:
            self.state = crawl_rules.take_first_page(self.state, page, now=self._clock())
        return page

    async def _confirm(self, page: ReviewPage) -> ReviewPage:
        """The page, asked for again while it may be one of Steam's false ends."""
        for attempt in range(1, CONFIRMATIONS + 1):
            if self._unknown is None and not crawl_rules.is_doubtful(self.state, page, self._trail):
                break
            page = await self._fetch(self.state, attempt=attempt)
        if self._unknown is not None:
            raise self._unknown
        return page

    async def _store_and_fetch(self, page: ReviewPage, after: CrawlState) -> ReviewPage:
        self._trail.count(page.reviews)
        following = asyncio.create_task(self._fetch(after))
        try:
            self._note(await asyncio.to_thread(self._store_page, page, after))
        except BaseException:
            following.cancel()
            await asyncio.wait([following])
            raise
        return await following

    def _store_page(self, page: ReviewPage, after: CrawlState) -> _Stored:
        # Rows and cursor stand or fall together: what a dying server loses of them is fetched again. The walk's last
        # transaction waits for the disk, before anybody hears that the game is done.
        with self._db.transaction(durable=False) as conn:
            counts, quarantined = _write(ReviewRepository(conn), QuarantineRepository(conn), after, page)
            after = after.model_copy(update={"stored": after.stored + counts.inserted})
            CrawlStateRepository(conn).upsert(after)
        return _Stored(after, counts, quarantined, reviews=len(page.reviews))

    def _store_end(self, page: ReviewPage) -> _Stored:
        """Store the last page and how the walk ended, with an exact count of the game's reviews."""
        state, now = self.state, self._clock()
        news = _NOTHING if crawl_rules.is_proof(state, page, self._trail) else page
        with self._db.transaction() as conn:
            reviews = ReviewRepository(conn)
            counts, quarantined = _write(reviews, QuarantineRepository(conn), state, news)
            state = state.model_copy(update={"stored": reviews.count(state.appid)})
            early = crawl_rules.explain_early_end(state, page, self._trail)
            if early is None:
                pulse = DueRepository(conn).get_pulse(state.appid, stored=state.stored, now=now)
                state = crawl_rules.finish_walk(state, now=now)
                state = due_rules.note_success(state, pulse, now=now, fresh_hours=self._fresh_hours)
            else:
                state = crawl_rules.abandon_walk(state, page)
                state = due_rules.note_failure(state, kind=SteamErrorKind.INCOMPLETE, error=early, now=now)
            states = CrawlStateRepository(conn)
            states.upsert(state)
            states.count_recent(state.appid)
        return _Stored(state, counts, quarantined, reviews=len(news.reviews), ended_early=early)

    def _note(self, stored: _Stored) -> None:
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
        self._on_stored(stored.reviews)


def _write(
    reviews: ReviewRepository, quarantine: QuarantineRepository, state: CrawlState, page: ReviewPage
) -> tuple[UpsertCounts, int]:
    kept = list_kept(page.reviews, rate=state.sample_rate)
    counts = reviews.upsert_many(state.appid, kept)
    return counts, quarantine.insert_reviews(state.appid, page.unparsed)
