"""The shape of the texts of one language other than English, and the random choice inside a phrase."""

import re
from dataclasses import dataclass
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\$[a-z]+")


@dataclass(frozen=True)
class Tongue:
    """Sentences of one language. `facts` lists what can be said about a (signal, topic), without slots."""

    up: tuple[str, ...]
    down: tuple[str, ...]
    talk: tuple[str, ...]
    facts: dict[tuple[str, str], tuple[str, ...]]
    stop: str = ". "
    """Between sentences."""
    full_stop: str = "."


def speak(rng: Random, phrase: str, filler: str = "") -> str:
    """One reading of a phrase: each `[a|b]` chosen, the slot filled."""
    chosen = _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), phrase)
    return _SLOT.sub(lambda _: filler, chosen) if filler else chosen
