"""Stores the pages that walks fetched: fills `reviews`, `crawl_state`, `quarantine`, several games in a transaction."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from steampulse_dagster.models.reviews import CrawlState, ReviewPage, UpsertCounts
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services.sample_rules import list_kept
from steampulse_dagster.utils.db import Connection, Database

MOST_PAGES = 20
"""After so many pages a transaction takes no further game. Together they cost a third less each, on both sides, than
in transactions of their own."""
MOST_AT_ONCE = 3
"""Transactions at once. While all are under way, what else is fetched gathers for the next one."""


@dataclass(frozen=True)
class Batch:
    """Pages of one game, and the state of its crawl behind the last of them."""

    state: CrawlState
    pages: Sequence[ReviewPage]


@dataclass(frozen=True)
class Stored:
    """What storing a batch left behind."""

    state: CrawlState
    counts: UpsertCounts
    quarantined: int
    reviews: Sequence[int]
    """Of each page."""
    ended_early: str | None = None


class PageStore:
    """Where the walks of a process let their pages be stored. Rows and cursor of a game are in one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: deque[_Waiting] = deque()
        self._writers: set[asyncio.Task[None]] = set()

    async def store(self, batch: Batch) -> Stored:
        """Store a batch, with those of other games that wait at the same moment. Raises what storing it raised."""
        done: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(batch, done))
        if len(self._writers) < MOST_AT_ONCE:
            writer = asyncio.create_task(self._write_waiting())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await done

    async def _write_waiting(self) -> None:
        while taken := self._take():
            await self._write(taken)
        # Now, and not when the loop comes to its callbacks: who stores in between has to find that a writer is missing.
        this = asyncio.current_task()
        assert this is not None
        self._writers.discard(this)

    def _take(self) -> list["_Waiting"]:
        """The next batches, each of another game, together not much more than a transaction takes."""
        taken: list[_Waiting] = []
        appids: set[int] = set()
        pages = 0
        while self._waiting and pages < MOST_PAGES and self._waiting[0].batch.state.appid not in appids:
            waiting = self._waiting.popleft()
            if not waiting.done.done():  # else its walk was broken off
                taken.append(waiting)
                appids.add(waiting.batch.state.appid)
                pages += len(waiting.batch.pages)
        return taken

    async def _write(self, taken: Sequence["_Waiting"]) -> None:
        """Store batches in one transaction; if that fails, each in its own, so that none fails for another."""
        try:
            stored = await asyncio.to_thread(self._store, [waiting.batch for waiting in taken])
        except Exception as error:  # noqa: BLE001  # whatever it is, the walk hears of it
            if len(taken) > 1:
                for waiting in taken:
                    await self._write([waiting])
            else:
                _fail(taken, error)
        except BaseException as error:
            _fail(taken, error)  # what ends this task ends the walks too
            raise
        else:
            for waiting, each in zip(taken, stored, strict=True):
                if not waiting.done.done():
                    waiting.done.set_result(each)

    def _store(self, batches: Sequence[Batch]) -> list[Stored]:
        # Rows and cursor stand or fall together: what a dying server loses of them is fetched again. The walk's last
        # transaction waits for the disk, before anybody hears that the game is done.
        with self._db.transaction(durable=False) as conn:
            stored = write_batches(conn, batches)
            CrawlStateRepository(conn).upsert_many([each.state for each in stored])
        return stored


@dataclass(frozen=True)
class _Waiting:
    batch: Batch
    done: asyncio.Future[Stored]


def _fail(taken: Sequence[_Waiting], error: BaseException) -> None:
    for waiting in taken:
        if not waiting.done.done():
            waiting.done.set_exception(error)


def write_batches(conn: Connection, batches: Sequence[Batch]) -> list[Stored]:
    """Write the reviews of batches, each of another game, and what of them could not be read. The states that come
    back count what was stored; they are the caller's to write, in this transaction."""
    kept = {
        batch.state.appid: [
            review for page in batch.pages for review in list_kept(page.reviews, rate=batch.state.sample_rate)
        ]
        for batch in batches
    }
    counts, quarantine = ReviewRepository(conn).upsert_games(kept), QuarantineRepository(conn)
    return [
        Stored(
            batch.state.model_copy(update={"stored": batch.state.stored + counts[batch.state.appid].inserted}),
            counts[batch.state.appid],
            quarantine.insert_reviews(batch.state.appid, [bad for page in batch.pages for bad in page.unparsed]),
            reviews=[len(page.reviews) for page in batch.pages],
        )
        for batch in batches
    ]
