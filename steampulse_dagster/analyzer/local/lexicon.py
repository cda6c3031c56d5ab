"""The words that name an aspect of a game, and which of them are good or bad by themselves. Reads data/lexicon.txt.

A phrase ends in `-` if it names a defect by itself ("memory leak"), in `+` if it names a merit ("well optimized").
`~` marks a phrase too weak to name the aspect alone: it only decides between topics.
"""

from dataclasses import dataclass
from functools import cache, lru_cache

from steampulse_dagster.analyzer.local.patterns import read_data, read_sections, word_set

_NEGATORS = word_set(
    """
    no not never without zero hardly barely none nothing neither nor cannot cant can't dont don't doesnt doesn't didnt
    didn't isnt isn't wasnt wasn't arent aren't werent weren't wont won't hasnt hasn't havent haven't hadnt hadn't
    wouldnt wouldn't couldnt couldn't shouldnt shouldn't ain't aint minimal free
    """
)
_LACK = word_set("no lack lacks lacking missing without zero needs lacked absent nonexistent non-existent")
_LACK_FOLLOWS = word_set("missing lacking absent nonexistent non-existent")
_KEEP = word_set(
    "this his its was is has does news less bus gas plus focus levels virus bonus campus series species physics as us"
)


@dataclass(frozen=True, slots=True)
class Aspect:
    """A topic named in a clause: at which token, with which polarity of its own (-1, 0, +1) after negation."""

    topic: str
    position: int
    length: int
    polarity: int
    weak: bool
    denied: bool
    """A defect that is denied ("no crashes"): the absence of a fault, not a merit."""


def find_aspects(words: list[str]) -> list[Aspect]:
    """The aspects that the words of a clause name, longest phrase first, in order of appearance."""
    phrases, longest = _table()
    plain = [word.lower().replace("’", "'") for word in words]
    folded = [fold(word) for word in plain]
    found: list[Aspect] = []
    position = 0
    while position < len(folded):
        for length in range(min(longest, len(folded) - position), 0, -1):
            entries = phrases.get(" ".join(folded[position : position + length]))
            if entries is None:
                continue
            found.extend(_aspect(entry, plain, position, length) for entry in entries)
            position += length - 1
            break
        position += 1
    return found


def _aspect(entry: tuple[str, int, bool], plain: list[str], position: int, length: int) -> Aspect:
    topic, polarity, weak = entry
    before = plain[max(0, position - 4) : position]
    denied = False
    if polarity and _is_negated(before):
        denied = polarity < 0
        polarity = -polarity if polarity > 0 else 0
    elif polarity == 0 and _is_lacking(before, plain[position + length : position + length + 3]):
        polarity = -1
    return Aspect(topic=topic, position=position, length=length, polarity=polarity, weak=weak, denied=denied)


def _is_negated(before: list[str]) -> bool:
    if "only" in before or "just" in before[-1:]:
        return False
    return any(word in _NEGATORS for word in before)


def _is_lacking(before: list[str], after: list[str]) -> bool:
    """As in "no tutorial", "lack of content", "the tutorial is missing"."""
    near = before[-2:]
    if near and near[-1] in ("of", "any", "a", "proper", "real"):
        near = before[-3:]
    if any(word in _LACK for word in near):
        return not {"doubt", "idea", "matter", "wonder"} & set(near)
    follows = [index for index, word in enumerate(after) if word in _LACK_FOLLOWS]
    return bool(follows) and not _NEGATORS & set(after[: follows[0]])


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """A word without its common endings, so that `crashes`, `crashed` and `crashing` meet."""
    if len(word) < 4 or word in _KEEP:
        return word
    word = word.removesuffix("'s").removesuffix("'")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            word = word[: -len(suffix)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


@cache
def _table() -> tuple[dict[str, list[tuple[str, int, bool]]], int]:
    """Folded phrase to (topic, polarity, weak); and the longest phrase's number of words."""
    table: dict[str, list[tuple[str, int, bool]]] = {}
    longest = 1
    for topic, listing in read_sections(read_data("lexicon.txt")).items():
        for phrase in (item.strip() for item in listing.split(",")):
            text = phrase.rstrip("+-~")
            mark = phrase[len(text) :]
            words = [fold(word) for word in text.lower().replace("-", " ").split()]
            for key in {" ".join(words), " ".join(fold(word) for word in text.lower().split())}:
                entry = (topic, {"+": 1, "-": -1}.get(mark, 0), mark == "~")
                table.setdefault(key, [])
                if all(known[0] != topic for known in table[key]):
                    table[key].append(entry)
            longest = max(longest, len(words))
    return table, longest
