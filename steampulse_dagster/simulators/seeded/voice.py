"""How one reviewer types: casing, typos, full stops, emoji, line ends. Sentences keep their words."""

from dataclasses import dataclass
from random import Random

from steampulse_dagster.simulators.seeded.texts_small_talk import EMOJI_DOWN, EMOJI_UP

_LOWER, _SHOUTED = 0.28, 0.015
_TYPOS, _EMOJI, _CRLF = 0.14, 0.07, 0.06
"""Shares of reviewers."""


@dataclass(frozen=True)
class Voice:
    """The habits of one reviewer."""

    casing: str
    typos: bool
    stop: str
    emoji: str
    newline: str

    def write(self, rng: Random, sentence: str, *, names: bool = False) -> str:
        """The sentence as this reviewer types it, its stop included. `names`: names of games in it stay as they are."""
        text = sentence if names else _cased(sentence, self.casing)
        if names and self.casing == "normal":
            text = text[:1].upper() + text[1:]
        if self.typos and not names and rng.random() < 0.35:
            text = _mistyped(rng, text)
        return text if text.endswith(("?", "!")) else text + self.stop


def pick_voice(rng: Random, *, voted_up: bool) -> Voice:
    """The habits of some reviewer; which emoji depends on the vote."""
    roll = rng.random()
    casing = "lower" if roll < _LOWER else "upper" if roll > 1 - _SHOUTED else "normal"
    emoji = rng.choice(EMOJI_UP if voted_up else EMOJI_DOWN) if rng.random() < _EMOJI else ""
    return Voice(
        casing=casing,
        typos=rng.random() < _TYPOS,
        stop=rng.choices((".", "!", "!!", "...", ""), weights=(70, 10, 2, 4, 14))[0],
        emoji=emoji * rng.choice((1, 1, 1, 3)),
        newline="\r\n" if rng.random() < _CRLF else "\n",
    )


def _cased(sentence: str, casing: str) -> str:
    match casing:
        case "lower":
            return sentence.lower()
        case "upper":
            return sentence.upper()
        case _:
            return sentence[:1].upper() + sentence[1:]


def _mistyped(rng: Random, text: str) -> str:
    """One slip in one longer word: two letters swapped, one lost or one doubled."""
    words = text.split(" ")
    long_ones = [index for index, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long_ones:
        return text
    index = rng.choice(long_ones)
    word = words[index]
    at = rng.randrange(1, len(word) - 2)
    match rng.randrange(3):
        case 0:
            words[index] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case 1:
            words[index] = word[:at] + word[at + 1 :]
        case _:
            words[index] = word[:at] + word[at] + word[at:]
    return " ".join(words)
