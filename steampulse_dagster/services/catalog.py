"""Keeps `app_catalog` equal to Steam's app list, page by page."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.catalog import AppListPage, CatalogChanges
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

FRESH = timedelta(hours=20)
"""Steam's list changes by about 180 games a day: it is asked for once a day. Less than a day, so that a daily schedule
that comes a second earlier than yesterday is not turned away."""
MODIFIED_OVERLAP = timedelta(hours=1)
"""How far before the last finished walk changes are asked for: covers the walk itself and differing clocks."""


class CatalogReader:
    """When the catalogue was fetched. Asks nobody but the database, and blocks on it."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._clock = clock

    def get_age(self) -> timedelta | None:
        """How long ago the newest finished walk began; None before the first."""
        with self._db.connection() as conn:
            last = CatalogRepository(conn).get_last_finished_at()
        return None if last is None else self._clock() - last


class CatalogService:
    """The catalogue of all games on Steam."""

    def __init__(self, db: Database, steam: SteamDataSource, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._steam = steam
        self._clock = clock

    async def refresh(self, *, force: bool = False) -> CatalogChanges:
        """Fetch what changed since the last finished walk; nothing if that was less than 20 hours ago.

        `force` walks the whole list now. Raises SteamApiError, and ConfigError without an API key; pages that came
        before stay stored, and the next walk asks for them again.
        """
        started = self._clock()
        last, stored = await asyncio.to_thread(self._get_standing)
        if last is not None and not force and started - last < FRESH:
            return CatalogChanges(skipped_fresh=True, stored=stored)
        since = None if last is None or force else last - MODIFIED_OVERLAP
        total = CatalogChanges()
        async for page in self._steam.fetch_app_list_pages(if_modified_since=since):
            total = _add(total, await asyncio.to_thread(self._store_page, page))
        total = await asyncio.to_thread(self._finish, total, started)
        log.info("catalog_refreshed", **total.model_dump(exclude={"skipped_fresh"}), incremental=since is not None)
        return total

    def _get_standing(self) -> tuple[datetime | None, int]:
        """When the last walk finished, and how many apps are stored."""
        with self._db.connection() as conn:
            repository = CatalogRepository(conn)
            return repository.get_last_finished_at(), repository.count()

    def _store_page(self, page: AppListPage) -> CatalogChanges:
        with self._db.transaction() as conn:
            QuarantineRepository(conn).insert_many(page.unparsed)
            changes = CatalogRepository(conn).upsert_many(page.apps)
            return changes.model_copy(update={"quarantined": len(page.unparsed)})

    def _finish(self, total: CatalogChanges, started: datetime) -> CatalogChanges:
        with self._db.transaction() as conn:
            repository = CatalogRepository(conn)
            # The moment the walk began: a change made while it ran must be asked for again.
            repository.insert_crawl(total, finished_at=started)
            return total.model_copy(update={"stored": repository.count()})


def _add(total: CatalogChanges, page: CatalogChanges) -> CatalogChanges:
    return CatalogChanges(
        seen=total.seen + page.seen,
        new=total.new + page.new,
        renamed=total.renamed + page.renamed,
        modified=total.modified + page.modified,
        quarantined=total.quarantined + page.quarantined,
    )
