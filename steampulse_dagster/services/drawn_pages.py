"""Pages that are drawn once and sent often: a game's until anything that it is made of changes, a list for seconds.

Reads what reading_games.py reads; reads and writes `drawn_pages`. Blocks: call it from a thread.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from hashlib import blake2b
from random import random
from threading import Lock

import structlog
from isal import igzip

from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.models.reading import GamePage
from steampulse_dagster.repositories.drawn_pages import DrawnPageRepository
from steampulse_dagster.services.reading_games import GameOutline, add_report, read_outline, require_appid
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.remembered import Recent, Remembered

log = structlog.get_logger()

COMPRESSION_LEVEL = 2
"""Of a game's page, 250 kB: 0.25 ms and 32 kB. Python's own gzip takes 0.9 ms for 33 kB, and 2.5 ms for 25 kB."""
LIST_SECONDS = 5.0
"""So old a page of the overview may be before it is drawn anew, as its totals may."""
LISTS = 256
"""Pages of the overview that a process keeps, about 25 kB each."""


@dataclass(frozen=True)
class DrawnPage:
    """A page as it is sent. Pages of one digest are the same."""

    digest: str
    compressed: bytes
    """By gzip."""

    @property
    def html(self) -> bytes:
        """The page for whoever does not take it compressed."""
        return igzip.decompress(self.compressed)


class DrawnPageReader:
    """Pages under a digest of all they are made of: the program, the data of this moment, and the report, which never
    changes, by its number. So a page that is kept is the page that would be drawn, and none is ever older."""

    def __init__(self, database: Database, *, program: str) -> None:
        """`program` differs wherever the same data could give another page."""
        self._db = database
        self._program = program
        # Python runs one thread at a time: pages drawn in turns of 5 ms would all be late, and all else waits for each.
        self._drawing = Lock()

    def get(self, appid: int, draw: Callable[[GamePage], str]) -> DrawnPage:
        """The game's page, drawn only if it has to be. Raises NotFoundError."""
        with self._db.snapshot() as conn:
            outline = read_outline(conn, require_appid(appid))
            digest = self._digest(outline)
            kept = DrawnPageRepository(conn).get(appid, digest=digest)
            if kept is not None:
                return DrawnPage(digest=digest, compressed=kept)
            page = add_report(conn, outline)
        with self._drawing:
            drawn = DrawnPage(digest=digest, compressed=_compress(draw(page)))
        self._keep(appid, drawn)
        return drawn

    def _digest(self, outline: GameOutline) -> str:
        return _digest(f"{self._program} {outline.report_id} {outline.page.model_dump_json()}")

    def _keep(self, appid: int, drawn: DrawnPage) -> None:
        try:
            # One statement is a transaction of its own, and on an unlogged table none waits for the disk.
            with self._db.connection() as conn:
                DrawnPageRepository(conn).upsert(appid, digest=drawn.digest, html=drawn.compressed)
        except DatabaseError as error:
            # It is answered all the same, and drawn anew the next time.
            log.warning("page_not_kept", appid=appid, reason=error.message)


class RecentPages:
    """Pages over many games: it costs as much to see whether one is still true as to draw it, so it may be old."""

    def __init__(
        self,
        *,
        seconds: float = LIST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random,
    ) -> None:
        """Each page is good for half to all of these seconds, so that not all of them are drawn anew at one moment."""
        self._seconds = seconds
        self._clock = clock
        self._chance = chance
        self._known: Recent[Hashable, Remembered[DrawnPage]] = Recent(LISTS)

    def get(self, asked: Hashable, draw: Callable[[], str]) -> DrawnPage:
        """The page that answers `asked`, as it was drawn within these seconds, or twice that while somebody draws it
        anew. `draw` is the same for all who ask for the same. Raises what drawing raises."""
        return self._known.get_or_make(asked, lambda: self._remember(draw)).get()

    def _remember(self, draw: Callable[[], str]) -> Remembered[DrawnPage]:
        return Remembered(lambda: _draw_list(draw), seconds=self._seconds * (1 + self._chance()) / 2, clock=self._clock)


def _draw_list(draw: Callable[[], str]) -> DrawnPage:
    html = draw()
    return DrawnPage(digest=_digest(html), compressed=_compress(html))


def _compress(html: str) -> bytes:
    return igzip.compress(html.encode(), COMPRESSION_LEVEL, mtime=0)


def _digest(told: str) -> str:
    return blake2b(told.encode(), digest_size=16).hexdigest()
