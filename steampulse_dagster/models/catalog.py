"""Rows of `app_catalog` and `tracked_games`: what Steam sells, and which of it this product follows."""

from datetime import date, datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.quarantine import Unparsed


class CatalogApp(Model):
    """One entry of Steam's app list (IStoreService/GetAppList)."""

    appid: int
    name: str
    steam_last_modified: datetime | None = None
    price_change_number: int | None = None


class AppListPage(Model):
    """One page of GetAppList. `unparsed` holds what could not be read; a page never fails for one bad entry."""

    apps: tuple[CatalogApp, ...]
    unparsed: tuple[Unparsed, ...] = ()


class CatalogItem(Model):
    """A row of `store_items`: what GetItems said of one app, and when. Apps that Steam does not know have one too."""

    appid: int
    type: str
    name: str
    shown: bool
    review_count: int | None = None
    tags: tuple[str, ...] = ()
    """Names of its user tags, heaviest first."""
    developers: tuple[str, ...] = ()
    release_date: date | None = None
    checked_at: datetime


class CatalogChanges(Model):
    """What one crawl of the app list did; `skipped_fresh` means nothing was asked because the list is recent."""

    stored: int = 0
    """Apps in the catalogue afterwards."""
    seen: int = 0
    new: int = 0
    renamed: int = 0
    modified: int = 0
    quarantined: int = 0
    """Entries that could not be read and were kept whole."""
    skipped_fresh: bool = False


class TrackReason(StrEnum):
    """Why a game is followed."""

    MANUAL = "manual"
    FILE = "file"
    MIN_REVIEWS = "min_reviews"
    RECORDED = "recorded"
    LIBRARY = "library"
    DEMO = "demo"
    RULE = "rule"
    """A tracking rule chose it."""
    PARTITION = "partition"
    """Somebody added its partition in the UI."""


class TrackedGame(Model):
    """A game that is an `appid` partition."""

    appid: int
    name: str
    reason: TrackReason
    tracked_at: datetime


class UntrackedGame(Model):
    """A game that a person stopped following: its partition goes, and no rule adds it again."""

    appid: int
    untracked_at: datetime
