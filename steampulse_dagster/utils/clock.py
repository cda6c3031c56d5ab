"""The only place that asks what time it is, so that tests can say so instead."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The current moment, timezone-aware, UTC."""
    return datetime.now(UTC)
