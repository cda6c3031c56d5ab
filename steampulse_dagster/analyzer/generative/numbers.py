"""Which numbers an analyst's sentence may hold: names that the reviews write, never a count of its own. Pure.

"Act 2", "version 1.4" or "4 players" is a name, and stands if the reviews write it. A count of players or reviews, a
share of them, "most players" is a measurement: this program measures, so such a sentence is left out.
"""

import re

from steampulse_dagster.analyzer.quotes import normalise

_PEOPLE = r"(?:players?|reviews?|reviewers?|users?|people|gamers?|customers?|buyers?|owners?|fans?)"
_DIGITS = r"\d+(?:[.,]\d+)*"
_NUMBER = re.compile(_DIGITS)
_COUNT_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    r"ninety|(?:a )?dozens?|(?:a )?hundreds?|(?:a )?thousands?|millions?"
)
_PARTS = (
    r"half|(?:a|one|two|three) (?:third|quarter|fifth|tenth)s?|majority|minority|most|nearly all|almost all|"
    r"the bulk|every other"
)
_SHARE = re.compile(
    rf"\b(?:{_PARTS})\b (?:of )?(?:the |all |these |its |those )?(?:[\w-]+ )?{_PEOPLE}\b"
    rf"|\ball (?:of )?(?:the |these )?(?:[\w-]+ )?(?:reviews|reviewers)\b"
    rf"|(?:{_DIGITS} ?(?:%|percent\b|per cent\b)|\b(?:{_COUNT_WORDS})\b ?(?:percent|per cent)\b)"
    rf" (?:of )?(?:the |all |these |its |those )?(?:[\w-]+ )?{_PEOPLE}\b"
    rf"|\b(?:{_DIGITS}|{_COUNT_WORDS}) (?:out of|in|of(?: the)?) (?:{_DIGITS}|{_COUNT_WORDS}) {_PEOPLE}\b"
)
"""A share of players or reviews."""
_COUNT = re.compile(rf"\b((?:{_DIGITS}|{_COUNT_WORDS})(?: of)?(?: the| these| those)?(?: [\w-]+)? {_PEOPLE})\b")
"""A number of players or reviews; also how many may play together, which is why reviews may write it."""


def is_founded(text: str, *, words: str) -> bool:
    """Whether every number of a sentence stands in `words`, the reviews' own, and none of them measures the reviews."""
    sentence, known = normalise(text), normalise(words)
    if _SHARE.search(sentence):
        return False
    if any(found.group(1) not in known for found in _COUNT.finditer(sentence)):
        return False
    return set(_NUMBER.findall(sentence)) <= set(_NUMBER.findall(known))


def is_computed(text: str, *, facts: str, words: str) -> bool:
    """The same for a sentence about the game as a whole, which may also state numbers of the computed facts.

    A number before "%", "players" or "reviews" has to be one of the facts.
    """
    sentence = normalise(text)
    computed = set(_NUMBER.findall(normalise(facts)))
    measured = [*_SHARE.finditer(sentence), *_COUNT.finditer(sentence), *_PERCENT.finditer(sentence)]
    for found in measured:
        numbers = _NUMBER.findall(found.group())
        if not numbers or not set(numbers) <= computed:
            return False
    return set(_NUMBER.findall(sentence)) <= computed | set(_NUMBER.findall(normalise(words)))


_PERCENT = re.compile(rf"{_DIGITS} ?(?:%|percent\b|per cent\b)")
