"""The sections of a report as pages show them: items with bars on one scale, or why there are none. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from steampulse_dagster.api.charts_bars import Tone, choose_scale, draw_share
from steampulse_dagster.api.pages.formats import count, hours, interval, percent, span
from steampulse_dagster.api.pages.quotes import QuoteView, build_quote
from steampulse_dagster.models.reports import SECTION_NAMES, GameReport, ReportItem, ReportSection, SectionStatus
from steampulse_dagster.models.scores import Share
from steampulse_dagster.services.report_words import TITLES

QUESTIONS = {
    "design_strengths": "Decisions, features and qualities that players praise.",
    "gameplay_friction": "The flaw or defect itself, whoever it drives away.",
    "player_wishlist": "New things that players ask for; repairs are not wishes.",
    "churn_triggers": "The moment, and the reason, a player stopped or refunded.",
    "dev_priorities": "Where a change returns most.",
    "competitive_context": "Games that reviewers measure this one against.",
}
TONES: dict[str, Tone] = {
    "design_strengths": "good",
    "gameplay_friction": "bad",
    "player_wishlist": "wish",
    "churn_triggers": "bad",
    "dev_priorities": "plain",
    "competitive_context": "plain",
}


@dataclass(frozen=True)
class ItemView:
    """A statement with its weight and its proof."""

    anchor: str
    number: int
    topic: str
    label: str
    statement: str | None
    mentions: Share
    bar: Markup
    weight: Markup
    lead: QuoteView | None
    more: tuple[QuoteView, ...]


@dataclass(frozen=True)
class SectionView:
    """A section. Without items `state` says in words of the page why, and `reason` in the analyst's."""

    name: str
    title: str
    question: str
    tone: Tone
    scale: float
    items: tuple[ItemView, ...]
    state: str | None
    reason: str | None


def build_sections(report: GameReport) -> tuple[SectionView, ...]:
    """All sections in the order in which a report shows them."""
    return tuple(_build_section(name, getattr(report, name)) for name in SECTION_NAMES)


def _build_section(name: str, section: ReportSection) -> SectionView:
    scale = choose_scale([item.mentions for item in section.items])
    return SectionView(
        name=name,
        title=TITLES[name],
        question=QUESTIONS[name],
        tone=TONES[name],
        scale=scale,
        items=tuple(_build_items(name, section.items, scale)),
        state=None if section.items else _tell_state(section.status),
        reason=section.reason,
    )


def _build_items(name: str, items: Sequence[ReportItem], scale: float) -> list[ItemView]:
    return [_build_item(name, number, item, scale) for number, item in enumerate(items, start=1)]


def _build_item(name: str, number: int, item: ReportItem, scale: float) -> ItemView:
    quotes = [build_quote(evidence) for evidence in item.evidence]
    return ItemView(
        anchor=f"{name}-{number}",
        number=number,
        topic=item.topic,
        label=item.label,
        statement=item.statement,
        mentions=item.mentions,
        bar=draw_share(item.mentions, scale=scale, tone=TONES[name]),
        weight=_draw_weight(item),
        lead=quotes[0] if quotes else None,
        more=tuple(quotes[1:]),
    )


def _draw_weight(item: ReportItem) -> Markup:
    """The numbers of an item, as lines of a list. They are numbers alone: a template would escape each of them."""
    said, voted, minutes = item.mentions, item.positive_votes, item.median_playtime_at_review
    played = "" if minutes is None else f'median <span class="num">{hours(minutes)}</span> played; '
    return Markup(
        f'<li><strong class="num">{percent(said.share)}</strong> '
        f'<span class="nowrap">95&#8239;% interval {interval(said)}</span></li>\n'
        f'<li><span class="num">{count(said.count)}</span> of <span class="num">{count(said.of)}</span> '
        "reviews say so</li>\n"
        f'<li><span class="num">{count(voted.count)}</span> of these <span class="num">{count(voted.of)}</span> '
        f'recommend the game (<span class="num">{percent(voted.share, digits=0)}</span>)</li>\n'
        f"<li>{played}{span(item.first_mentioned, item.last_mentioned)}</li>\n"
    )


def _tell_state(status: SectionStatus) -> str:
    match status:
        case SectionStatus.NOT_ENOUGH_EVIDENCE:
            return "Not enough evidence"
        case SectionStatus.NEEDS_LANGUAGE_MODEL:
            return "Needs a language model"
        case SectionStatus.OK:
            return "Nothing found"
