"""A report as Markdown that a producer likes to read. Everything from Steam or an analyst is escaped."""

from collections.abc import Iterator
from datetime import datetime

from steampulse_dagster.analyzer.quotes import strip_bbcode
from steampulse_dagster.models.reports import (
    SECTION_NAMES,
    Evidence,
    EvidenceLevel,
    GameReport,
    Judgement,
    ReportItem,
    ReportSection,
)
from steampulse_dagster.models.reviews import LanguageCount, MonthCount
from steampulse_dagster.models.scores import SentimentTrend, Share
from steampulse_dagster.services.report_words import TITLES, TREND_WORDS, fill_months
from steampulse_dagster.utils.markdown import escape_markdown, quote_block, sparkline

SHOWN_MONTHS = 36
SHOWN_LANGUAGES = 6


def render_markdown(report: GameReport) -> str:
    """The whole report: headline, sections with their evidence, and at the end what it rests on and how it was made."""
    blocks = [
        f"# {escape_markdown(report.name)}",
        *_headline(report),
        *_judgements(report),
        *(block for name in SECTION_NAMES for block in _section(TITLES[name], getattr(report, name))),
        *_notable(report),
        *_method(report),
    ]
    return "\n\n".join(blocks) + "\n"


def _headline(report: GameReport) -> Iterator[str]:
    if report.evidence_level is EvidenceLevel.LOW:
        yield (
            f"> **Low evidence.** {_count(report.sample.read, 'review')} could be read: take every share with its "
            "interval, and items as leads."
        )
    lines = [_sentiment_line(report), _gem_line(report), *(_trend_line(trend) for trend in report.trends)]
    yield "\n".join(f"- {line}" for line in lines)
    if report.facts.months:
        yield _month_chart(report.facts.months)


def _sentiment_line(report: GameReport) -> str:
    sentiment = report.sentiment
    if sentiment.insufficient:
        return f"**Sentiment: not enough reviews** ({sentiment.insufficient}; {_share(sentiment.positive)} positive)"
    return f"**Sentiment: {sentiment.label}**, {_share(sentiment.positive)} positive"


def _gem_line(report: GameReport) -> str:
    gem = report.hidden_gem
    if gem.score is None:
        return f"**Hidden gem: not enough reviews** ({gem.insufficient})"
    return f"**Hidden gem: {gem.score:.2f}** of 1 (good and little known), from the {gem.reviews:,} {gem.population}"


def _trend_line(trend: SentimentTrend) -> str:
    words = f"**Last {trend.days} days: {TREND_WORDS[trend.direction]}**"
    if trend.difference is None or trend.difference_low is None or trend.difference_high is None:
        recent, before = trend.recent, trend.before
        return f"{words} ({recent.count} of {recent.of} positive, before that {before.count} of {before.of})"
    low, high = trend.difference_low, trend.difference_high
    return (
        f"{words}, {_percent(trend.recent.share)} positive of {trend.recent.of:,} after "
        f"{_percent(trend.before.share)} of {trend.before.of:,} "
        f"({100 * trend.difference:+.1f} points, 95 % CI {100 * low:+.1f} to {100 * high:+.1f})"
    )


def _month_chart(months: tuple[MonthCount, ...]) -> str:
    shown = list(fill_months(months))[-SHOWN_MONTHS:]
    volume = sparkline([float(month.reviews) if month.reviews else None for month in shown])
    positive = sparkline(
        [month.positive / month.reviews if month.reviews else None for month in shown], low=0.0, high=1.0
    )
    span = f"{shown[0].month} to {shown[-1].month}"
    most = max(month.reviews for month in shown)
    return (
        f"Reviews a month, {span} (most: {most:,})  \n`{volume}`\n\nPositive share a month (0 to 100 %)  \n`{positive}`"
    )


def _judgements(report: GameReport) -> Iterator[str]:
    yield "## In one line\n\n" + _judgement(report.one_liner)
    yield "## Who plays it\n\n" + _judgement(report.audience_profile)


def _judgement(judgement: Judgement) -> str:
    if judgement.text:
        return escape_markdown(judgement.text)
    return f"*Not given: {escape_markdown(judgement.reason or 'no reason stated')}*"


def _section(title: str, section: ReportSection) -> Iterator[str]:
    yield f"## {title}"
    if not section.items:
        yield f"*{escape_markdown(section.reason or 'Nothing was found.')}*"
    for number, item in enumerate(section.items, start=1):
        yield from _item(number, item)


def _item(number: int, item: ReportItem) -> Iterator[str]:
    yield f"### {number}. {escape_markdown(item.label)}"
    if item.statement:
        yield escape_markdown(item.statement)
    facts = [
        f"{_share(item.mentions)} mention it",
        f"{item.positive_votes.count:,} of these {item.positive_votes.of:,} recommend the game",
    ]
    if item.median_playtime_at_review is not None:
        facts.append(f"median playtime {_hours(item.median_playtime_at_review)}")
    facts.append(_span(item.first_mentioned, item.last_mentioned))
    yield "; ".join(facts) + "."
    for evidence in item.evidence:
        yield _evidence(evidence)


