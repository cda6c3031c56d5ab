"""Two to five games side by side: their figures, and the topics that more than one of them has. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from steampulse_dagster.api.charts_bars import choose_scale, draw_sentiment, draw_share
from steampulse_dagster.api.charts_trend import draw_sparkline
from steampulse_dagster.api.pages.formats import THIN, interval, month, percent
from steampulse_dagster.api.pages.sections import QUESTIONS, TONES
from steampulse_dagster.api.periods import build_timeline
from steampulse_dagster.models.reading import ComparedTopic, Comparison, GamePage
from steampulse_dagster.models.reports import GameReport
from steampulse_dagster.models.scores import SentimentTrend, Share
from steampulse_dagster.services.report_words import TITLES, fill_months

SHOWN_MONTHS = 36
SHOWN_TOPICS = 12
"""Most topics of a section; the rest are in the games' own reports."""


@dataclass(frozen=True)
class GameColumn:
    """A game of the comparison. Without a report only its name is known."""

    page: GamePage
    report: GameReport | None
    sentiment_bar: Markup | None
    sparkline: Markup | None
    trend: SentimentTrend | None


@dataclass(frozen=True)
class TopicCell:
    """A topic in one game; None where its report does not have it. `stands_out`: more than in every other game."""

    share: Share
    bar: Markup
    stands_out: bool


@dataclass(frozen=True)
class TopicLine:
    """A topic with one cell a game."""

    label: str
    cells: tuple[TopicCell | None, ...]


@dataclass(frozen=True)
class TopicTable:
    """The topics of one section, on one scale."""

    name: str
    title: str
    question: str
    scale: float
    lines: tuple[TopicLine, ...]
    hidden: int


@dataclass(frozen=True)
class ComparisonView:
    """A comparison ready for a template."""

    columns: tuple[GameColumn, ...]
    tables: tuple[TopicTable, ...]

    @property
    def analysts(self) -> tuple[str, ...]:
        """Who read the games; more than one means that shares differ by reading, too."""
        keys = (column.report.provenance.key for column in self.columns if column.report)
        return tuple(dict.fromkeys(keys))


def build_comparison(comparison: Comparison) -> ComparisonView:
    """What the page of a comparison shows."""
    tables = [
        _build_table(section, list(topics)) for section, topics in groupby(comparison.topics, lambda one: one.section)
    ]
    return ComparisonView(columns=tuple(map(_build_column, comparison.games)), tables=tuple(tables))


def _build_column(page: GamePage) -> GameColumn:
    report = page.report.report if page.report else None
    if report is None:
        return GameColumn(page=page, report=None, sentiment_bar=None, sparkline=None, trend=None)
    positive = report.sentiment.positive
    months = tuple(fill_months(report.facts.months))[-SHOWN_MONTHS:]
    sentiment = f"{percent(positive.share)} positive, 95{THIN}% interval {interval(positive)}"
    spanned = (
        f"Positive share and reviews a month, {month(months[0].month)} to {month(months[-1].month)}" if months else ""
    )
    return GameColumn(
        page=page,
        report=report,
        sentiment_bar=draw_sentiment(positive, title=sentiment, ticks=False) if positive.share is not None else None,
        sparkline=draw_sparkline(build_timeline(months), title=spanned) if months else None,
        trend=next((trend for trend in report.trends if trend.days == 90), None),
    )


def _build_table(section: str, topics: Sequence[ComparedTopic]) -> TopicTable:
    ordered = sorted(topics, key=lambda topic: -sum(share is not None for share in topic.mentions))
    shown = ordered[:SHOWN_TOPICS]
    scale = choose_scale([share for topic in shown for share in topic.mentions if share is not None])
    return TopicTable(
        name=section,
        title=TITLES[section],
        question=QUESTIONS[section],
        scale=scale,
        lines=tuple(_build_line(topic, section, scale) for topic in shown),
        hidden=len(ordered) - len(shown),
    )


def _build_line(topic: ComparedTopic, section: str, scale: float) -> TopicLine:
    cells = [
        None
        if share is None
        else TopicCell(
            share=share,
            bar=draw_share(share, scale=scale, tone=TONES[section]),
            stands_out=_stands_out(
                share, [other for other in topic.mentions if other is not None and other is not share]
            ),
        )
        for share in topic.mentions
    ]
    return TopicLine(label=topic.label, cells=tuple(cells))


def _stands_out(share: Share, others: Sequence[Share]) -> bool:
    """Whether the interval lies wholly above those of all other games that have the topic."""
    return bool(others) and share.low is not None and all(share.low > (other.high or 0.0) for other in others)
