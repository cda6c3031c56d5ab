"""Tells praise from friction from neither in a clause, and which topics it speaks of. No I/O."""

import math
import re

from steampulse_dagster.analyzer.local import tones
from steampulse_dagster.analyzer.local.reading import Part
from steampulse_dagster.models.analysis import Signal

# Log-odds weights of praise and of friction: rounded from a logistic fit on tests/planted/set_a.jsonl, pulled towards
# what recorded reviews show (word sounds and lists of pros and cons count for more there).
PRAISE = {
    "bias": -2.3,
    "sound": 1.0,
    "defect": 1.4,
    "hint": 1.6,
    "thumb": 0.8,
    "own": 2.4,
    "neutral": -1.2,
    "aspect": 0.8,
}
FRICTION = {
    **{"bias": -2.0, "sound": -1.0, "defect": -1.5, "hint": -1.6},
    **{"thumb": -0.7, "own": 2.4, "neutral": -1.2, "aspect": 0.7},
}
BLIND = {"praise": -0.12, "friction": -0.05, "neutral": -0.5}
"""Leanings assumed for a clause that was not embedded."""
PRAISE_FLOOR, FRICTION_FLOOR = -0.15, -0.75
"""Least log-odds, chosen on set A and the seeded world together."""
TOPIC_FLOOR = 0.30
"""Least cosine at which an embedding alone names the topic of a clause."""
PLAINLY_GOOD = 0.6
"""From this sound on a clause that denies a fault ("no bugs") praises as well."""
_THIS_GAME = re.compile(r"\bsince\b|\bthis\s+game\b", re.IGNORECASE)


def opinion_of(part: Part, *, thumb: int) -> tuple[Signal, float] | None:
    """Praise or friction and how sure (0..1), or None. `thumb` is +1 or -1, the review's own vote."""
    if part.wish or _states_nothing(part.clause.text) or _is_about_another_game(part):
        return None
    if not part.named and _likeliest_topic(part) is None:
        return None
    praise, friction = _odds(part, thumb=thumb)
    if _only_denies(part):
        return None
    if praise >= max(PRAISE_FLOOR, friction):
        return Signal.DESIGN_PRAISE, _certainty(praise)
    if friction >= FRICTION_FLOOR and not tones.is_resolved(part.clause.text):
        return Signal.GAMEPLAY_FRICTION, _certainty(friction)
    return None


def topics_of(part: Part, *, signal: Signal) -> list[str]:
    """The topics a clause speaks of: named ones weighed by likeness, else the likeliest; at most two."""
    weights = _topic_weights(part, signal=signal)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return []
    first, most = ranked[0]
    named = {aspect.topic for aspect in part.named}
    second = [topic for topic, weight in ranked[1:2] if {topic, first} <= named and weight >= 0.75 * most]
    return [first, *second]


def _topic_weights(part: Part, *, signal: Signal) -> dict[str, float]:
    weights: dict[str, float] = {}
    for aspect in part.aspects:
        weight = 0.15 if aspect.weak else 0.5 + 0.08 * (aspect.length - 1)
        if aspect.polarity and not aspect.weak:
            fits = (aspect.polarity > 0) == (signal is Signal.DESIGN_PRAISE)
            weight += 0.25 if fits else -0.2
        weights[aspect.topic] = max(weights.get(aspect.topic, 0.0), weight)
    if part.likeness is not None:
        # A wish is near to other wishes whatever they ask for, so the words it uses count for more.
        trust = 0.6 if signal is Signal.WISHLIST_ITEMS else 1.2
        for topic, cosine in part.likeness.topics.items():
            if topic in weights or cosine >= TOPIC_FLOOR - 0.05:
                weights[topic] = weights.get(topic, 0.0) + trust * max(0.0, cosine)
    return weights


def _states_nothing(text: str) -> bool:
    return tones.is_hearsay(text) or tones.is_conditional(text) or tones.is_question(text)


def _is_about_another_game(part: Part) -> bool:
    """A clause with another game's name praises or blames that game as often as this one."""
    return bool(part.titles) and not _THIS_GAME.search(part.clause.text)


def _likeliest_topic(part: Part) -> str | None:
    if part.likeness is None:
        return None
    topic, cosine = max(part.likeness.topics.items(), key=lambda item: (item[1], item[0]))
    return topic if cosine >= TOPIC_FLOOR else None


def _odds(part: Part, *, thumb: int) -> tuple[float, float]:
    """Log-odds of praise and of friction."""
    like = part.likeness
    defect = max(-1, min(1, sum(aspect.polarity for aspect in part.named)))
    shared = {
        "bias": 1.0,
        # A named defect outweighs a cheerful word: "love getting disconnected".
        "sound": part.sound if defect >= 0 or part.sound < 0 else 0.0,
        "defect": float(defect),
        "hint": float(part.sentence.hint or part.tone),
        "thumb": float(thumb),
        "neutral": like.neutral if like else BLIND["neutral"],
        "aspect": 1.0 if part.named else 0.0,
    }
    praise = {**shared, "own": like.praise if like else BLIND["praise"]}
    friction = {**shared, "own": like.friction if like else BLIND["friction"]}
    return (
        round(sum(PRAISE[name] * value for name, value in praise.items()), 4),
        round(sum(FRICTION[name] * value for name, value in friction.items()), 4),
    )


def _certainty(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))


def _only_denies(part: Part) -> bool:
    """Whether all that is said is that a fault is absent, which is neither praise nor friction."""
    denied = any(aspect.denied for aspect in part.aspects)
    return denied and not any(aspect.polarity for aspect in part.named) and part.sound < PLAINLY_GOOD
