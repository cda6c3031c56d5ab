"""How a simulated model reads the reviews of a prompt: from planted facts, or with the local analyst. No I/O."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from steampulse_dagster.analyzer.generative.rendering import render_name, show_text
from steampulse_dagster.analyzer.quotes import find_quote
from steampulse_dagster.models.analysis import ReviewChunk, Signal
from steampulse_dagster.models.reviews import Review
from steampulse_dagster.simulators.seeded.facts import PlantedFact
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.utils.text import clean_review_text

if TYPE_CHECKING:
    from steampulse_dagster.analyzer.local.analyst import LocalAnalyst

OTHER = "other"
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_opening = threading.Lock()


@dataclass(frozen=True)
class ShownReview:
    """A numbered review as the prompt shows it."""

    number: int
    voted_up: bool
    minutes: int | None
    language: str
    text: str


@dataclass(frozen=True)
class Found:
    """One thing that a shown review says, with a piece of it."""

    number: int
    signal: Signal
    topic: str
    label: str
    quote: str


_Said = tuple[tuple[Signal, str, str, str], ...]
"""signal, topic, label, quote of each fact that a text states."""


def read_planted(
    shown: Sequence[ShownReview], world: SeededWorld, *, game_name: str
) -> tuple[list[Found], list[ShownReview]]:
    """What the shown reviews were made to say, and the reviews that are not of this world."""
    known = _index(world).get(game_name, {})
    found: list[Found] = []
    strange: list[ShownReview] = []
    for review in shown:
        said = known.get(review.text)
        if said is None:
            strange.append(review)
            continue
        for signal, topic, label, quote in said:
            words = find_quote(quote, review.text)
            if words is not None:
                found.append(Found(number=review.number, signal=signal, topic=topic, label=label, quote=words))
    return found, strange


def read_locally(shown: Sequence[ShownReview], *, game_name: str) -> list[Found]:
    """What the local analyst finds in the shown reviews."""
    if not shown:
        return []
    chunk = ReviewChunk(
        appid=1, chunk_no=0, game_name=game_name, content_hash="", reviews=tuple(map(_build_review, shown))
    )
    signals = _open_local_analyst().extract(chunk)
    return [
        Found(
            number=mention.recommendationid,
            signal=signal,
            topic=OTHER if signal is Signal.COMPETITOR_REFS else item.topic,
            label=item.label,
            quote=mention.quote,
        )
        for signal in Signal
        for item in getattr(signals, signal.value)
        for mention in item.mentions
        if mention.quote
    ]


def _build_review(shown: ShownReview) -> Review:
    return Review(
        recommendationid=shown.number,
        appid=1,
        author_key="shown",
        language=shown.language,
        review=shown.text,
        timestamp_created=_MOMENT,
        timestamp_updated=_MOMENT,
        voted_up=shown.voted_up,
        playtime_at_review=shown.minutes,
        content_hash="",
    )


def _open_local_analyst() -> "LocalAnalyst":
    with _opening:
        return _load_local_analyst()


@cache
def _load_local_analyst() -> "LocalAnalyst":
    from steampulse_dagster.analyzer.local.analyst import open_local_analyst

    return open_local_analyst()


_indexes: "WeakKeyDictionary[SeededWorld, dict[str, Mapping[str, _Said]]]" = WeakKeyDictionary()


def _index(world: SeededWorld) -> Mapping[str, Mapping[str, _Said]]:
    """By name of the game and text as a prompt shows it: what the text states. Made once for a world."""
    with _opening:
        if world not in _indexes:
            _indexes[world] = {name: known for appid in world.appids for name, known in [_index_game(world, appid)]}
        return _indexes[world]


def _index_game(world: SeededWorld, appid: int) -> tuple[str, Mapping[str, _Said]]:
    details = world.get_appdetails(appid) or {}
    labels = _label_facts(world, appid)
    facts = world.review_facts(appid)
    known: dict[str, _Said] = {}
    for row in world.list_reviews(appid) or ():
        review_id = row["recommendationid"]
        text = show_text(clean_review_text(row["review"]))
        known[text] = tuple(
            (
                Signal(signal),
                topic or OTHER,
                _find_label(labels.get(review_id, ()), Signal(signal), topic, quote),
                quote,
            )
            for signal, topic, quote in facts.get(review_id, ())
        )
    return render_name(details.get("data", {}).get("name", "")), known


def _label_facts(world: SeededWorld, appid: int) -> Mapping[str, Sequence[PlantedFact]]:
    """By review: the planted facts that it states."""
    facts = {fact.label: fact for fact in world.planted(appid)}
    stated: dict[str, list[PlantedFact]] = {}
    for label, review_ids in world.carriers(appid).items():
        for review_id in review_ids:
            stated.setdefault(review_id, []).append(facts[label])
    return stated


def _find_label(facts: Iterable[PlantedFact], signal: Signal, topic: str | None, quote: str) -> str:
    """The words for a fact; of a comparison the other game's title."""
    for fact in facts:
        if fact.signal is signal and fact.topic == topic:
            if signal is not Signal.COMPETITOR_REFS:
                return fact.label
            named = [name for name in fact.words if name.casefold() in quote.casefold()]
            return max(named, key=len) if named else fact.words[0]
    return topic or OTHER
