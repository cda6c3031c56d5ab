"""What could not be read: lists it, and replays it through today's parsers; fills what a crawl would have filled."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from steampulse_dagster.clients.steam_apps import parse_app
from steampulse_dagster.clients.steam_games import parse_app_data
from steampulse_dagster.clients.steam_items import parse_store_item
from steampulse_dagster.clients.steam_library import parse_owned_game
from steampulse_dagster.clients.steam_reviews import parse_review
from steampulse_dagster.errors import NotFoundError, SteamApiError
from steampulse_dagster.models.catalog import CatalogApp
from steampulse_dagster.models.quarantine import QuarantinedEntry, QuarantineSource, ReplayResult, Unparsed
from steampulse_dagster.models.reviews import ReviewRow, UpsertCounts
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.services.library_files import parse_row
from steampulse_dagster.services.sample_rules import list_kept
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Connection, Database
from steampulse_dagster.utils.text import clean_text

log = structlog.get_logger()

REPLAY_BATCH = 500
"""Entries of one transaction: large enough to be quick, small enough that a kill costs little."""


@dataclass
class _Read:
    """What today's parsers made of a batch."""

    reviews: dict[int, list[ReviewRow]] = field(default_factory=lambda: defaultdict(list))
    apps: list[CatalogApp] = field(default_factory=list)
    readable_games: list[int] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    still: dict[int, str] = field(default_factory=dict)


class QuarantineService:
    """Unreadable things and the way back into the tables. Asks nobody but the database, and blocks on it."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._clock = clock

    def list_entries(
        self, *, appid: int | None = None, source: QuarantineSource | None = None, limit: int | None = None
    ) -> list[QuarantinedEntry]:
        """What is kept, newest first."""
        with self._db.connection() as conn:
            return QuarantineRepository(conn).list_entries(appid=appid, source=source, limit=limit)

    def require(self, quarantine_id: int) -> QuarantinedEntry:
        """One entry with its whole payload. Raises NotFoundError."""
        with self._db.connection() as conn:
            entry = QuarantineRepository(conn).get(quarantine_id)
        if entry is None:
            raise NotFoundError(f"Nothing in quarantine has the number {quarantine_id}.")
        return entry

    def replay(self, ids: Sequence[int] | None = None, *, appid: int | None = None) -> ReplayResult:
        """Parse these entries (None: all), or those of one app, again; store what can be read now.

        What is stored leaves the quarantine in the same transaction; what cannot be read stays with today's reason.
        Safe to kill, to repeat and to run twice at once. Raises NotFoundError naming numbers that are not there;
        nothing is replayed then.
        """
        with self._db.connection() as conn:
            found = QuarantineRepository(conn).list_ids(ids, appid=appid)
        missing = sorted(set(ids or ()) - set(found))
        if missing:
            raise NotFoundError(f"Not in quarantine: {', '.join(map(str, missing))}. Nothing was replayed.")
        total = ReplayResult()
        for start in range(0, len(found), REPLAY_BATCH):
            total += self._replay_batch(found[start : start + REPLAY_BATCH])
        log.info("quarantine_replayed", **total.model_dump())
        return total

    def _replay_batch(self, ids: Sequence[int]) -> ReplayResult:
        with self._db.transaction() as conn:
            repository = QuarantineRepository(conn)
            read = _read_all(repository.take(ids))
            stored = self._store(read, conn)
            repository.delete_many(read.done)
            repository.update_reasons(read.still)
        return ReplayResult(
            replayed=len(read.done) + len(read.still),
            stored=stored,
            outdated=len(read.done) - stored,
            still_unreadable=len(read.still),
        )

    def _store(self, read: _Read, conn: Connection) -> int:
        """How many of the things that were read changed a table; the others are known in a version as new or newer, or
        do not belong to the sample of their game."""
        catalog, due = CatalogRepository(conn), DueRepository(conn)
        stored = 0
        for appid, versions in sorted(read.reviews.items()):
            counts = self._store_reviews(appid, versions, conn)
            stored += counts.inserted + counts.updated
        if read.apps:
            news = [app for app in _newest(read.apps) if _is_news(app, catalog.get(app.appid))]
            catalog.upsert_many(news)
            stored += len(news)
        if read.readable_games:
            # Such an answer is old: the store is asked again rather than believed.
            due.reset_failed(read.readable_games, kind=None, now=self._clock())
            stored += len(read.readable_games)
        return stored

    def _store_reviews(self, appid: int, versions: Sequence[ReviewRow], conn: Connection) -> UpsertCounts:
        """As a crawl would have: by the game's sample rate, and counted in its state."""
        crawls = CrawlStateRepository(conn)
        state = crawls.get(appid)
        kept = list_kept(versions, rate=state.sample_rate if state else 1.0)
        counts = ReviewRepository(conn).upsert_many(appid, kept)
        crawls.add_stored(appid, counts.inserted)
        return counts


