"""Finds signals in reviews: rules propose, embeddings confirm, the review's own vote tips the scale. No I/O."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from steampulse_dagster.analyzer.local import cues
from steampulse_dagster.analyzer.local.embedder import Embedder
from steampulse_dagster.analyzer.local.lexicon import Aspect, find_aspects
from steampulse_dagster.analyzer.local.polarity import sound_of
from steampulse_dagster.analyzer.local.prototypes import Likeness, Prototypes
from steampulse_dagster.analyzer.local.sentences import Clause, Sentence, split_review, verbatim, words_of
from steampulse_dagster.analyzer.local.titles import TitleCatalogue, TitleHit, slug_of
from steampulse_dagster.analyzer.topics import TOPICS
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.reviews import Review

UNSPECIFIED = "unspecified"
UNSPECIFIED_LABEL = "No reason given"
MAX_QUOTE = 300
MAX_EMBEDDED = 30
"""Clauses of one review that are embedded; further ones (long essays) are judged by rules alone."""

# Log-odds weights of praise and of friction: rounded from a logistic fit on tests/planted/set_a.jsonl, pulled towards
# what recorded reviews show (word sounds and lists of pros and cons count for more there).
PRAISE = {"bias": -2.3, "sound": 1.0, "defect": 1.4, "hint": 1.6, "thumb": 0.8, "own": 2.4, "neutral": -1.2, "aspect": 0.8}
FRICTION = {"bias": -2.0, "sound": -1.0, "defect": -1.5, "hint": -1.6, "thumb": -0.7, "own": 2.4, "neutral": -1.2, "aspect": 0.7}
BLIND = {"praise": -0.12, "friction": -0.05, "neutral": -0.5}
"""Leanings assumed for a clause that was not embedded."""
PRAISE_FLOOR, FRICTION_FLOOR = -0.1, -0.6
CUED_WISH_FLOOR, WISH_FLOOR, LEAVING_FLOOR = -0.95, -0.4, -0.35
TOPIC_FLOOR = 0.30
"""Least cosine at which an embedding alone names the topic of a clause."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal in one review."""

    recommendationid: int
    signal: Signal
    topic: str
    label: str
    quote: str
    score: float


@dataclass(slots=True)
class _Part:
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
    titles: tuple[TitleHit, ...]
    likeness: Likeness | None = None


@dataclass(slots=True)
class _Reading:
    """A review with its parts."""

    review: Review
    sentences: tuple[Sentence, ...]
    parts: list[_Part] = field(default_factory=list)
    compared: list[tuple[Sentence, TitleHit]] = field(default_factory=list)


@dataclass(slots=True)
class Extractor:
    """The rules with what they need; without embedder and prototypes it works on rules and VADER alone."""

    catalogue: TitleCatalogue
    embedder: Embedder | None = None
    prototypes: Prototypes | None = None

    def extract(self, reviews: Sequence[Review], *, game_name: str) -> tuple[Finding, ...]:
        """All findings in reviews that can be read, in the order of the reviews."""
        readings = [self._read(review, game_name=game_name) for review in reviews]
        self._embed([part for reading in readings for part in _worth_embedding(reading)])
        return tuple(finding for reading in readings for finding in _judge(reading))

    def _read(self, review: Review, *, game_name: str) -> _Reading:
        reading = _Reading(review=review, sentences=split_review(review.review))
        for index, sentence in enumerate(reading.sentences):
            hits = self.catalogue.find_compared(sentence.text, own_name=game_name)
            reading.compared.extend((sentence, hit) for hit in hits)
            reading.parts.extend(_part(sentence, clause, index=index, hits=hits) for clause in sentence.clauses)
        return reading

    def _embed(self, parts: list[_Part]) -> None:
        if self.embedder is None or self.prototypes is None or not parts:
            return
        vectors = self.embedder.embed([part.clause.text for part in parts])
        for part, likeness in zip(parts, self.prototypes.compare(vectors), strict=True):
            part.likeness = likeness


