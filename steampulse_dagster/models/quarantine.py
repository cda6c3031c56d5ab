"""Rows of `quarantine`: what Steam sent and could not be read, kept whole with the reason."""

from datetime import datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model


class QuarantineSource(StrEnum):
    """What kind of thing could not be read; decides which parser a replay uses."""

    REVIEWS = "reviews"
    APP_LIST = "app_list"
    """An entry of the app list."""
    STORE_ITEM = "store_item"
    """An entry of GetItems."""
    APPDETAILS = "appdetails"
    """A whole answer of the store's details of one app."""
    OWNED_GAME = "owned_games"
    """An entry of GetOwnedGames."""
    LIBRARY_ROW = "library_rows"
    """A row of an enriched library file."""


class Unparsed(Model):
    """Something that could not be read. `payload` is its JSON text, or the answer's text where it is no JSON."""

    source: QuarantineSource
    payload: str
    reason: str
    appid: int | None = None
    key: str | None = None
    """What tells it from others of its source and app, such as a review's id; None: the payload itself does."""


class QuarantinedEntry(Model):
    """One row of `quarantine`."""

    quarantine_id: int
    source: QuarantineSource
    appid: int | None = None
    payload: str
    reason: str
    created_at: datetime
    seen_at: datetime
    """When Steam last sent it."""


class ReplayResult(Model):
    """What a replay did. `outdated` were parsed, but a newer version is stored already; they left as well."""

    replayed: int = 0
    stored: int = 0
    outdated: int = 0
    still_unreadable: int = 0

    def __add__(self, other: "ReplayResult") -> "ReplayResult":
        return ReplayResult(**{name: getattr(self, name) + getattr(other, name) for name in ReplayResult.model_fields})
