"""Finds signals in reviews: rules propose, embeddings confirm, the review's own vote tips the scale. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from steampulse_dagster.analyzer.local import leavings, tones, wishes
from steampulse_dagster.analyzer.local.embedder import Embedder
from steampulse_dagster.analyzer.local.findings import UNSPECIFIED, Finding, best_of_each, build_finding
from steampulse_dagster.analyzer.local.opinions import opinion_of, topics_of
from steampulse_dagster.analyzer.local.prototypes import Likeness, Prototypes
from steampulse_dagster.analyzer.local.reading import Part, Reading, list_worth_embedding, read_review
from steampulse_dagster.analyzer.local.sentences import Clause
from steampulse_dagster.analyzer.local.titles import TitleCatalogue, slug_of
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.reviews import Review

NO_CAUSE = frozenset({"updates", "price", "multiplayer", "community", "story"})
"""What a leaving names as its moment or company ("after the patch", "with friends") more often than as its cause."""
CUED_WISH_FLOOR = -0.95
"""A clause with a wish cue is dropped only if the embedding is sure that it is none."""
WISH_FLOOR, LEAVING_FLOOR = -0.2, -0.35
"""Least leaning at which the embedding may propose what no cue knows, set by leave-one-out over the prototypes."""


@dataclass(slots=True)
class Extractor:
    """The rules with what they need; without embedder and prototypes it works on rules and word sounds alone."""

    catalogue: TitleCatalogue
    embedder: Embedder | None = None
    prototypes: Prototypes | None = None

    def extract(self, reviews: Sequence[Review], *, game_name: str) -> tuple[Finding, ...]:
        """All findings in reviews that can be read, in the order of the reviews."""
        readings = [read_review(review, catalogue=self.catalogue, game_name=game_name) for review in reviews]
        self._embed([part for reading in readings for part in list_worth_embedding(reading)])
        return tuple(finding for reading in readings for finding in _judge(reading))

    def _embed(self, parts: list[Part]) -> None:
        if self.embedder is None or self.prototypes is None or not parts:
            return
        vectors = self.embedder.embed([part.clause.text for part in parts])
        for part, likeness in zip(parts, self.prototypes.compare(vectors), strict=True):
            part.likeness = likeness


def _judge(reading: Reading) -> list[Finding]:
    flaws: dict[int, list[str]] = {}
    opinions = _opinions(reading, flaws)
    return best_of_each([*opinions, *_wishes(reading), *_leavings(reading, flaws), *_comparisons(reading)])


def _opinions(reading: Reading, flaws: dict[int, list[str]]) -> list[Finding]:
    """Praise and friction; `flaws` collects the topics of friction by sentence."""
    thumb = 1 if reading.review.voted_up else -1
    found: list[Finding] = []
    for part in reading.parts:
        opinion = opinion_of(part, thumb=thumb)
        if opinion is None:
            continue
        signal, strength = opinion
        topics = topics_of(part, signal=signal)
        if signal is Signal.GAMEPLAY_FRICTION:
            flaws.setdefault(part.index, []).extend(topics)
        found.extend(_found(reading, part, signal=signal, topic=topic, strength=strength) for topic in topics)
    return found


def _wishes(reading: Reading) -> list[Finding]:
    found: list[Finding] = []
    for part in reading.parts:
        if len(part.words) < 2 or not _is_wish(part):
            continue
        strength = 0.5 if part.likeness is None else min(1.0, max(0.1, 0.7 + 0.5 * part.likeness.wish))
        topic = (topics_of(part, signal=Signal.WISHLIST_ITEMS) or [UNSPECIFIED])[0]
        found.append(_found(reading, part, signal=Signal.WISHLIST_ITEMS, topic=topic, strength=strength))
    return found


def _is_wish(part: Part) -> bool:
    """By cue, unless the embedding is sure of the contrary; or by the embedding, if the words allow it."""
    text = part.clause.text
    if part.wish:
        leaning = part.likeness.wish if part.likeness else 0.0
        return leaning >= CUED_WISH_FLOOR and wishes.is_wish(text) and not tones.is_conditional(text)
    return part.likeness is not None and _leans(part.likeness, "wish", WISH_FLOOR) and wishes.may_wish(text)


def _leans(likeness: Likeness, kind: str, floor: float) -> bool:
    """Whether the embedding sees this kind above all others."""
    value: float = getattr(likeness, kind)
    kinds = (likeness.praise, likeness.friction, likeness.neutral, likeness.wish, likeness.dropout)
    return value >= floor and value >= max(kinds)


def _leavings(reading: Reading, flaws: dict[int, list[str]]) -> list[Finding]:
    if any(leavings.has_returned(sentence.text) for sentence in reading.sentences):
        return []
    found: list[Finding] = []
    for index, sentence in enumerate(reading.sentences):
        if tones.is_question(sentence.text) or not _is_leaving(reading, index):
            continue
        sure = reading.review.refunded or leavings.is_strong_leaving(sentence.text)
        whole = Clause(start=sentence.start, end=sentence.end, text=sentence.text)
        topic = _cause_of(reading, index, flaws)
        found.append(
            build_finding(
                reading.review,
                sentence,
                whole,
                signal=Signal.DROPOUT_MOMENTS,
                topic=topic,
                strength=0.9 if sure else 0.6,
            )
        )
    return found


def _is_leaving(reading: Reading, index: int) -> bool:
    """By cue; or by the embedding of one of its clauses, if the words allow it and the reviewer does not recommend."""
    text = reading.sentences[index].text
    if leavings.is_leaving(text):
        return not reading.review.voted_up or leavings.is_strong_leaving(text)
    if reading.review.voted_up or not leavings.may_leave(text):
        return False
    return any(
        part.likeness is not None and _leans(part.likeness, "dropout", LEAVING_FLOOR)
        for part in reading.parts_of(index)
    )


def _cause_of(reading: Reading, index: int, flaws: dict[int, list[str]]) -> str:
    """The topic of the flaw in the sentence itself, else what it names, else the nearest flaw, the one before first."""
    own = reading.parts_of(index)
    for part in own:
        if any(aspect.polarity < 0 for aspect in part.named):
            return topics_of(part, signal=Signal.GAMEPLAY_FRICTION)[0]
    if flaws.get(index):
        return flaws[index][0]
    named = [aspect.topic for part in own for aspect in part.named if aspect.topic not in NO_CAUSE]
    if named:
        return named[0]
    for distance in (-1, 1, -2, 2):
        near = flaws.get(index + distance)
        if near:
            return near[-1] if distance < 0 else near[0]
    return _likeliest_cause(own)


def _likeliest_cause(own: list[Part]) -> str:
    topics = [topic for part in own if part.likeness for topic in topics_of(part, signal=Signal.GAMEPLAY_FRICTION)[:1]]
    return next((topic for topic in topics if topic not in NO_CAUSE), UNSPECIFIED)


def _comparisons(reading: Reading) -> list[Finding]:
    return [
        build_finding(
            reading.review,
            sentence,
            Clause(start=sentence.start, end=sentence.end, text=sentence.text),
            signal=Signal.COMPETITOR_REFS,
            topic=slug_of(hit.name),
            strength=0.6,
            label=hit.name,
        )
        for sentence, hit in reading.compared
    ]


def _found(reading: Reading, part: Part, *, signal: Signal, topic: str, strength: float) -> Finding:
    return build_finding(reading.review, part.sentence, part.clause, signal=signal, topic=topic, strength=strength)
