"""Which phrases say a planted fact, in English and in other languages; no I/O."""

from collections.abc import Mapping
from random import Random

from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.simulators.seeded.facts import PlantedFact
from steampulse_dagster.simulators.seeded.texts_asian import ASIAN
from steampulse_dagster.simulators.seeded.texts_design import DESIGN
from steampulse_dagster.simulators.seeded.texts_eastern import EASTERN
from steampulse_dagster.simulators.seeded.texts_others import LEAVINGS, LIKENED, OUTDONE, REFUNDS, WISHES
from steampulse_dagster.simulators.seeded.texts_praise import PRAISE
from steampulse_dagster.simulators.seeded.texts_praise_world import PRAISE_WORLD
from steampulse_dagster.simulators.seeded.texts_technical import TECHNICAL
from steampulse_dagster.simulators.seeded.texts_western import WESTERN
from steampulse_dagster.simulators.seeded.tongue import Tongue, speak

_FRICTION: Mapping[str, tuple[str, ...]] = TECHNICAL | DESIGN
_PRAISE: Mapping[str, tuple[str, ...]] = PRAISE | PRAISE_WORLD
_EARLY = ("after forty minutes", "within ninety minutes", "after the first hour", "before the first save")
"""How those leave who got their money back: Steam refunds within two hours of play."""

TONGUES: Mapping[str, Tongue] = WESTERN | EASTERN | ASIAN | {"latam": WESTERN["spanish"]}
"""By Steam's language code, English left out."""


def list_phrases(
    signal: Signal, topic: str | None, *, voted_up: bool = True, refunded: bool = False
) -> tuple[str, ...]:
    """The English phrases for a kind of fact."""
    match signal:
        case Signal.DESIGN_PRAISE:
            return _PRAISE[topic or ""]
        case Signal.GAMEPLAY_FRICTION:
            return _FRICTION[topic or ""]
        case Signal.WISHLIST_ITEMS:
            return WISHES
        case Signal.DROPOUT_MOMENTS:
            return REFUNDS if refunded else LEAVINGS
        case Signal.COMPETITOR_REFS:
            return LIKENED if voted_up else OUTDONE


def can_say(language: str, fact: PlantedFact) -> bool:
    """Whether there are words for the fact in this language."""
    return language == "english" or _key(fact) in TONGUES[language].facts


def say(rng: Random, fact: PlantedFact, *, language: str, voted_up: bool, refunded: bool) -> str:
    """One sentence that states the fact, without a full stop."""
    if language != "english":
        return speak(rng, rng.choice(TONGUES[language].facts[_key(fact)]))
    early = refunded and fact.signal is Signal.DROPOUT_MOMENTS
    phrases = list_phrases(fact.signal, fact.topic, voted_up=voted_up, refunded=early)
    return speak(rng, rng.choice(phrases), rng.choice(_EARLY if early else fact.words))


def _key(fact: PlantedFact) -> tuple[str, str]:
    return fact.signal.value, fact.topic or ""
