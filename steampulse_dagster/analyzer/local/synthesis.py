"""Pass 2 of the local analyst: unions and ranks what pass 1 found; leaves judgement out and says why. No I/O."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from steampulse_dagster.analyzer.local.patterns import word_set
from steampulse_dagster.analyzer.local.sentences import words_of
from steampulse_dagster.models.analysis import Mention, Signal
from steampulse_dagster.models.reports import (
    DraftItem,
    DraftSection,
    GameBrief,
    Judgement,
    ReportDraft,
    SectionStatus,
)

MAX_ITEMS = 10
MAX_NOTABLE = 8
BIG_GAME = 100
"""Above this many read reviews a topic that one review mentions is left out."""

_SECTION_OF = {
    Signal.DESIGN_PRAISE: "design_strengths",
    Signal.GAMEPLAY_FRICTION: "gameplay_friction",
    Signal.WISHLIST_ITEMS: "player_wishlist",
    Signal.DROPOUT_MOMENTS: "churn_triggers",
    Signal.COMPETITOR_REFS: "competitive_context",
}
_WORDS_FOR = {
    Signal.DESIGN_PRAISE: "praises a named aspect",
    Signal.GAMEPLAY_FRICTION: "names a flaw",
    Signal.WISHLIST_ITEMS: "asks for something new",
    Signal.DROPOUT_MOMENTS: "tells of leaving the game",
    Signal.COMPETITOR_REFS: "compares it with another game",
}
_NEEDS_MODEL = "This takes judgement, which the local analyst does not imitate: connect a language model to get it."
_FILLER = word_set(
    """
    the a an and or but of to in on at for with from by is are was were be been being it its it's this that
    these those there here i i'm i'd i've you your he she we they them their our us me my not no so if as do
    does did have has had can could will would should may might just like really very more some any all than
    then too also only even much many few please pls add added adding would love nice great cool wish hope see
    want wants need needs game games devs dev give let make get got option options feature thing things way
    something would've could've able when what which who how where why because about into out up down over again
    still though maybe good better best think know feel play playing played one two lot bit don't can't it'd
    that'd we'd would be awesome amazing perfect huge future hopefully missing lacks
    """
)


def build_draft(brief: GameBrief) -> ReportDraft:
    """The draft of a report from a game's chunk summaries."""
    read = sum(summary.batch_stats.read for summary in brief.summaries)
    sections: dict[str, Any] = {name: _section(brief, signal, read=read) for signal, name in _SECTION_OF.items()}
    return ReportDraft(
        one_liner=Judgement(reason=_NEEDS_MODEL),
        audience_profile=Judgement(reason=_NEEDS_MODEL),
        dev_priorities=DraftSection(
            status=SectionStatus.NEEDS_LANGUAGE_MODEL,
            reason="Which fix pays most takes judgement, which the local analyst does not imitate: "
            "connect a language model to get it. Frictions and churn triggers are ranked by how many name them.",
        ),
        notable_quotes=_notable(brief),
        **sections,
    )


def _section(brief: GameBrief, signal: Signal, *, read: int) -> DraftSection:
    labels, mentions = _union(brief, signal)
    least = 2 if read > BIG_GAME else 1
    kept = {topic: rows for topic, rows in mentions.items() if len(rows) >= least}
    if not kept:
        return DraftSection(status=SectionStatus.NOT_ENOUGH_EVIDENCE, reason=_reason(signal, mentions, read=read))
    ranked = sorted(kept.items(), key=lambda entry: (-_weight(entry[1]), entry[0]))[:MAX_ITEMS]
    return DraftSection(
        items=tuple(
            DraftItem(topic=topic, label=_label(signal, labels[topic], rows), mentions=rows) for topic, rows in ranked
        )
    )


def _union(brief: GameBrief, signal: Signal) -> tuple[dict[str, str], dict[str, tuple[Mention, ...]]]:
    """By topic: its label and the best mention of each review that names it, best first."""
    labels: dict[str, str] = {}
    best: dict[str, dict[int, Mention]] = {}
    for summary in sorted(brief.summaries, key=lambda entry: entry.chunk_no):
        for item in summary.items(signal):
            labels.setdefault(item.topic, item.label)
            rows = best.setdefault(item.topic, {})
            for mention in item.mentions:
                known = rows.get(mention.recommendationid)
                if known is None or mention.score > known.score:
                    rows[mention.recommendationid] = mention
    ordered = {
        topic: tuple(sorted(rows.values(), key=lambda mention: (-mention.score, mention.recommendationid)))
        for topic, rows in best.items()
    }
    return labels, ordered


def _weight(mentions: tuple[Mention, ...]) -> float:
    """Distinct reviews times their mean score, which is the sum of the scores."""
    return sum(mention.score for mention in mentions)


def _reason(signal: Signal, mentions: dict[str, tuple[Mention, ...]], *, read: int) -> str:
    if not mentions:
        return f"None of the {read} reviews that were read {_WORDS_FOR[signal]}."
    return (
        f"Of the {read} reviews that were read, no two name the same topic here "
        f"({len(mentions)} topics with one review each); in a game of this size that is too little."
    )


def _label(signal: Signal, label: str, mentions: tuple[Mention, ...]) -> str:
    """A wish's topic says little, so the words that recur in its quotes are added."""
    if signal is not Signal.WISHLIST_ITEMS:
        return label
    words = _recurring(mention.quote or "" for mention in mentions)
    return f"{label} ({', '.join(words)})" if words else label


def _recurring(quotes: Iterable[str], *, most: int = 3) -> list[str]:
    counts: Counter[str] = Counter()
    for quote in quotes:
        counts.update({word.lower() for word in words_of(quote) if len(word) > 2} - _FILLER)
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [word for word, count in ranked[:most] if count >= 2]


def _notable(brief: GameBrief) -> tuple[Mention, ...]:
    best: dict[int, Mention] = {}
    for summary in brief.summaries:
        for mention in summary.notable_quotes:
            best.setdefault(mention.recommendationid, mention)
    return tuple(sorted(best.values(), key=lambda mention: (-mention.score, mention.recommendationid))[:MAX_NOTABLE])
