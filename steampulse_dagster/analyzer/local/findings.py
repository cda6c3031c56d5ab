"""What was found in a review, and how a quote is cut and weighed. No I/O."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from steampulse_dagster.analyzer.local.sentences import Clause, Sentence, verbatim, words_of
from steampulse_dagster.analyzer.topics import TOPICS
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.reviews import Review

UNSPECIFIED = "unspecified"
UNSPECIFIED_LABEL = "No reason given"
OTHER_LABEL = "Other"
MAX_QUOTE = 300
"""Characters."""
_LEADING = re.compile(
    r"^(?:but|and|though|although|however|so|yet|also|then|except|while|still|plus)\b[\s,]+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal in one review."""

    recommendationid: int
    signal: Signal
    topic: str
    label: str
    quote: str
    score: float


def build_finding(
    review: Review,
    sentence: Sentence,
    clause: Clause,
    *,
    signal: Signal,
    topic: str,
    strength: float,
    label: str | None = None,
) -> Finding:
    """A finding with its quote and score; `strength` 0..1 is how sure the rules are."""
    quote = _cut_quote(review.review, sentence, clause)
    return Finding(
        recommendationid=review.recommendationid,
        signal=signal,
        topic=topic,
        label=label or _label_of(topic, signal),
        quote=quote,
        score=_score(strength, quote, votes_up=review.votes_up),
    )


def best_of_each(findings: Iterable[Finding]) -> list[Finding]:
    """One finding a (signal, topic) of a review: the best; in order of first appearance."""
    best: dict[tuple[Signal, str], Finding] = {}
    for finding in findings:
        key = (finding.signal, finding.topic)
        if key not in best or finding.score > best[key].score:
            best[key] = finding
    return list(best.values())


def _label_of(topic: str, signal: Signal) -> str:
    if topic == UNSPECIFIED:
        return UNSPECIFIED_LABEL if signal is Signal.DROPOUT_MOMENTS else OTHER_LABEL
    return TOPICS[topic]


def _cut_quote(review: str, sentence: Sentence, clause: Clause) -> str:
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
