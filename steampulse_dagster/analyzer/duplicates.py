"""Lets each thing be said once: finds items that repeat one another and keeps the one where it belongs. Pure."""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from steampulse_dagster.analyzer.candidates import Candidate
from steampulse_dagster.analyzer.quotes import normalise

SAME_SHARE = 0.8
"""Two statements sharing this much of their telling words (Dice) say the same, unless a word stands against a word."""
LONG_STATEMENT, SAME_SHARE_OF_LONG = 7, 0.85
"""In statements of so many telling words one may stand against one: at that length it is a synonym."""
SAME_WORD = 85.0
"""Two words this alike (0 to 100) are one: spelling and endings. like and dislike are 73, saving and loading 62."""

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
        r"^(add|address|allow|balance|ban|bring|clarify|cut|deploy|detect|ease|enable|explain|fix|give|improve|increase"
        r"|introduce|let|lower|make|mend|move|offer|optimi[sz]e|patch|polish|prevent|provide|raise|rebalance|rebuild"
        r"|reduce|remove|repair|replace|resolve|restore|rework|separate|shorten|show|simplify|soften|speed|split"
        r"|stabili[sz]e|stop|support|tone|tune)\b"
    ),
    "player_wishlist": re.compile(
        r"\b(add\w*|wish\w*|would (like|love)|want\w*|request\w*|ask\w*|missing|please|hope\w*)\b"
    ),
}

_SILENT = frozenset(
    re.findall(
        r"\w+",
        """
        a an and are as at be been being but by for from had has have in into is it its of on or so that the their them
        there they this to too very was were which with who whom whose will would can could should do does did not no
        just really also because cause causes caused due over about after game games player players people person user
        users gamer gamers reviewer reviewers review reviews say says said report reports reported mention mentions
        complain complains feel feels felt many some several lot lots make makes made making get gets getting when while
        where take takes ask asks want wants request requests requested
        """,
    )
)
"""Words that carry a sentence and not what it says."""
_TURNS = re.compile(r"\b(?:not|no|never|without|lacks?|lacking|missing|hardly|cannot)\b|n't\b")
_ROMAN = re.compile(r"i{1,3}|iv|vi{0,3}|ix|x")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_LEAVING = re.compile(
    r"\b(?:quit\w*|leav\w+|left|stop(?:s|ped|ping)? playing|giv(?:e|es|ing) up|gave up|abandon\w*|uninstall\w*"
    r"|refund\w*|(?:walk|turn)(?:s|ed|ing)? away|dr(?:ive|ives|iving|ove) (?:\w+ ){0,2}(?:away|out)|dropp?\w* out"
    r"|los(?:e|es|ing) (?:\w+ ){0,2}players)\b"
)
"""Many words for one thing; which of them a writer takes makes no difference."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ENDING = re.compile(r"(?:ings?|ed|es|er|ly|s)$")
_SHORTEST_STEM = 4


def drop_duplicates(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without repetitions, in their order.

    Two items repeat one another when their statements say the same, in whatever order and with whatever small words.
    Where one has no statement, and within a section, they also do when label, reviews and a quote are the same: another
    quote of the same reviews is another aspect. Between sections the one whose definition fits least is removed, by the
    words of the statement and else by PRECEDENCE; within a section the later one.
    """
    kept: list[Candidate] = []
    for candidate in candidates:
        rivals = [other for other in kept if _repeats(candidate, other)]
        if all(_belongs_before(candidate, other) for other in rivals):
            kept = [other for other in kept if other not in rivals]
            kept.append(candidate)
    return [candidate for candidate in candidates if any(candidate is other for other in kept)]


def _repeats(one: Candidate, other: Candidate) -> bool:
    if one.statement and other.statement:
        if says_the_same(one.statement, other.statement):
            return True
        if one.section != other.section:
            return False  # the flaw, the moment of leaving and the fix: one cause, each told as another aspect
    same_label = normalise(one.label) == normalise(other.label)
    return same_label and one.review_ids == other.review_ids and bool(_quotes(one) & _quotes(other))


def says_the_same(one: str, other: str) -> bool:
    """Whether two sentences say the same by their telling words: a paraphrase, a word more, another order.

    Words that turn the meaning (no, never, without) and numbers (also Hades and Hades II) have to be the same.
    """
    first, second = _list_telling_words(one), _list_telling_words(other)
    if _list_turns(one) != _list_turns(other) or _list_numbers(first) != _list_numbers(second):
        return False
    left = list(second)
    alone = 0
    for word in first:
        match = process.extractOne(word, left, scorer=fuzz.ratio, score_cutoff=SAME_WORD)
        if match is None:
            alone += 1
        else:
            left.pop(match[2])
    shared = 2 * (len(first) - alone) / (len(first) + len(second))
    if alone and left:
        shortest = min(len(first), len(second))
        return alone == len(left) == 1 and shortest >= LONG_STATEMENT and shared >= SAME_SHARE_OF_LONG
    return shared >= SAME_SHARE


@lru_cache(maxsize=4_096)
def _list_telling_words(statement: str) -> tuple[str, ...]:
    """The words that say something, without endings, each once, in alphabetical order; all words if none does."""
    words = _WORD.findall(_LEAVING.sub("leave", _HYPHEN.sub("", normalise(statement))))
    telling = {_stem(word) for word in words if word not in _SILENT} or set(words)
    return tuple(sorted(telling))


def _list_turns(statement: str) -> set[str]:
    return {"not" for _ in _TURNS.finditer(normalise(statement))}


def _list_numbers(words: Sequence[str]) -> set[str]:
    return {word for word in words if word[0].isdigit() or _ROMAN.fullmatch(word)}


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word)
    return stem if len(stem) >= _SHORTEST_STEM else word


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
