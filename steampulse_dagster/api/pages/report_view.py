"""Everything that the page and the exported file of a report show, from the stored report. Pure."""

from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from steampulse_dagster.api.charts_bars import (
    Part,
    bucket_name,
    choose_scale,
    draw_parts,
    draw_playtimes,
    draw_sentiment,
    draw_share,
)
from steampulse_dagster.api.charts_trend import draw_trend
from steampulse_dagster.api.pages.formats import (
    THIN,
    count,
    counted,
    hours,
    interval,
    language_name,
    percent,
)
from steampulse_dagster.api.pages.quotes import draw_evidence
from steampulse_dagster.api.pages.sections import SectionView, build_sections, name_anchor
from steampulse_dagster.api.periods import Timeline, build_timeline
from steampulse_dagster.models.reading import GamePage, PlaytimeBucket
from steampulse_dagster.models.reports import EvidenceLevel, GameReport, ReportSample, StoredReport
from steampulse_dagster.models.reviews import LanguageCount, ReviewFacts
from steampulse_dagster.models.scores import SentimentTrend, Share, TrendDirection
from steampulse_dagster.services.report_words import TREND_WORDS, fill_months
from steampulse_dagster.utils.stats import build_share

SHOWN_LANGUAGES = 12
GLANCE_SECTIONS = ("design_strengths", "gameplay_friction")
GLANCE_ITEMS = 5


@dataclass(frozen=True)
class TrendRow:
    """A window against the one before it. `tone` is empty where nothing is beyond noise."""

    trend: SentimentTrend
    words: str
    tone: str


@dataclass(frozen=True)
class GlanceLine:
    """An item at the top of the page, with a link to where it is told."""

    anchor: str
    label: str
    mentions: Share
    bar: Markup


@dataclass(frozen=True)
class GlanceHalf:
    """What works, or what hurts, at the top of the page; `state` and `reason` as in the section."""

    title: str
    lines: tuple[GlanceLine, ...]
    state: str | None
    reason: str | None


@dataclass(frozen=True)
class ReportView:
    """A report ready for a template. `report` and `stored` are what it was built from."""

    stored: StoredReport
    report: GameReport
    is_low: bool
    sentiment_scale: Markup
    trends: tuple[TrendRow, ...]
    longest_trend: TrendRow | None
    timeline: Timeline
    trend_chart: Markup | None
    period_rows: Markup
    playtime_rows: Markup
    playtime_chart: Markup | None
    language_rows: Markup
    other_languages: int
    purchases: tuple[tuple[str, int], ...]
    sections: tuple[SectionView, ...]
    glance: tuple[GlanceHalf, ...]
    glance_scale: float | None
    """Where the axis ends that both halves share; None where neither has an item."""
    notable: Markup
    sample_parts: tuple[Part, ...]
    sample_chart: Markup


def build_report_view(stored: StoredReport, game: GamePage) -> ReportView:
    """What a report page shows; `game` adds the spread of playtimes, which is of now and not of the report."""
    report = stored.report
    timeline = build_timeline(tuple(fill_months(report.facts.months)))
    trends = tuple(_build_trend(trend) for trend in report.trends)
    told = [row for row in trends if row.trend.direction is not TrendDirection.INSUFFICIENT]
    parts = build_parts(report.sample)
    sections = build_sections(report)
    ends = [section for section in sections if section.name in GLANCE_SECTIONS]
    shares = [item.mentions for section in ends for item in section.items[:GLANCE_ITEMS]]
    scale = choose_scale(shares) if shares else None
    return ReportView(
        stored=stored,
        report=report,
        is_low=report.evidence_level is EvidenceLevel.LOW,
        sentiment_scale=draw_sentiment(report.sentiment.positive, title=_tell_sentiment(report)),
        trends=trends,
        longest_trend=told[-1] if told else None,
        timeline=timeline,
        period_rows=_draw_period_rows(timeline),
        trend_chart=_draw_trend(timeline, report) if timeline.periods else None,
        playtime_rows=_draw_playtime_rows(game.playtimes),
        playtime_chart=_draw_playtimes(game.playtimes, report) if any(_sizes(game.playtimes)) else None,
        language_rows=_draw_language_rows(report.facts),
        other_languages=max(0, len(report.facts.languages) - SHOWN_LANGUAGES),
        purchases=_list_purchases(report),
        sections=sections,
        glance=tuple(_build_half(section, scale or 1.0) for section in ends),
        glance_scale=scale,
        notable=Markup("".join(draw_evidence(evidence) for evidence in report.notable_quotes)),
        sample_parts=parts,
        sample_chart=draw_parts(parts, title=_tell_parts(parts)),
    )


def _build_half(section: SectionView, scale: float) -> GlanceHalf:
    """The first items of a section on the axis that both halves share: side by side they are compared."""
    lines = tuple(
        GlanceLine(
            anchor=name_anchor(section.name, number),
            label=item.label,
            mentions=item.mentions,
            bar=draw_share(item.mentions, scale=scale, tone=section.tone),
        )
        for number, item in enumerate(section.items[:GLANCE_ITEMS], start=1)
    )
    return GlanceHalf(title=section.title, lines=lines, state=section.state, reason=section.reason)


