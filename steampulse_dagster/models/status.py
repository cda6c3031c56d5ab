"""Counts for people: rows of each table, and where each game stands."""

from datetime import datetime

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.due import DueState


class TableCount(Model):
    """Number of rows of a table."""

    table: str
    rows: int
    estimated: bool = False
    """Whether `rows` is the planner's estimate, as it is for large tables, instead of a count."""


class GameStatus(Model):
    """One game that is tracked or stored. `reviews` is what its crawl has counted, `reported` what Steam counts."""

    appid: int
    name: str
    type: str | None = None
    tracked: bool
    reviews: int
    reported: int | None = None
    completeness: float | None = None
    sample_rate: float = 1.0
    """Share of the game's reviews that is kept; below 1 `reviews` are a uniform sample."""
    offtopic: int | None = None
    """Reviews that Steam counts as off-topic activity; None: not asked yet."""
    chunks: int
    summaries: int
    reports: int
    last_crawled_at: datetime | None = None
    """When a walk over the reviews last finished."""
    last_error: str | None = None
    last_error_kind: str | None = None
    """A SteamErrorKind, or `unexpected_error`."""
    state: DueState | None = None
    """None where nobody follows the game: it is not crawled by itself."""
    next_due_at: datetime | None = None
    """When it is crawled next by itself; None for games that are dead or not followed."""
