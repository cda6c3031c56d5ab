"""The words and the order in which reports are shown, in Markdown and on pages alike. Pure."""

from collections.abc import Iterator

from steampulse_dagster.models.reviews import MonthCount
from steampulse_dagster.models.scores import TrendDirection

TITLES = {
    "design_strengths": "What works",
    "gameplay_friction": "What hurts",
    "player_wishlist": "What players wish for",
    "churn_triggers": "When players leave",
    "dev_priorities": "What to fix first",
    "competitive_context": "Which games they compare it with",
}
"""Of the sections of a report, by their names."""

TREND_WORDS = {
    TrendDirection.IMPROVING: "improving",
    TrendDirection.DECLINING: "declining",
    TrendDirection.STABLE: "no change beyond noise",
    TrendDirection.INSUFFICIENT: "too few reviews to say",
}


def fill_months(months: tuple[MonthCount, ...]) -> Iterator[MonthCount]:
    """The months from first to last, those without reviews too. Nothing from nothing."""
    if not months:
        return
    (first_year, first), (last_year, last) = (map(int, one.month.split("-")) for one in (months[0], months[-1]))
    if len(months) == 12 * (last_year - first_year) + last - first + 1:
        yield from months  # nothing is missing: nearly always, and every overview asks it fifty times
        return
    known = {month.month: month for month in months}
    year, number = map(int, months[0].month.split("-"))
    while (name := f"{year:04}-{number:02}") <= months[-1].month:
        yield known.get(name) or MonthCount(month=name, reviews=0, positive=0)
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)