def build_parts(sample: ReportSample) -> tuple[Part, ...]:
    """What became of the stored reviews; the parts add up to them."""
    return tuple(
        part
        for part in (
            Part("Read by the analyst", sample.read, "read"),
            Part("In a language that it does not read", sample.skipped_language, "language"),
            Part("Without words", sample.skipped_blank, "blank"),
            Part("Newer than the last analysis", sample.waiting, "waiting"),
            Part("Not in the analysed sample", sample.left_out, "left-out"),
        )
        if part.size
    )


def _tell_parts(parts: tuple[Part, ...]) -> str:
    return "What became of the stored reviews: " + "; ".join(
        f"{part.name.lower()} {counted(part.size, 'review')}" for part in parts
    )


def _tell_sentiment(report: GameReport) -> str:
    positive = report.sentiment.positive
    return (
        f"{percent(positive.share)} positive, 95{THIN}% interval {interval(positive)}, on an axis from 0 to 100{THIN}%"
    )


def _build_trend(trend: SentimentTrend) -> TrendRow:
    match trend.direction:
        case TrendDirection.IMPROVING:
            tone = "good"
        case TrendDirection.DECLINING:
            tone = "bad"
        case _:
            tone = ""
    return TrendRow(trend=trend, words=TREND_WORDS[trend.direction], tone=tone)


def _draw_trend(timeline: Timeline, report: GameReport) -> Markup:
    periods, step = timeline.periods, timeline.step
    busiest = max(periods, key=lambda period: period.reviews)
    return draw_trend(
        timeline,
        title=f"Positive share and reviews a {step}, {periods[0].name} to {periods[-1].name}",
        desc=f"Overall {percent(report.sentiment.positive.share)} positive; the busiest {step} is {busiest.name} with "
        f"{counted(busiest.reviews, 'review')}. The table below has every {step}.",
    )


def _draw_period_rows(timeline: Timeline) -> Markup:
    """The rows of the table of periods, newest first; drawn here because a template takes four times as long."""
    return Markup(
        "".join(
            f'<tr><th scope="row">{escape(entry.name)}</th><td class="n">{count(entry.reviews)}</td>'
            f'<td class="n">{count(entry.positive)}</td>'
            f'<td class="n">{percent(entry.positive / entry.reviews if entry.reviews else None)}</td></tr>\n'
            for entry in reversed(timeline.periods)
        )
    )


def _sizes(buckets: tuple[PlaytimeBucket, ...]) -> tuple[int, int]:
    return sum(bucket.positive for bucket in buckets), sum(bucket.negative for bucket in buckets)


def _draw_playtime_rows(buckets: tuple[PlaytimeBucket, ...]) -> Markup:
    """The rows of the table of playtimes: how many of each group are in a bucket."""
    happy, unhappy = _sizes(buckets)
    return Markup(
        "".join(
            f'<tr><th scope="row">{escape(bucket_name(bucket))}</th>'
            f"{_draw_cell(bucket.positive, happy)}{_draw_cell(bucket.negative, unhappy)}</tr>\n"
            for bucket in buckets
        )
    )


def _draw_cell(part: int, whole: int) -> str:
    return f'<td class="n">{count(part)} <span class="soft">{percent(part / whole if whole else None)}</span></td>'


def _draw_playtimes(buckets: tuple[PlaytimeBucket, ...], report: GameReport) -> Markup:
    facts = report.facts
    return draw_playtimes(
        buckets,
        title="Playtime at the time of the review: those who recommend the game above, those who do not below",
        desc=f"Half of those who recommend it had played at least {hours(facts.median_playtime_at_review_positive)}, "
        f"half of those who do not at least {hours(facts.median_playtime_at_review_negative)}.",
    )


def _draw_language_rows(facts: ReviewFacts) -> Markup:
    """The rows of the table of languages."""
    return Markup("".join(_draw_language(entry, facts.stored) for entry in facts.languages[:SHOWN_LANGUAGES]))


def _draw_language(entry: LanguageCount, stored: int) -> str:
    """A language with how much of the reviews it is, and how content its reviewers are."""
    positive = build_share(entry.positive, entry.reviews, "stored reviews in this language")
    of_all = percent(entry.reviews / stored if stored else 0.0, digits=0)
    return (
        f'<tr><th scope="row"><bdi>{escape(language_name(entry.language))}</bdi></th>'
        f'<td class="n">{count(entry.reviews)} <span class="soft">{of_all}</span></td>'
        f'<td class="n">{percent(positive.share, digits=0)}</td>'
        f'<td class="wide">{draw_share(positive, scale=1.0, tone="good")}</td></tr>\n'
    )


def _list_purchases(report: GameReport) -> tuple[tuple[str, int], ...]:
    facts = report.facts
    return (
        ("Bought on Steam", facts.steam_purchase),
        ("Received for free", facts.received_for_free),
        ("Refunded", facts.refunded),
        ("Written during Early Access", facts.early_access),
        ("Mostly played on a Steam Deck", facts.steam_deck),
        ("Edited since", facts.edited),
        ("Answered by the developer", facts.developer_responses),
    )