def _part(sentence: Sentence, clause: Clause, *, index: int, hits: tuple[TitleHit, ...]) -> _Part:
    words = words_of(clause.text)
    offset = clause.start - sentence.start
    inside = tuple(hit for hit in hits if hit.start < offset + len(clause.text) and hit.end > offset)
    return _Part(
        clause=clause,
        sentence=sentence,
        index=index,
        words=words,
        aspects=find_aspects(words),
        sound=sound_of(clause.text),
        tone=cues.tone_of(clause.text),
        wish=cues.has_wish_cue(clause.text),
        titles=inside,
    )


def _worth_embedding(reading: _Reading) -> list[_Part]:
    """Clauses that could be a signal by their words; most are greetings, stories and jokes."""
    chosen = [part for part in reading.parts if len(part.words) >= 3 and _may_matter(part, reading.review)]
    return chosen[:MAX_EMBEDDED]


def _may_matter(part: _Part, review: Review) -> bool:
    if part.aspects or part.wish or part.sentence.hint or part.tone or abs(part.sound) >= 0.2:
        return True
    return cues.has_wish_mood(part.clause.text) or (not review.voted_up and cues.has_leave_mood(part.clause.text))


def _judge(reading: _Reading) -> list[Finding]:
    opinions = _opinions(reading)
    findings = [*opinions, *_wishes(reading), *_leavings(reading, opinions), *_comparisons(reading)]
    return _best_of_each(findings)


def _opinions(reading: _Reading) -> list[Finding]:
    thumb = 1 if reading.review.voted_up else -1
    found: list[Finding] = []
    for part in reading.parts:
        signal, strength = _opinion_of(part, thumb=thumb)
        if signal is not None:
            found.extend(
                _finding(reading, part.sentence, part.clause, signal=signal, topic=topic, strength=strength)
                for topic in _topics_of(part, signal=signal)
            )
    return found


def _opinion_of(part: _Part, *, thumb: int) -> tuple[Signal | None, float]:
    """Praise, friction or nothing; and how sure."""
    text = part.clause.text
    if part.wish or cues.is_hearsay(text) or cues.is_conditional(text) or cues.is_question(text):
        return None, 0.0
    if _is_about_another_game(part):
        return None, 0.0
    strong = [aspect for aspect in part.aspects if not aspect.weak]
    if not strong and _topic_by_likeness(part) is None:
        return None, 0.0
    praise, friction = _odds(part, strong, thumb=thumb)
    if praise >= max(PRAISE_FLOOR, friction):
        return (None, 0.0) if _only_denies(part, strong) else (Signal.DESIGN_PRAISE, _certainty(praise))
    if friction >= FRICTION_FLOOR and not _only_denies(part, strong) and not cues.is_resolved(text):
        return Signal.GAMEPLAY_FRICTION, _certainty(friction)
    return None, 0.0


def _odds(part: _Part, strong: list[Aspect], *, thumb: int) -> tuple[float, float]:
    """Log-odds of praise and of friction."""
    like = part.likeness
    defect = max(-1, min(1, sum(aspect.polarity for aspect in strong)))
    values = {
        "bias": 1.0,
        "sound": part.sound if defect >= 0 or part.sound < 0 else 0.0,
        "defect": float(defect),
        "hint": float(part.sentence.hint or part.tone),
        "thumb": float(thumb),
        "neutral": like.neutral if like else BLIND["neutral"],
        "aspect": 1.0 if strong else 0.0,
    }
    praise = {**values, "own": like.praise if like else BLIND["praise"]}
    friction = {**values, "own": like.friction if like else BLIND["friction"]}
    return (
        round(sum(PRAISE[name] * value for name, value in praise.items()), 4),
        round(sum(FRICTION[name] * value for name, value in friction.items()), 4),
    )


def _certainty(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))


def _only_denies(part: _Part, strong: list[Aspect]) -> bool:
    """Whether all that is said is that a fault is absent, which is neither praise nor friction."""
    return any(aspect.denied for aspect in part.aspects) and not any(aspect.polarity for aspect in strong) and part.sound < 0.6


