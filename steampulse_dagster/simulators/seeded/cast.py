"""Who reviews a game, when, with which vote, in which language, and which planted facts each review carries; no I/O."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from random import Random

from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.simulators.seeded.facts import PlantedFact
from steampulse_dagster.simulators.seeded.games import DATA_TIME, SeededGame
from steampulse_dagster.simulators.seeded.phrases import can_say

_MOST_FACTS = 6
_FOLLOWS, _REFUNDED_LEAVERS, _REFUNDED_SILENTLY = 0.75, 0.35, 0.03


class Form(StrEnum):
    """What kind of text a review is. Only TEXT carries facts."""

    TEXT = "text"
    SNAP = "snap"
    EMOJI = "emoji"
    ART = "art"
    BLANK = "blank"
    OFF_TOPIC = "off_topic"


_FORMS = {Form.TEXT: 85.0, Form.SNAP: 10.0, Form.EMOJI: 2.5, Form.ART: 1.0, Form.BLANK: 1.5}


@dataclass
class Part:
    """One review before it is written."""

    created: int
    """Unix seconds."""
    voted_up: bool
    language: str
    form: Form
    facts: list[PlantedFact] = field(default_factory=list)
    refunded: bool = False


def build_cast(rng: Random, game: SeededGame, facts: Sequence[PlantedFact]) -> list[Part]:
    """All reviews of a game in order of creation."""
    organic = game.reviews - (game.burst.reviews if game.burst else 0)
    times = sorted(_pick_time(rng, game) for _ in range(organic))
    votes = _deal_votes(rng, game, times)
    languages = _deal_languages(rng, game, organic)
    forms = rng.choices(list(_FORMS), weights=list(_FORMS.values()), k=organic)
    parts = [
        Part(created=time, voted_up=vote, language=language, form=form)
        for time, vote, language, form in zip(times, votes, languages, forms, strict=True)
    ]
    for part in parts:
        part.refunded = not part.voted_up and rng.random() < _REFUNDED_SILENTLY
    for fact in sorted(facts, key=lambda fact: fact.follows is not None):
        _plant(rng, fact, [part for part in parts if part.language == "english"])
        _plant(rng, fact, [part for part in parts if part.language != "english" and can_say(part.language, fact)])
    return sorted([*parts, *_burst_parts(rng, game)], key=lambda part: part.created)


def in_window(fact: PlantedFact, created: int) -> bool:
    """Whether a review of that time belongs to the reviews that the fact's share speaks of."""
    return (fact.since is None or created >= unix(fact.since)) and (fact.until is None or created < unix(fact.until))


def unix(day: date) -> int:
    """Unix seconds of midnight UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _pick_time(rng: Random, game: SeededGame) -> int:
    """A moment of one of the game's waves, or any moment since the first review."""
    end = int(DATA_TIME.timestamp())
    roll = rng.random()
    for wave in game.waves:
        if roll < wave.share:
            since = rng.expovariate(1 / wave.days) % (3 * wave.days)
            return min(unix(wave.start) + int(timedelta(days=since).total_seconds()), end)
        roll -= wave.share
    return rng.randint(unix(min([game.released, *(wave.start for wave in game.waves)])), end)


def _deal_votes(rng: Random, game: SeededGame, times: Sequence[int]) -> list[bool]:
    broken_at = unix(game.breaks) if game.breaks else math.inf
    before = sum(1 for time in times if time < broken_at)
    after_share = game.positive if game.positive_after is None else game.positive_after
    return _deal(rng, game.positive, before) + _deal(rng, after_share, len(times) - before)


def _deal(rng: Random, share: float, count: int) -> list[bool]:
    """Exactly that share, in random order."""
    yes = round(share * count)
    dealt = [True] * yes + [False] * (count - yes)
    rng.shuffle(dealt)
    return dealt


def _deal_languages(rng: Random, game: SeededGame, count: int) -> list[str]:
    english = round(game.english * count)
    weights = [1 / (rank + 1) for rank in range(len(game.languages))]
    dealt = ["english"] * english + rng.choices(game.languages, weights=weights, k=count - english)
    rng.shuffle(dealt)
    return dealt


def _plant(rng: Random, fact: PlantedFact, people: Sequence[Part]) -> None:
    """Gives the fact to its share of these reviews, votes as the fact says."""
    there = [part for part in people if in_window(fact, part.created)]
    if not there:
        return
    wanted = max(round(fact.share * len(there)), 1 if there[0].language == "english" else 0)
    ups = round(fact.positive * wanted)
    for voted_up, count in ((True, ups), (False, wanted - ups)):
        free = [part for part in there if part.voted_up is voted_up and _has_room(part)]
        for part in _choose(rng, fact, free, count):
            part.facts.append(fact)
            if fact.signal is Signal.DROPOUT_MOMENTS and not voted_up:
                part.refunded = part.refunded or rng.random() < _REFUNDED_LEAVERS


def _has_room(part: Part) -> bool:
    return part.form is Form.TEXT and len(part.facts) < _MOST_FACTS


def _choose(rng: Random, fact: PlantedFact, free: list[Part], count: int) -> list[Part]:
    if fact.follows is None:
        return rng.sample(free, min(count, len(free)))
    followers = [part for part in free if any(other.label == fact.follows for other in part.facts)]
    first = rng.sample(followers, min(round(_FOLLOWS * count), len(followers)))
    chosen = {id(part) for part in first}
    rest = [part for part in free if id(part) not in chosen]
    return first + rng.sample(rest, min(count - len(first), len(rest)))


def _burst_parts(rng: Random, game: SeededGame) -> list[Part]:
    if game.burst is None:
        return []
    start, seconds = unix(game.burst.start), game.burst.days * 86_400
    return [
        Part(created=start + rng.randrange(seconds), voted_up=False, language="english", form=Form.OFF_TOPIC)
        for _ in range(game.burst.reviews)
    ]
