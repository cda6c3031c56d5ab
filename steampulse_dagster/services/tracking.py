"""Decides which games are followed: checks each wish against Steam, fills `tracked_games` and `store_items`."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from steampulse_dagster.clients.steam import STORE_ITEMS_PAGE, SteamDataSource
from steampulse_dagster.errors import SteamApiError, SteamErrorKind, ValidationError
from steampulse_dagster.models.catalog import CatalogItem, TrackedGame, TrackReason, UntrackedGame
from steampulse_dagster.models.games import StoreItem
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.store_items import StoreItemRepository
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.services.game_rules import CLOCK_MARGIN
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

LARGEST_APPID = 2**32 - 1
LONGEST_KEY = 40
"""Characters of something that is no appid which are looked at and shown."""
WAVE = 8 * STORE_ITEMS_PAGE
"""Apps asked for side by side and stored together: 190,000 of them never lie in memory at once."""
COUNTS_MAX_AGE = timedelta(days=7)
"""A whole catalogue is 1,900 requests; a game grows over a threshold of reviews in weeks rather than hours."""
TRACKABLE_TYPES = frozenset({"game", "mod", "software", "unknown"})
"""Types with a review list of their own that is worth reports; the parts of a game are reviewed as the game."""


@dataclass(frozen=True)
class TrackedSet:
    """Which games are followed, without their names: 100,000 of them in a tenth of a second."""

    appids: frozenset[int]
    untracked: tuple[UntrackedGame, ...]


@dataclass(frozen=True)
class TrackOutcome:
    """What became of a wish to follow games, each by itself."""

    added: tuple[TrackedGame, ...]
    refused: Mapping[str, str]
    """Why, by what was asked for."""


class TrackedGames:
    """The games that are followed; asks nobody but the database, and blocks on it."""

    def __init__(self, db: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._clock = clock

    def list_all(self) -> tuple[TrackedGame, ...]:
        """All followed games by appid."""
        with self._db.connection() as conn:
            return TrackingRepository(conn).list_tracked()

    def add_checked(self, names: Mapping[int, str], *, reason: TrackReason, now: datetime) -> tuple[TrackedGame, ...]:
        """Follow games that Steam is known to have, given as names by appid; those that were not followed before."""
        with self._db.transaction() as conn:
            added = TrackingRepository(conn).insert_many(names, reason=reason, tracked_at=now)
        if added:
            log.info("games_tracked", appids=[game.appid for game in added[:20]], games=len(added), reason=reason.value)
        return added

    def remove(self, appids: Sequence[int]) -> tuple[int, ...]:
        """Stop following games; the appids that were followed. What is stored of them stays, and no rule adds them."""
        with self._db.transaction() as conn:
            return TrackingRepository(conn).delete_many(appids, untracked_at=self._clock())

    def get_set(self) -> TrackedSet:
        """The appids that are followed, and those that a person stopped following, at one moment."""
        with self._db.transaction() as conn:
            tracking = TrackingRepository(conn)
            return TrackedSet(appids=frozenset(tracking.list_appids()), untracked=tracking.list_untracked())


class TrackingService:
    """Follows games. An app is checked before it is followed, so that no partition is made for what has no reviews."""

    def __init__(self, db: Database, steam: SteamDataSource, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._steam = steam
        self._clock = clock

    async def track(self, appids: Iterable[int], *, reason: TrackReason) -> tuple[TrackedGame, ...]:
        """Follow these games, all or none; returns the ones that were not followed before.

        Raises ValidationError that names every appid that cannot be followed (unknown, a DLC, a demo …) and why;
        nothing is changed then. A game that is not out yet is followed: its reviews come with its release.
        """
        wanted = tuple(dict.fromkeys(appids))
        names, problems = await self._check(wanted)
        if problems:
            several = "Nothing was tracked:" if len(wanted) > 1 else "Not tracked:"
            raise ValidationError(" ".join([several, *problems.values()]))
        return await asyncio.to_thread(self._insert, names, reason)

    async def track_each(self, keys: Iterable[str], *, reason: TrackReason) -> TrackOutcome:
        """Follow those of these that can be followed; the others with a sentence each. Raises SteamApiError if Steam
        does not say: then nothing is changed, and nothing is refused."""
        wanted = tuple(dict.fromkeys(keys))
        refused = {key: f"{key[:LONGEST_KEY]!r} is not an appid." for key in wanted if not _is_number(key)}
        names, problems = await self._check([int(key) for key in wanted if key not in refused])
        added = await asyncio.to_thread(self._insert, names, reason)
        return TrackOutcome(added=added, refused={**refused, **{str(appid): why for appid, why in problems.items()}})

    async def track_min_reviews(
        self,
        min_reviews: int,
        *,
        reason: TrackReason = TrackReason.MIN_REVIEWS,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> tuple[TrackedGame, ...]:
        """Follow every game of the catalogue with at least so many reviews; returns the newly followed ones.

        Counts that were asked for within a week are not asked for again, unless the app list says that the app was
        modified. Every wave of answers is stored as it comes: killed anywhere, the next call goes on from there.
        `on_progress` hears how many apps of how many that had to be asked for are done.
        """
        added, unchecked = await asyncio.to_thread(self._begin, min_reviews, reason)
        for start in range(0, len(unchecked), WAVE):
            wave = unchecked[start : start + WAVE]
            added += await asyncio.to_thread(
                self._take_wave, await fetch_catalog_items(self._steam, wave, now=self._clock()), min_reviews, reason
            )
            if on_progress is not None:
                on_progress(start + len(wave), len(unchecked))
        return tuple(sorted(added, key=lambda game: game.appid))

    async def refresh_items(self, *, on_progress: Callable[[int, int], None] | None = None) -> int:
        """Ask for type, size, tags and developers of every app of the catalogue that is new, modified or was asked for
        over a week ago; how many there were. Killed anywhere, the next call goes on from there."""
        unchecked = await asyncio.to_thread(self._list_unchecked)
        for start in range(0, len(unchecked), WAVE):
            appids = unchecked[start : start + WAVE]
            wave = await fetch_catalog_items(self._steam, appids, now=self._clock())
            await asyncio.to_thread(self._store_items, wave)
            if on_progress is not None:
                on_progress(start + len(wave), len(unchecked))
        return len(unchecked)

    async def _check(self, wanted: Sequence[int]) -> tuple[dict[int, str], dict[int, str]]:
        """Names of the apps that can be followed, and a sentence for each that cannot."""
        problems = {appid: f"{appid} is not an appid." for appid in wanted if not 0 < appid <= LARGEST_APPID}
        appids = [appid for appid in wanted if appid not in problems]
        items = await self._steam.fetch_store_items(appids)
        for appid in appids:
            # The store's batch answer has no entry for delisted apps, which may well have reviews.
            if appid not in items and (found := await self._fetch_as_item(appid)) is not None:
                items[appid] = found
        parents = [item.parent_appid for item in items.values() if item.parent_appid and item.type != "game"]
        parent_items = await self._steam.fetch_store_items(parents) if parents else {}
        names: dict[int, str] = {}
        for appid in appids:
            problem = _explain(appid, items.get(appid), parent_items)
            if problem is None:
                names[appid] = _name_of(appid, items[appid].name)
            else:
                problems[appid] = problem
        return names, problems

    async def _fetch_as_item(self, appid: int) -> StoreItem | None:
        try:
            game = await self._steam.fetch_game(appid)
        except SteamApiError as error:
            if error.kind is SteamErrorKind.NOT_FOUND:
                return None
            raise
        return StoreItem(appid=appid, name=game.name, type=game.type, parent_appid=game.parent_appid)

    def _insert(self, names: Mapping[int, str], reason: TrackReason) -> tuple[TrackedGame, ...]:
        return TrackedGames(self._db).add_checked(names, reason=reason, now=self._clock())

    def _begin(self, min_reviews: int, reason: TrackReason) -> tuple[list[TrackedGame], list[int]]:
        """Follow what is known to be large enough already; whom to ask for."""
        with self._db.transaction() as conn:
            if not CatalogRepository(conn).count():
                raise ValidationError("The catalogue is empty, so no game can be chosen from it: fetch it first.")
            known = StoreItemRepository(conn).list_games(min_reviews=min_reviews)
        unchecked = self._list_unchecked()
        # A count that was large enough is so still: reviews are rarely taken back.
        return list(self._insert({appid: _name_of(appid, name) for appid, name in known.items()}, reason)), unchecked

    def _list_unchecked(self) -> list[int]:
        with self._db.connection() as conn:
            return StoreItemRepository(conn).list_unchecked(
                stale_before=self._clock() - COUNTS_MAX_AGE, margin=CLOCK_MARGIN
            )

    def _store_items(self, items: Sequence[CatalogItem]) -> None:
        with self._db.transaction() as conn:
            StoreItemRepository(conn).upsert_many(items)

    def _take_wave(
        self, checked: Sequence[CatalogItem], min_reviews: int, reason: TrackReason
    ) -> tuple[TrackedGame, ...]:
        self._store_items(checked)
        large = {
            item.appid: _name_of(item.appid, item.name)
            for item in checked
            if item.type == "game" and (item.review_count or 0) >= min_reviews
        }
        return self._insert(large, reason)


async def fetch_catalog_items(steam: SteamDataSource, appids: Sequence[int], *, now: datetime) -> list[CatalogItem]:
    """What Steam says of each of these apps, to be stored as asked for `now`. Raises SteamApiError."""
    items = await steam.fetch_store_items(appids)
    found = []
    for appid in appids:
        item = items.get(appid)
        tags = await steam.fetch_tags(item) if item is not None else ()
        found.append(_to_catalog_item(appid, item, tags=tuple(tag.name for tag in tags), checked_at=now))
    return found


def _to_catalog_item(appid: int, item: StoreItem | None, *, tags: tuple[str, ...], checked_at: datetime) -> CatalogItem:
    """What is stored of an answer; an app that Steam does not know is noted too, so as not to be asked for again."""
    if item is None:
        return CatalogItem(appid=appid, type="unknown", name="", shown=False, checked_at=checked_at)
    return CatalogItem(
        appid=appid,
        type=item.type,
        name=item.name,
        shown=item.is_shown,
        review_count=item.review_count,
        tags=tags,
        developers=item.developers,
        release_date=item.release_date,
        checked_at=checked_at,
    )


def _is_number(key: str) -> bool:
    """Whether this is how an appid is written: "007" is not, and thousands of digits are no number to Python."""
    return key.isascii() and key.isdigit() and len(key) <= LONGEST_KEY and key == str(int(key))


def _name_of(appid: int, name: str) -> str:
    return name or f"App {appid}"


def _explain(appid: int, item: StoreItem | None, parents: Mapping[int, StoreItem]) -> str | None:
    """Why an app cannot be followed, in one sentence; None if it can."""
    if item is None:
        return f"Steam has no such app: {appid}."
    if item.type in TRACKABLE_TYPES:
        return None
    kind = "DLC" if item.type == "dlc" else item.type
    name = f"{appid} ({item.name})" if item.name else str(appid)
    if item.parent_appid is None:
        return f"{name} is a {kind}, not a game."
    parent = parents.get(item.parent_appid)
    parent_name = parent.name if parent and parent.name else "another app"
    return f"{name} is a {kind} of {parent_name} ({item.parent_appid}): track that instead."
