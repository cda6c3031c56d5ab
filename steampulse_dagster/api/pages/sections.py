"""The sections of a report as pages show them: items with bars on one scale, or why there are none. Pure."""

from dataclasses import dataclass

from steampulse_dagster.api.charts_bars import Tone, choose_scale
from steampulse_dagster.models.reports import SECTION_NAMES, GameReport, ReportItem, ReportSection, SectionStatus
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
class SectionView:
    """A section. Without items `state` says in words of the page why, and `reason` in the analyst's. The bars of its
    items end at `scale`."""

    name: str
    title: str
    question: str
    tone: Tone
    scale: float
    items: tuple[ReportItem, ...]
    state: str | None
    reason: str | None


def build_sections(report: GameReport) -> tuple[SectionView, ...]:
    """All sections in the order in which a report shows them."""
    return tuple(_build_section(name, getattr(report, name)) for name in SECTION_NAMES)


def name_anchor(section: str, number: int) -> str:
    """Where on the page an item stands, the first being number 1."""
    return f"{section}-{number}"


def _build_section(name: str, section: ReportSection) -> SectionView:
    return SectionView(
        name=name,
        title=TITLES[name],
        question=QUESTIONS[name],
        tone=TONES[name],
        scale=choose_scale([item.mentions for item in section.items]),
        items=section.items,
        state=None if section.items else _tell_state(section.status),
        reason=section.reason,
    )


def _tell_state(status: SectionStatus) -> str:
    match status:
        case SectionStatus.NOT_ENOUGH_EVIDENCE:
            return "Not enough evidence"
        case SectionStatus.NEEDS_LANGUAGE_MODEL:
            return "Needs a language model"
        case SectionStatus.OK:
            return "Nothing found"
