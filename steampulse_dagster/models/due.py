"""When games are crawled next, and which ones failed: what `due`, `failures`, `status` and schedules read."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from steampulse_dagster.models.base import Model

UNEXPECTED_ERROR = "unexpected_error"
"""Kind of a failure that is none of Steam's: a fault of this program."""


class DueState(StrEnum):
    """Where a followed game stands between two crawls."""

    DUE = "due"
    """Its moment has come (or it was never crawled): the next `run --due` takes it."""
    WAITING = "waiting"
    """Crawled well; its next moment is still to come."""
    BACKING_OFF = "backing off"
    """The last crawl failed; it is tried again by itself at its next moment."""
    DEAD = "dead"
    """It failed in a way, or so often, that it is not tried by itself any more, until a person says so."""


class Pulse(Model):
    """What the length of a game's interval rests on. Counts are of stored reviews by creation."""

    stored: int
    new_in_3_days: int = 0
    new_in_30_days: int = 0
    released_on: date | None = None
    modified_at: datetime | None = None
    """Steam's `last_modified` of the app, from the catalogue."""


class DuePlan(Model):
    """When a game is crawled next, and the interval behind it."""

    reviews_per_day: float
    every: timedelta
    next_due_at: datetime


class GameSchedule(Model):
    """One followed game and its next moment."""

    appid: int
    name: str
    state: DueState
    due_at: datetime | None = None
    """None for a dead game."""
    every: timedelta | None = None
    """Its interval; None until a crawl has finished."""
    reviews_per_day: float | None = None
    stored: int = 0
    finished_at: datetime | None = None
    last_failed_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    last_error_kind: str | None = None
    dead_since: datetime | None = None
    dead_reason: str | None = None


class ResetFailures(Model):
    """Games that get another try at once, with a clean count."""

    crawls: tuple[int, ...] = ()
    analyses: tuple[int, ...] = ()

    @property
    def appids(self) -> tuple[int, ...]:
        """All of them."""
        return tuple(sorted({*self.crawls, *self.analyses}))
