"""Counts for people: rows of each table, and where each game stands."""

from datetime import datetime

from steampulse_dagster.models.base import Model


class TableCount(Model):
    """Exact number of rows of a table."""

    table: str
    rows: int


class GameStatus(Model):
    """One game that is tracked or stored. `reported` is Steam's own count of its reviews."""

    appid: int
    name: str
    type: str | None = None
    tracked: bool
    reviews: int
    reported: int | None = None
    completeness: float | None = None
    chunks: int
    summaries: int
    reports: int
    last_crawled_at: datetime | None = None
    """When a walk over the reviews last finished."""
    last_error: str | None = None