def _is_about_another_game(part: _Part) -> bool:
    """A clause with another game's name praises or blames that game as often as this one."""
    return bool(part.titles) and not re.search(r"\bsince\b|\bthis\s+game\b", part.clause.text, re.I)


def _topic_by_likeness(part: _Part) -> str | None:
    if part.likeness is None:
        return None
    topic, cosine = max(part.likeness.topics.items(), key=lambda item: (item[1], item[0]))
    return topic if cosine >= TOPIC_FLOOR else None


def _topics_of(part: _Part, *, signal: Signal) -> list[str]:
    """The topics a clause speaks of: named ones weighed by likeness, else the likeliest; at most two."""
    weights: dict[str, float] = {}
    # A wish is near to other wishes whatever they ask for, so the words it uses count for more.
    trust = 0.6 if signal is Signal.WISHLIST_ITEMS else 1.2
    for aspect in part.aspects:
        weight = 0.15 if aspect.weak else 0.5 + 0.08 * (aspect.length - 1)
        if aspect.polarity and not aspect.weak:
            fits = (aspect.polarity > 0) == (signal is Signal.DESIGN_PRAISE)
            weight += 0.25 if fits else -0.2
        weights[aspect.topic] = max(weights.get(aspect.topic, 0.0), weight)
    if part.likeness is not None:
        for topic, cosine in part.likeness.topics.items():
            if topic in weights or cosine >= TOPIC_FLOOR - 0.05:
                weights[topic] = weights.get(topic, 0.0) + trust * max(0.0, cosine)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return []
    first = ranked[0]
    named = {aspect.topic for aspect in part.aspects if not aspect.weak}
    second = [topic for topic, weight in ranked[1:2] if topic in named and first[0] in named and weight >= 0.75 * first[1]]
    return [first[0], *second]


def _wishes(reading: _Reading) -> list[Finding]:
    found: list[Finding] = []
    for part in reading.parts:
        if len(part.words) < 2 or not _is_wish(part):
            continue
        strength = 0.5 if part.likeness is None else min(1.0, max(0.1, 0.7 + 0.5 * part.likeness.wish))
        topic = (_topics_of(part, signal=Signal.WISHLIST_ITEMS) or [UNSPECIFIED])[0]
        found.append(
            _finding(reading, part.sentence, part.clause, signal=Signal.WISHLIST_ITEMS, topic=topic, strength=strength)
        )
    return found


def _is_wish(part: _Part) -> bool:
    text = part.clause.text
    if part.wish:
        leaning = part.likeness.wish if part.likeness else 0.0
        return leaning >= CUED_WISH_FLOOR and cues.is_wish(text) and not cues.is_conditional(text)
    return part.likeness is not None and _leans(part.likeness, "wish", WISH_FLOOR) and cues.may_wish(text)


def _leans(likeness: Likeness, kind: str, floor: float) -> bool:
    """Whether the embedding sees this kind above all others."""
    value = getattr(likeness, kind)
    return value >= floor and value >= max(likeness.praise, likeness.friction, likeness.neutral, likeness.wish, likeness.dropout)


def _leavings(reading: _Reading, opinions: list[Finding]) -> list[Finding]:
    if any(cues.has_returned(sentence.text) for sentence in reading.sentences):
        return []
    found: list[Finding] = []
    for index, sentence in enumerate(reading.sentences):
        if cues.is_question(sentence.text) or not _is_leaving(reading, index):
            continue
        strong = reading.review.refunded or cues.is_strong_leaving(sentence.text)
        topic = _cause_of(reading, index, opinions)
        whole = Clause(start=sentence.start, end=sentence.end, text=sentence.text)
        signal, strength = Signal.DROPOUT_MOMENTS, 0.9 if strong else 0.6
        found.append(_finding(reading, sentence, whole, signal=signal, topic=topic, strength=strength))
    return found


