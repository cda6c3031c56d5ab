"""A review taken apart: clauses with the aspects they name, how they sound, and which are worth embedding. No I/O."""

from dataclasses import dataclass, field

from steampulse_dagster.analyzer.local import leavings, tones, wishes
from steampulse_dagster.analyzer.local.lexicon import Aspect, find_aspects
from steampulse_dagster.analyzer.local.polarity import sound_of
from steampulse_dagster.analyzer.local.prototypes import Likeness
from steampulse_dagster.analyzer.local.sentences import Clause, Sentence, split_review, words_of
from steampulse_dagster.analyzer.local.titles import TitleCatalogue, TitleHit
from steampulse_dagster.models.reviews import Review

MAX_EMBEDDED = 30
"""Clauses of one review that are embedded; further ones (long essays) are judged by rules alone."""
LOUD = 0.2
"""From this sound on a clause says something, even if it names no aspect."""


@dataclass(slots=True)
class Part:
    """A clause under examination."""

    clause: Clause
    sentence: Sentence
    index: int
    """Of the sentence within the review."""
    words: list[str]
    aspects: list[Aspect]
    sound: float
    tone: int
    wish: bool
    """Whether it speaks in the mood of wishing."""
    titles: tuple[TitleHit, ...]
    likeness: Likeness | None = None
    """None if it was not embedded."""

    @property
    def named(self) -> list[Aspect]:
        """The aspects that it names outright."""
        return [aspect for aspect in self.aspects if not aspect.weak]


@dataclass(slots=True)
class Reading:
    """A review with its parts and the other games it compares this one with."""

    review: Review
    sentences: tuple[Sentence, ...]
    parts: list[Part] = field(default_factory=list)
    compared: list[tuple[Sentence, TitleHit]] = field(default_factory=list)

    def parts_of(self, index: int) -> list[Part]:
        """The parts of one sentence; none if there is no such sentence."""
        return [part for part in self.parts if part.index == index]


def read_review(review: Review, *, catalogue: TitleCatalogue, game_name: str) -> Reading:
    """Take a review apart."""
    reading = Reading(review=review, sentences=split_review(review.review))
    for index, sentence in enumerate(reading.sentences):
        hits = catalogue.find_compared(sentence.text, own_name=game_name)
        reading.compared.extend((sentence, hit) for hit in hits)
        reading.parts.extend(_part(sentence, clause, index=index, hits=hits) for clause in sentence.clauses)
    return reading


def list_worth_embedding(reading: Reading) -> list[Part]:
    """Clauses that could be a signal by their words; most are greetings, stories and jokes."""
    chosen = [part for part in reading.parts if len(part.words) >= 3 and _may_matter(part, reading.review)]
    return chosen[:MAX_EMBEDDED]


def _part(sentence: Sentence, clause: Clause, *, index: int, hits: tuple[TitleHit, ...]) -> Part:
    words = words_of(clause.text)
    offset = clause.start - sentence.start
    return Part(
        clause=clause,
        sentence=sentence,
        index=index,
        words=words,
        aspects=find_aspects(words),
        sound=sound_of(clause.text),
        tone=tones.tone_of(clause.text),
        wish=wishes.has_wish_cue(clause.text),
        titles=tuple(hit for hit in hits if hit.start < offset + len(clause.text) and hit.end > offset),
    )


def _may_matter(part: Part, review: Review) -> bool:
    if part.aspects or part.wish or part.sentence.hint or part.tone or abs(part.sound) >= LOUD:
        return True
    if wishes.has_wish_mood(part.clause.text):
        return True
    return not review.voted_up and leavings.has_leave_mood(part.clause.text)
