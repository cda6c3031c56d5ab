"""Reviews over time in steps that say something: months, or quarters or years where months have too few. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from steampulse_dagster.api.pages.formats import month
from steampulse_dagster.models.reviews import MonthCount

FEW_REVIEWS = 5
"""A period with fewer says next to nothing by its share."""
MOST_PERIODS = 60
"""Of them the newest are shown: more would be narrower than a finger."""


class Period(NamedTuple):
    """A month, quarter or year. `opens` is the year that begins with it, None within a year."""

    name: str
    reviews: int
    positive: int
    opens: str | None

    @property
    def says_something(self) -> bool:
        """Whether its share is more than chance."""
        return self.reviews >= FEW_REVIEWS


@dataclass(frozen=True)
class Timeline:
    """Periods without gaps, oldest first, and what one is called."""

    step: str
    periods: tuple[Period, ...]


def build_timeline(months: Sequence[MonthCount]) -> Timeline:
    """The finest steps of which at least half have enough reviews; years where none has. `months` are without gaps."""
    if _is_dense(months):
        return Timeline("month", tuple(_name_month(entry) for entry in months[-MOST_PERIODS:]))
    chosen = Timeline("month", tuple(_name_month(entry) for entry in months))
    for step, name_of in (("quarter", _quarter), ("year", _year)):
        if _is_dense(chosen.periods):
            break
        periods = tuple(_join(months, name_of))
        if len(periods) > 1:  # a life within one year, or one quarter, is not told by a single column
            chosen = Timeline(step, periods)
    return Timeline(chosen.step, chosen.periods[-MOST_PERIODS:])


def _is_dense(counts: Sequence[Period] | Sequence[MonthCount]) -> bool:
    return 2 * sum(entry.reviews >= FEW_REVIEWS for entry in counts) >= len(counts)


def _name_month(entry: MonthCount) -> Period:
    opens = entry.month[:4] if entry.month.endswith("-01") else None
    return Period(name=month(entry.month), reviews=entry.reviews, positive=entry.positive, opens=opens)


def _quarter(entry: MonthCount) -> str:
    year, number = entry.month.split("-")
    return f"Q{(int(number) + 2) // 3} {year}"


def _year(entry: MonthCount) -> str:
    return entry.month[:4]


def _join(months: Sequence[MonthCount], name_of: Callable[[MonthCount], str]) -> Iterator[Period]:
    for name, run in groupby(months, key=name_of):
        entries = list(run)
        yield Period(
            name=name,
            reviews=sum(entry.reviews for entry in entries),
            positive=sum(entry.positive for entry in entries),
            opens=entries[0].month[:4] if name.startswith("Q1") or name.isdigit() else None,
        )