def _read_all(entries: Iterable[QuarantinedEntry]) -> _Read:
    read = _Read()
    for entry in entries:
        reason = _read_entry(entry, read)
        if reason is None:
            read.done.append(entry.quarantine_id)
        else:
            read.still[entry.quarantine_id] = reason
    return read


def _read_entry(entry: QuarantinedEntry, read: _Read) -> str | None:
    """Put what today's parser makes of an entry into `read`; the reason if it still cannot be read."""
    try:
        raw = json.loads(entry.payload)
    except (ValueError, RecursionError):
        return "the payload is not JSON"
    match entry.source:
        case QuarantineSource.REVIEWS:
            return _read_review(raw, entry.appid, read)
        case QuarantineSource.APP_LIST:
            app = parse_app(raw)
            if not isinstance(app, CatalogApp):
                return app.reason
            read.apps.append(app)
            return None
        case QuarantineSource.STORE_ITEM:
            readable = isinstance(raw, dict) and parse_store_item(raw) is not None
            if readable and entry.appid is not None:
                read.readable_games.append(entry.appid)
            return None if readable else entry.reason
        case QuarantineSource.APPDETAILS:
            return _read_details(raw, entry.appid, read)
        case QuarantineSource.OWNED_GAME:
            # Playtimes of that day are old: what can be read now comes with the next import of the library.
            owned = parse_owned_game(raw)
            return owned.reason if isinstance(owned, Unparsed) else None
        case QuarantineSource.LIBRARY_ROW:
            return _read_library_row(raw)


def _read_review(raw: Any, appid: int | None, read: _Read) -> str | None:
    if appid is None:
        return "the review names no game"
    # The author's id was replaced by the stored key before the payload was kept.
    if isinstance(raw, dict) and isinstance(author := raw.get("author"), dict) and "author_key" in author:
        raw = {**raw, "author": {**author, "steamid": author["author_key"]}}
    parsed = parse_review(raw, appid=appid, author_key_of=clean_text)
    if not isinstance(parsed, ReviewRow):
        return parsed.reason
    read.reviews[appid].append(parsed)
    return None


def _read_details(raw: Any, appid: int | None, read: _Read) -> str | None:
    if not isinstance(raw, dict) or appid is None:
        return "appdetails: the answer is no object"
    try:
        parse_app_data(raw, appid=appid)
    except SteamApiError as error:
        return error.message
    read.readable_games.append(appid)
    return None


def _read_library_row(raw: Any) -> str | None:
    """As an entry of GetOwnedGames: the next import of the library brings it."""
    row = parse_row(raw) if isinstance(raw, dict) and all(isinstance(cell, str) for cell in raw.values()) else "no row"
    return row if isinstance(row, str) else None


def _is_news(app: CatalogApp, known: CatalogApp | None) -> bool:
    stored = known.steam_last_modified if known else None
    return stored is None or (app.steam_last_modified is not None and app.steam_last_modified > stored)


def _newest(apps: Iterable[CatalogApp]) -> list[CatalogApp]:
    oldest_first = sorted(apps, key=lambda app: (app.steam_last_modified is not None, app.steam_last_modified or 0))
    return list({app.appid: app for app in oldest_first}.values())
