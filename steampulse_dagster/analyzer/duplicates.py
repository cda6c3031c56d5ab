"""Lets each thing be said once: finds items that repeat one another and keeps the one where it belongs. Pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from steampulse_dagster.analyzer.candidates import Candidate
from steampulse_dagster.analyzer.quotes import normalise

NEAR_EQUAL = 0.9
"""Two statements this similar (difflib ratio of their normalised text) are one sentence."""

PRECEDENCE = (
    "gameplay_friction",
    "design_strengths",
    "player_wishlist",
    "competitive_context",
    "churn_triggers",
    "dev_priorities",
)
"""Who keeps a sentence that fits two sections equally well. First-hand observations come first; a moment of leaving and
a fix have to say more than the flaw they come from, so a mere repetition of it is theirs to lose."""

_FITS = {
    "churn_triggers": re.compile(
        r"\b(after|before|until|when|within|hours?|minutes?"
        r"|refund\w*|quit\w*|stopp?\w*|uninstall\w*|gave up|leav\w+|left)\b"
    ),
    "dev_priorities": re.compile(
        r"^(add|allow|balance|bring|cut|fix|give|improve|let|make|optimi[sz]e|rebalance|reduce|remove|rework|show|stop)\b"
    ),
    "player_wishlist": re.compile(
        r"\b(add\w*|wish\w*|would (like|love)|want\w*|request\w*|ask\w*|missing|please|hope\w*)\b"
    ),
}


def drop_duplicates(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without repetitions, in their order.

    Two items repeat one another when their statements are (nearly) equal, or when label, reviews and a quote are
    the same: another quote of the same reviews is another aspect. Between sections the one whose definition fits
    least is removed, by the words of the statement and else by PRECEDENCE; within a section the later one.
    """
    kept: list[Candidate] = []
    for candidate in candidates:
        rivals = [other for other in kept if _repeats(candidate, other)]
        if all(_belongs_before(candidate, other) for other in rivals):
            kept = [other for other in kept if other not in rivals]
            kept.append(candidate)
    return [candidate for candidate in candidates if any(candidate is other for other in kept)]


def _repeats(one: Candidate, other: Candidate) -> bool:
    if one.statement and other.statement and _near_equal(one.statement, other.statement):
        return True
    same_label = normalise(one.label) == normalise(other.label)
    return same_label and one.review_ids == other.review_ids and bool(_quotes(one) & _quotes(other))


def _near_equal(one: str, other: str) -> bool:
    return SequenceMatcher(None, normalise(one), normalise(other), autojunk=False).ratio() >= NEAR_EQUAL


def _quotes(candidate: Candidate) -> set[str]:
    return {normalise(voice.quote) for voice in candidate.voices if voice.quote}


def _belongs_before(one: Candidate, other: Candidate) -> bool:
    """Whether `one` keeps the sentence against `other`, which came earlier."""
    if one.section == other.section:
        return False
    return _rank(one) < _rank(other)


def _rank(candidate: Candidate) -> tuple[bool, int]:
    words = _FITS.get(candidate.section)
    fits = words is not None and words.search(normalise(candidate.statement or candidate.label)) is not None
    return not fits, PRECEDENCE.index(candidate.section)