def _is_leaving(reading: _Reading, index: int) -> bool:
    """By cue; or by the embedding of one of its clauses, if the words allow it and the reviewer does not recommend."""
    text = reading.sentences[index].text
    if cues.is_leaving(text):
        return not reading.review.voted_up or cues.is_strong_leaving(text)
    if reading.review.voted_up or not cues.may_leave(text):
        return False
    return any(
        part.index == index and part.likeness is not None and _leans(part.likeness, "dropout", LEAVING_FLOOR)
        for part in reading.parts
    )


def _cause_of(reading: _Reading, index: int, opinions: list[Finding]) -> str:
    """The topic of the flaw in the sentence itself, else of the nearest flaw around it, the one before first."""
    own = [part for part in reading.parts if part.index == index]
    for part in own:
        named = [aspect for aspect in part.aspects if not aspect.weak and aspect.polarity < 0]
        if named:
            return _topics_of(part, signal=Signal.GAMEPLAY_FRICTION)[0]
    for distance in (0, -1, 1, -2, 2):
        for part in (part for part in reading.parts if part.index == index + distance):
            quote_topics = [f.topic for f in opinions if f.signal is Signal.GAMEPLAY_FRICTION and _covers(reading, f, part)]
            if quote_topics:
                return quote_topics[0]
    named_here = [aspect.topic for part in own for aspect in part.aspects if not aspect.weak]
    return named_here[0] if named_here else UNSPECIFIED


def _covers(reading: _Reading, finding: Finding, part: _Part) -> bool:
    return finding.quote in part.sentence.text or part.clause.text in finding.quote


def _comparisons(reading: _Reading) -> list[Finding]:
    found: list[Finding] = []
    for sentence, hit in reading.compared:
        clause = Clause(start=sentence.start, end=sentence.end, text=sentence.text)
        finding = _finding(reading, sentence, clause, signal=Signal.COMPETITOR_REFS, topic=slug_of(hit.name), strength=0.6)
        found.append(Finding(**{**_fields(finding), "label": hit.name}))
    return found


def _fields(finding: Finding) -> dict[str, object]:
    return {name: getattr(finding, name) for name in Finding.__slots__}


_LEADING = re.compile(r"^(?:but|and|though|although|however|so|yet|also|then|except|while|still|plus)\b[\s,]+", re.I)


def _finding(reading: _Reading, sentence: Sentence, clause: Clause, *, signal: Signal, topic: str, strength: float) -> Finding:
    quote = _quote(reading.review.review, sentence, clause)
    return Finding(
        recommendationid=reading.review.recommendationid,
        signal=signal,
        topic=topic,
        label=UNSPECIFIED_LABEL if topic == UNSPECIFIED else TOPICS.get(topic, topic),
        quote=quote,
        score=_score(strength, quote, votes_up=reading.review.votes_up),
    )


def _quote(review: str, sentence: Sentence, clause: Clause) -> str:
    """The clause, or its sentence when the clause alone is too short to be understood."""
    start, end = clause.start, clause.end
    if len(words_of(clause.text)) < 5 and sentence.end - sentence.start <= MAX_QUOTE // 2:
        start, end = sentence.start, sentence.end
    leading = _LEADING.match(review[start:end])
    if leading is not None:
        start += leading.end()
    if end - start > MAX_QUOTE:
        cut = review.rfind(" ", start, start + MAX_QUOTE)
        end = cut if cut > start else start + MAX_QUOTE
    return verbatim(review, start, end).strip()


def _score(strength: float, quote: str, *, votes_up: int) -> float:
    """0..1: mostly how sure the rules are, then how quotable it is, then how many found the review helpful."""
    words = len(quote.split())
    length = 1.0 if 6 <= words <= 40 else 0.5 if words >= 3 else 0.2
    helpful = min(1.0, math.log1p(max(0, votes_up)) / math.log(51))
    return round(0.6 * min(1.0, strength) + 0.25 * length + 0.15 * helpful, 4)


def _best_of_each(findings: list[Finding]) -> list[Finding]:
    """One finding a (signal, topic): the best; order of first appearance."""
    best: dict[tuple[Signal, str], Finding] = {}
    for finding in findings:
        key = (finding.signal, finding.topic)
        if key not in best or finding.score > best[key].score:
            best[key] = finding
    return list(best.values())
