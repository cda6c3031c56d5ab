"""The page of each game, drawn once and kept until anything that it is made of changes.

Reads what reading_games.py reads; reads and writes `drawn_pages`. Blocks: call it from a thread.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import structlog

from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.models.reading import GamePage
from steampulse_dagster.repositories.drawn_pages import DrawnPageRepository
from steampulse_dagster.services.reading_games import GameOutline, add_report, read_outline, require_appid
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

COMPRESSION_LEVEL = 6
"""Compressed once and sent often."""


@dataclass(frozen=True)
class DrawnPage:
    """A page as it is sent. Pages of one digest are the same."""

    digest: str
    compressed: bytes
    """By gzip."""

    @property
    def html(self) -> bytes:
        """The page for whoever does not take it compressed."""
        return gzip.decompress(self.compressed)


class DrawnPageReader:
    """Pages under a digest of all they are made of: the program, the data of this moment, and the report, which never
    changes, by its number. So a page that is kept is the page that would be drawn, and none is ever older."""

    def __init__(self, database: Database, *, program: str) -> None:
        """`program` differs wherever the same data could give another page."""
        self._db = database
        self._program = program

    def get(self, appid: int, draw: Callable[[GamePage], str]) -> DrawnPage:
        """The game's page, drawn only if it has to be. Raises NotFoundError."""
        with self._db.snapshot() as conn:
            outline = read_outline(conn, require_appid(appid))
            digest = self._digest(outline)
            kept = DrawnPageRepository(conn).get(appid, digest=digest)
            if kept is not None:
                return DrawnPage(digest=digest, compressed=kept)
            page = add_report(conn, outline)
        drawn = gzip.compress(draw(page).encode(), COMPRESSION_LEVEL, mtime=0)
        self._keep(appid, DrawnPage(digest=digest, compressed=drawn))
        return DrawnPage(digest=digest, compressed=drawn)

    def _digest(self, outline: GameOutline) -> str:
        told = f"{self._program} {outline.report_id} {outline.page.model_dump_json()}"
        return blake2b(told.encode(), digest_size=16).hexdigest()

    def _keep(self, appid: int, drawn: DrawnPage) -> None:
        try:
            with self._db.transaction(durable=False) as conn:
                DrawnPageRepository(conn).upsert(appid, digest=drawn.digest, html=drawn.compressed)
        except DatabaseError as error:
            # It is answered all the same, and drawn anew the next time.
            log.warning("page_not_kept", appid=appid, reason=error.message)
