"""Finds, for each item that an analyst drafted, the reviews that really say so: those of the chunk summaries. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from steampulse_dagster.analyzer.quotes import find_quote, one_line
from steampulse_dagster.models.analysis import ChunkSummary, Grounding, Mention, Signal
from steampulse_dagster.models.reports import DraftItem
from steampulse_dagster.models.reviews import Review

SECTION_SIGNALS: dict[str, tuple[Signal, ...]] = {
    "design_strengths": (Signal.DESIGN_PRAISE,),
    "gameplay_friction": (Signal.GAMEPLAY_FRICTION,),
    "player_wishlist": (Signal.WISHLIST_ITEMS,),
    "churn_triggers": (Signal.DROPOUT_MOMENTS,),
    "dev_priorities": (Signal.GAMEPLAY_FRICTION, Signal.DROPOUT_MOMENTS),
    "competitive_context": (Signal.COMPETITOR_REFS,),
}
"""Which signals of pass 1 a section of the report may rest on."""

MAX_LABEL_CHARS = 120
MAX_STATEMENT_CHARS = 400


@dataclass(frozen=True)
class Voice:
    """One review that says it, with its quote proven against the text that is stored now."""

    review: Review
    quote: str | None
    score: float


@dataclass(frozen=True)
class Candidate:
    """An item of a section with everyone who says it, in the order of review ids."""

    section: str
    topic: str
    label: str
    statement: str | None
    voices: tuple[Voice, ...]

    @property
    def review_ids(self) -> frozenset[int]:
        """The reviews that are counted."""
        return frozenset(voice.review.recommendationid for voice in self.voices)


class CandidateBuilder:
    """Resolves draft items against the summaries; counts what a draft points to that is not there."""

    def __init__(self, summaries: Sequence[ChunkSummary], reviews: Mapping[int, Review]) -> None:
        self._reviews = reviews
        self._seen: Counter[str] = Counter()
        self._by_topic: dict[tuple[Signal, str], dict[int, Mention]] = {}
        for summary in summaries:
            for signal in Signal:
                for item in summary.items(signal):
                    known = self._by_topic.setdefault((signal, item.topic), {})
                    known.update({mention.recommendationid: mention for mention in item.mentions})

    def build(self, section: str, items: Iterable[DraftItem]) -> list[Candidate]:
        """The candidates of a section in the draft's order; items of one topic become one.

        A candidate counts every review that the summaries have for its topic in the section's signals, whether the
        draft names it or not, and those the draft adds from other topics of these signals. So a count is a fact
        about the summaries and not an analyst's choice.
        """
        by_topic: dict[str, Candidate] = {}
        for item in items:
            if item.topic in by_topic:
                continue
            voices = self._list_voices(section, item)
            if any(voice.quote for voice in voices):
                by_topic[item.topic] = Candidate(
                    section=section,
                    topic=item.topic,
                    label=one_line(item.label, most=MAX_LABEL_CHARS) or item.topic,
                    statement=one_line(item.statement or "", most=MAX_STATEMENT_CHARS) or None,
                    voices=voices,
                )
            else:
                self._seen["unproven_items"] += 1
        return list(by_topic.values())

    def prove(self, mention: Mention) -> Voice | None:
        """The mention with its quote proven; None when the review or the quote is not there."""
        review = self._reviews.get(mention.recommendationid)
        quote = find_quote(mention.quote, review.review) if review is not None and mention.quote else None
        return None if review is None or quote is None else Voice(review=review, quote=quote, score=mention.score)

    def grounding(self) -> Grounding:
        """What was dropped of the drafts so far."""
        return Grounding(**self._seen)

    def _list_voices(self, section: str, item: DraftItem) -> tuple[Voice, ...]:
        mentions: dict[int, Mention] = {}
        for signal in SECTION_SIGNALS[section]:
            for review_id, mention in self._by_topic.get((signal, item.topic), {}).items():
                mentions.setdefault(review_id, mention)
        for mention in self._list_picks(section, item):
            mentions[mention.recommendationid] = mention
        present = (mentions[review_id] for review_id in sorted(mentions) if review_id in self._reviews)
        return tuple(self._to_voice(mention) for mention in present)

    def _list_picks(self, section: str, item: DraftItem) -> Iterable[Mention]:
        """The draft's own mentions, as far as the summaries know the review in one of the section's signals."""
        said = [known for (signal, _), known in self._by_topic.items() if signal in SECTION_SIGNALS[section]]
        for mention in item.mentions:
            known = [by_id[mention.recommendationid] for by_id in said if mention.recommendationid in by_id]
            if not known:
                self._seen["unknown_ids"] += 1
            elif mention.quote is None or mention.quote in {one.quote for one in known}:
                yield mention if mention.quote else known[0].model_copy(update={"score": mention.score})
            else:
                yield self._check_new_quote(mention, known[0])

    def _check_new_quote(self, mention: Mention, known: Mention) -> Mention:
        proven = self.prove(mention) is not None
        self._seen.update({"quotes": 1, "proven": int(proven), "dropped": int(not proven)})
        return mention if proven else known

    def _to_voice(self, mention: Mention) -> Voice:
        review = self._reviews[mention.recommendationid]
        quote = find_quote(mention.quote, review.review) if mention.quote else None
        return Voice(review=review, quote=quote, score=mention.score)
