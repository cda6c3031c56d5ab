"""What changed between two reports of one game."""

from datetime import datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.scores import Share


class Change(StrEnum):
    """What became of an item. GROWN and SHRUNK are beyond the noise of both samples (95 %); the rest is STEADY."""

    NEW = "new"
    GONE = "gone"
    GROWN = "grown"
    SHRUNK = "shrunk"
    STEADY = "steady"


class ItemChange(Model):
    """An item of one section in the older and the newer report."""

    section: str
    topic: str
    label: str
    change: Change
    before: Share | None
    after: Share | None
    difference_low: float | None = None
    difference_high: float | None = None
    """95 % interval of the difference of the shares."""


class ScoreChange(Model):
    """A score in both reports. `beyond_noise` is None where one of them is missing."""

    name: str
    before: float | None
    after: float | None
    difference_low: float | None = None
    difference_high: float | None = None
    beyond_noise: bool | None = None


class CountChange(Model):
    """A plain count in both reports."""

    name: str
    before: int
    after: int


class AnalystChange(Model):
    """Something about how the report was made, which is no news about the game."""

    name: str
    before: str
    after: str


class ReportDiff(Model):
    """From the older to the newer report.

    Where `analyst` is not empty the items were found by another analyst or other rules: what changed about them may be
    the reading and not the game. Scores and counts are computed alike in both, so they can be compared even then.
    """

    appid: int
    name: str
    from_id: int
    to_id: int
    from_time: datetime
    to_time: datetime
    analyst: tuple[AnalystChange, ...]
    counts: tuple[CountChange, ...]
    scores: tuple[ScoreChange, ...]
    items: tuple[ItemChange, ...]

    @property
    def changed(self) -> tuple[ItemChange, ...]:
        """The items that are not as they were."""
        return tuple(item for item in self.items if item.change is not Change.STEADY)
