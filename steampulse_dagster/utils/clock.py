"""Moments in UTC. The only place that asks what time it is, so that tests can say so instead."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The current moment, timezone-aware, UTC."""
    return datetime.now(UTC)


def read_moment(seconds: int) -> datetime:
    """The moment so many Unix seconds mean."""
    return datetime.fromtimestamp(seconds, UTC)
