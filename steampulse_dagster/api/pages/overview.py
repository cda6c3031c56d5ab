"""The overview: what was asked for, the addresses of its other orders and pages, and its rows. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from textwrap import shorten
from urllib.parse import urlencode

from markupsafe import Markup
from pydantic import ValidationError as ModelError

from steampulse_dagster.api.charts_bars import draw_sentiment
from steampulse_dagster.api.charts_trend import draw_sparkline
from steampulse_dagster.api.pages.formats import THIN, counted, interval, percent
from steampulse_dagster.api.pages.rendering import get_templates
from steampulse_dagster.api.periods import build_timeline
from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.reading import GameFilter, GameRow, GameSort
from steampulse_dagster.models.reviews import MonthCount

SENTIMENTS = {
    "": ("any", None, None),
    "positive": ("80 % and more", 0.8, None),
    "mostly": ("70 to 80 %", 0.7, 0.8),
    "mixed": ("40 to 70 %", 0.4, 0.7),
    "negative": ("below 40 %", None, 0.4),
}
"""Choices of the filter: words, least and most positive share; the borders are those of Steam's words."""
REPORTED = {"": ("all", None), "yes": ("with a report", True), "no": ("without a report", False)}
GEMS = {"": ("any", None), "some": ("0.1 and more", 0.1), "good": ("0.3 and more", 0.3), "rare": ("0.5 and more", 0.5)}
"""Choices of the filter: words and the least hidden gem score."""
SORTS = {
    GameSort.REVIEWS: "Most reviews",
    GameSort.SENTIMENT: "Best sentiment",
    GameSort.HIDDEN_GEM: "Hidden gems",
    GameSort.NAME: "Name",
    GameSort.NEWEST_REVIEW: "Newest review",
    GameSort.REPORTED: "Newest report",
}
MOST_OF_A_REASON = 160
_NAMES = ("q", "genre", "tag", "sentiment", "min_reviews", "gem", "reported", "sort", "order", "cursor")


@dataclass(frozen=True)
class OverviewQuery:
    """What the address of the overview asks for, as text; empty where nothing."""

    q: str = ""
    genre: str = ""
    tag: str = ""
    sentiment: str = ""
    min_reviews: str = ""
    gem: str = ""
    reported: str = ""
    sort: str = GameSort.REVIEWS.value
    order: str = ""
    cursor: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether some games are left out."""
        return any((self.q, self.genre, self.tag, self.sentiment, self.min_reviews, self.gem, self.reported))

    def link(self, **changes: str) -> str:
        """The address with these changes, without what is empty or the default."""
        changed = replace(self, **changes)
        given = {name: getattr(changed, name) for name in _NAMES}
        kept = {name: value for name, value in given.items() if value and value != getattr(OverviewQuery, name)}
        return f"/?{urlencode(kept)}" if kept else "/"

    def build_filter(self) -> GameFilter:
        """What the service is asked. Raises ValidationError that names what cannot be understood."""
        _, low, high = SENTIMENTS[_require_choice(self.sentiment, SENTIMENTS, "sentiment")]
        _, gem = GEMS[_require_choice(self.gem, GEMS, "gem")]
        _, reported = REPORTED[_require_choice(self.reported, REPORTED, "reported")]
        if self.order not in ("", "reverse"):
            raise ValidationError("order is `reverse` or nothing.")
        try:
            return GameFilter.model_validate(
                {
                    **{name: getattr(self, name).strip() or None for name in ("q", "genre", "tag", "min_reviews")},
                    "min_sentiment": low,
                    "max_sentiment": high,
                    "min_hidden_gem": gem,
                    "reported": reported,
                    "sort": self.sort,
                    "reverse": self.order == "reverse",
                }
            )
        except ModelError as error:
            first = error.errors()[0]
            raise ValidationError(f"{first['loc'][0]}: {first['msg']}.") from error


def parse_query(given: Mapping[str, str]) -> OverviewQuery:
    """The query of an address; names that it does not know are left out."""
    return OverviewQuery(**{name: given[name] for name in _NAMES if given.get(name)})


def _require_choice(chosen: str, choices: Iterable[str], name: str) -> str:
    if chosen not in choices:
        raise ValidationError(f"{name} is one of {', '.join(filter(None, choices))}, or nothing.")
    return chosen


@dataclass(frozen=True)
class Column:
    """A column that can be sorted by: where its heading leads, and how it is sorted now."""

    title: str
    href: str
    sorted: str | None
    """The value of `aria-sort`, None where another column is sorted by."""


def build_column(query: OverviewQuery, title: str, sort: GameSort) -> Column:
    """A heading that sorts by it, and the other way round when pressed again."""
    is_current = query.sort == sort.value
    is_reverse = is_current and query.order == "reverse"
    goes_up = (sort is GameSort.NAME) != is_reverse
    order = "reverse" if is_current and not is_reverse else ""
    return Column(
        title=title,
        href=query.link(sort=sort.value, order=order, cursor=""),
        sorted=("ascending" if goes_up else "descending") if is_current else None,
    )


@dataclass(frozen=True)
class Cells:
    """The cells of a row that its game's report fills, or that say why there is none."""

    measured: Markup
    """Sentiment, three years, 90 days."""
    told: Markup
    """What works and hurts most, hidden gem."""


def draw_cells(row: GameRow) -> Cells:
    """What the overview shows of a game's report."""
    cells = get_templates().get_template("overview_cells.html").module
    sparkline = _draw_months(row.months)
    standing = tell_standing(row) if row.sentiment is None else None
    return Cells(
        measured=cells.measured(row, _draw_sentiment(row), sparkline, standing),  # type: ignore[attr-defined]
        told=cells.told(row),  # type: ignore[attr-defined]
    )


def _draw_sentiment(row: GameRow) -> Markup | None:
    if row.sentiment is None or row.sentiment.score is None:
        return None
    positive = row.sentiment.positive
    title = f"{percent(positive.share)} positive, 95{THIN}% interval {interval(positive)}"
    return draw_sentiment(positive, title=title, ticks=False)


def _draw_months(months: tuple[MonthCount, ...]) -> Markup:
    if not months:
        return Markup("")
    reviews = sum(entry.reviews for entry in months)
    title = f"{counted(reviews, 'review')} in {counted(len(months), 'month')}; the line is their positive share"
    return draw_sparkline(build_timeline(months), title=title)


def tell_standing(row: GameRow) -> str:
    """Why a game has no report, and what helps."""
    again = f"“steampulse run {row.appid}”"
    match row:
        case GameRow(is_given_up=True):
            return f"Given up: {cut_reason(row.crawl_error)} {again} tries once more."
        case GameRow(crawl_error=str() as reason):
            return f"The last crawl failed: {cut_reason(reason)} {again} tries again."
        case GameRow(crawled_at=None):
            return f"Not crawled yet: {again} fetches it."
        case _:
            return f"Crawled, not analysed yet: {again} reports on it." if row.reviews else "No reviews yet"


def cut_reason(reason: str | None) -> str:
    """As much of a reason as a row of a table can hold."""
    return shorten(reason or "no reason is stored.", MOST_OF_A_REASON, placeholder=" …")
