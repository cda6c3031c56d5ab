"""From reviews as they are read to rows as they are stored, and back."""

from steampulse_dagster.models.reviews import Review, ReviewRow
from steampulse_dagster.utils.clock import read_moment

_TIMES = ("last_played", "timestamp_created", "timestamp_updated", "timestamp_dev_responded")


def build_row(review: Review, /, **changes: object) -> ReviewRow:
    """The row that is read back as this review, with changes."""
    fields = {**dict(review), **changes}
    times = {name: fields[name] and int(fields[name].timestamp()) for name in _TIMES}
    return ReviewRow(**{**fields, **times})


def as_read(row: ReviewRow) -> Review:
    """The review as it comes back from the database."""
    fields = {name: getattr(row, name) for name in Review.model_fields}
    return Review(**{**fields, **{name: fields[name] and read_moment(fields[name]) for name in _TIMES}})