def _evidence(evidence: Evidence) -> str:
    playtime = "" if evidence.playtime_at_review is None else f", {_hours(evidence.playtime_at_review)} played"
    vote = "recommended" if evidence.voted_up else "not recommended"
    source = f"{vote}{playtime}, {evidence.timestamp_created:%Y-%m-%d}, {escape_markdown(evidence.language)}"
    source += f", review {evidence.recommendationid} ([on Steam]({evidence.url}))"
    return f"{quote_block(strip_bbcode(evidence.quote))}\n>\n> — {source}"


def _notable(report: GameReport) -> Iterator[str]:
    if report.notable_quotes:
        yield "## Worth reading"
        yield from map(_evidence, report.notable_quotes)


def _method(report: GameReport) -> Iterator[str]:
    yield "## Sample and method"
    lines = [*_sample_lines(report), *_analyst_lines(report)]
    yield "\n".join(f"- {line}" for line in lines)


def _sample_lines(report: GameReport) -> Iterator[str]:
    sample = report.sample
    stored = f"{_count(sample.stored, 'review')} stored, the newest of {sample.data_time:%Y-%m-%d}"
    if sample.sample_rate < 1:
        stored += f" as a uniform sample ({_percent(sample.sample_rate)} of the game's reviews)"
    if sample.reported is not None and sample.sample_rate < 1:
        share = "" if sample.completeness is None else f", {_percent(sample.completeness)} of them were walked"
        stored += f"; Steam counts {sample.reported.total_reviews:,}{share}"
    elif sample.reported is not None:
        share = "" if sample.completeness is None else f", {_percent(sample.completeness)} of them stored"
        stored += f"; Steam counts {sample.reported.total_reviews:,}{share}"
    yield stored + "."
    if sample.offtopic:
        yield (
            f"{_count(sample.offtopic, 'review')} of them lie in periods that Steam leaves out of its own score as "
            "off-topic; they are counted here."
        )
    chunks = _count(sample.chunks, "chunk")
    if sample.analysed_share < 1:
        yield f"A uniform sample of them is analysed: {_percent(sample.analysed_share)}; whoever is in it stays in it."
    yield f"{sample.read:,} of them read by the analyst in {chunks}{_languages(sample.read_languages)}."
    unread = [
        f"{sample.skipped_language:,} with words that it did not read{_languages(sample.skipped_languages)}",
        f"{sample.skipped_blank:,} without words",
    ]
    if sample.waiting:
        unread.append(f"{sample.waiting:,} newer ones that wait for the next analysis")
    if sample.left_out:
        unread.append(f"{sample.left_out:,} that are not in the analysed sample")
    yield "Not read: " + "; ".join(unread) + "."
    yield (
        "Sentiment, trend and facts count all stored reviews; an item's share is of the reviews that were read, and is "
        "a lower bound: more may say it in words that were not recognised. Intervals are Wilson's (shares) and "
        "Newcombe's (differences), 95 %."
    )


def _analyst_lines(report: GameReport) -> Iterator[str]:
    provenance, grounding = report.provenance, report.grounding
    kind = "language model" if provenance.generative else "extractive, no language model: it quotes and counts"
    yield f"Analyst: {escape_markdown(f'{provenance.engine} {provenance.model} {provenance.version}')} ({kind})."
    if provenance.degraded:
        yield f"**Degraded:** {escape_markdown(provenance.degraded)}"
    mended = f" ({grounding.mended:,} of them when asked once more)" if grounding.mended else ""
    yield (
        f"Quotes: {grounding.proven:,} of {grounding.quotes:,} were found in the review they name{mended}; "
        f"{grounding.dropped:,} were not and are not shown."
    )
    if grounding.unfounded:
        left_out = _count(grounding.unfounded, "sentence")
        yield f"{left_out} left out for a number that nobody computed and no review writes."
    if grounding.refused:
        yield f"{_count(grounding.refused, 'review')} left unread, as the model gave no answer about them."


def _share(share: Share) -> str:
    """`12 of 340 reviews … (3.5 %, 95 % CI 2.0–6.1)`."""
    if share.share is None or share.low is None or share.high is None:
        return f"{share.count:,} of {share.of:,} {share.population}"
    interval = f"{_percent(share.share)}, 95 % CI {100 * share.low:.1f}–{100 * share.high:.1f}"
    return f"{share.count:,} of {share.of:,} {share.population} ({interval})"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _hours(minutes: float) -> str:
    return f"{minutes / 60:.1f} h" if minutes < 6_000 else f"{minutes / 60:,.0f} h"


def _span(first: datetime, last: datetime) -> str:
    if first.date() == last.date():
        return f"mentioned on {first:%Y-%m-%d}"
    return f"mentioned {first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _languages(counts: tuple[LanguageCount, ...]) -> str:
    if not counts:
        return ""
    shown = [f"{escape_markdown(count.language)} {count.reviews:,}" for count in counts[:SHOWN_LANGUAGES]]
    rest = sum(count.reviews for count in counts[SHOWN_LANGUAGES:])
    return f" ({', '.join([*shown, f'others {rest:,}'] if rest else shown)})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
