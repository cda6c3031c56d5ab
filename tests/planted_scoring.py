"""Scores extraction against planted facts: per signal precision and recall, topics, macro F1.

`uv run python -m tests.planted_scoring [a|b|ab|world] [--degraded]` prints the table; it never prints a text of set B.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from steampulse_dagster.analyzer.local.analyst import LocalAnalyst, open_local_analyst
from steampulse_dagster.models.analysis import ChunkSignals, ReviewChunk, Signal
from steampulse_dagster.models.reviews import Review

PLANTED = Path(__file__).parent / "planted"
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """What a careful reader marks: the topic is None where none was given."""

    signal: Signal
    topic: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class WorldSample:
    """Reviews of one invented game and what they were made to say."""

    name: str
    reviews: tuple[Review, ...]
    facts: Mapping[int, tuple[Fact, ...]]


@dataclass(slots=True)
class SignalScore:
    """Counted over (review, signal): right if a predicted quote overlaps a fact's quote."""

    hits: int = 0
    predicted: int = 0
    planted: int = 0
    mentions: int = 0
    mention_hits: int = 0
    facts: int = 0
    fact_hits: int = 0
    topics: int = 0
    topic_hits: int = 0

    @property
    def precision(self) -> float:
        return self.hits / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.planted if self.planted else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(slots=True)
class Scores:
    signals: dict[Signal, SignalScore] = field(default_factory=lambda: {signal: SignalScore() for signal in Signal})

    @property
    def macro_f1(self) -> float:
        return sum(score.f1 for score in self.signals.values()) / len(self.signals)


def load_planted(name: str) -> tuple[tuple[Review, ...], dict[int, tuple[Fact, ...]]]:
    """The reviews of `set_a` or `set_b` and their facts by id."""
    rows = [json.loads(line) for line in (PLANTED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() if line]
    facts = {
        row["id"]: tuple(Fact(Signal(f["signal"]), f.get("topic"), f["quote"]) for f in row["facts"]) for row in rows
    }
    return tuple(_review(row) for row in rows), facts


def chunked(reviews: Iterable[Review], *, game_name: str) -> list[ReviewChunk]:
    """The reviews in chunks of 50, as the product forms them."""
    every = list(reviews)
    return [
        ReviewChunk(
            appid=1, chunk_no=no, game_name=game_name, content_hash="", reviews=tuple(every[first : first + 50])
        )
        for no, first in enumerate(range(0, len(every), 50))
    ]


def predict(analyst: LocalAnalyst, chunks: Iterable[ReviewChunk]) -> list[tuple[int, Signal, str, str]]:
    """(review, signal, topic, quote) of every mention."""
    return [row for chunk in chunks for row in rows_of(analyst.extract(chunk))]


def rows_of(signals: ChunkSignals) -> list[tuple[int, Signal, str, str]]:
    return [
        (mention.recommendationid, signal, item.topic, mention.quote or "")
        for signal in Signal
        for item in getattr(signals, signal.value)
        for mention in item.mentions
    ]


def score(
    predictions: Iterable[tuple[int, Signal, str, str]],
    *,
    texts: Mapping[int, str],
    facts: Mapping[int, tuple[Fact, ...]],
) -> Scores:
    """Compare predictions with facts; every quote must be verbatim (AssertionError otherwise)."""
    scores = Scores()
    by_pair: dict[tuple[int, Signal], list[tuple[str, str]]] = {}
    for review, signal, topic, quote in predictions:
        assert quote in texts[review], f"quote of review {review} is not verbatim"
        by_pair.setdefault((review, signal), []).append((topic, quote))
    planted: dict[tuple[int, Signal], list[Fact]] = {}
    for review, rows in facts.items():
        for fact in rows:
            planted.setdefault((review, fact.signal), []).append(fact)
    for signal in Signal:
        _score_signal(scores.signals[signal], signal, by_pair, planted, texts)
    return scores


def _score_signal(result, signal, by_pair, planted, texts) -> None:
    for (review, kind), rows in by_pair.items():
        if kind is signal:
            result.predicted += 1
            result.mentions += len(rows)
            known = planted.get((review, signal), [])
            right = [row for row in rows if any(_overlap(texts[review], row[1], fact.quote) for fact in known)]
            result.mention_hits += len(right)
            result.hits += bool(right)
    for (review, kind), known in planted.items():
        if kind is signal:
            result.planted += 1
            result.facts += len(known)
            for fact in known:
                near = [row for row in by_pair.get((review, signal), []) if _overlap(texts[review], row[1], fact.quote)]
                result.fact_hits += bool(near)
                if near and fact.topic:
                    result.topics += 1
                    result.topic_hits += any(topic == fact.topic for topic, _ in near)


def _overlap(text: str, mine: str, other: str) -> bool:
    a, b = text.find(mine), text.find(other)
    return a >= 0 and b >= 0 and a < b + len(other) and b < a + len(mine)


def _review(row: dict) -> Review:
    return Review(
        recommendationid=row["id"],
        appid=1,
        author_key=str(row["id"]),
        language="english",
        review=row["text"],
        timestamp_created=_MOMENT,
        timestamp_updated=_MOMENT,
        voted_up=row["voted_up"],
        refunded=row["refunded"],
        playtime_at_review=row["playtime_at_review"],
        content_hash="",
    )


def score_set(analyst: LocalAnalyst, *names: str) -> Scores:
    """Scores over one or more planted sets together."""
    predictions, texts, facts = [], {}, {}
    for number, name in enumerate(names):
        reviews, known = load_planted(name)
        shift = number * 1_000_000
        moved = [review.model_copy(update={"recommendationid": review.recommendationid + shift}) for review in reviews]
        texts |= {review.recommendationid: review.review for review in moved}
        facts |= {key + shift: value for key, value in known.items()}
        predictions += predict(analyst, chunked(moved, game_name="The Game"))
    return score(predictions, texts=texts, facts=facts)


def load_world(*, per_game: int, appids: int | None = None) -> list[WorldSample]:
    """The first English reviews of each game of the seeded world, with their facts; a fixed sample."""
    from steampulse_dagster.simulators.seeded.world import SeededWorld

    world = SeededWorld()
    samples = []
    for appid in world.appids[:appids]:
        facts = world.review_facts(appid)
        rows = [
            row for row in world.list_reviews(appid) or () if row["language"] == "english" and row["review"].strip()
        ]
        rows = sorted(rows, key=lambda row: int(row["recommendationid"]))[:per_game]
        details = world.get_appdetails(appid) or {}
        samples.append(
            WorldSample(
                name=details.get("data", {}).get("name", "The Game"),
                reviews=tuple(_world_review(row) for row in rows),
                facts={
                    int(row["recommendationid"]): tuple(
                        Fact(Signal(signal), topic, quote)
                        for signal, topic, quote in facts.get(str(row["recommendationid"]), ())
                    )
                    for row in rows
                },
            )
        )
    return samples


def world_titles() -> list[str]:
    """Names of the world's games, which the product has in its catalogue."""
    from steampulse_dagster.simulators.seeded.world import SeededWorld

    return [row["name"] for row in SeededWorld().list_apps() if row.get("type") == "game"]


def score_world(analyst: LocalAnalyst, samples: Iterable[WorldSample]) -> Scores:
    """Scores over all games of a sample together."""
    predictions, texts, facts = [], {}, {}
    for sample in samples:
        predictions += predict(analyst, chunked(sample.reviews, game_name=sample.name))
        texts |= {review.recommendationid: review.review for review in sample.reviews}
        facts |= sample.facts
    return score(predictions, texts=texts, facts=facts)


def _world_review(row: Mapping[str, Any]) -> Review:
    return Review(
        recommendationid=int(row["recommendationid"]),
        appid=1,
        author_key="author",
        language=row["language"],
        review=row["review"],
        timestamp_created=_MOMENT,
        timestamp_updated=_MOMENT,
        voted_up=row["voted_up"],
        votes_up=row["votes_up"],
        refunded=bool(row.get("refunded", False)),
        content_hash="",
    )


def table(scores: Scores) -> str:
    lines = ["signal               precision recall  F1    hits/pred/planted   per mention P/R   topics"]
    for signal, s in scores.signals.items():
        mention = f"{s.mention_hits / max(1, s.mentions):.2f}/{s.fact_hits / max(1, s.facts):.2f}"
        topics = f"{s.topic_hits}/{s.topics}"
        counts = f"{s.hits:4}/{s.predicted}/{s.planted}"
        lines.append(
            f"{signal.value:20} {s.precision:9.2f} {s.recall:6.2f} {s.f1:5.2f}  {counts:<20} {mention:<13} {topics:>8}"
        )
    return "\n".join([*lines, f"macro F1 {scores.macro_f1:.3f}"])


def main() -> None:
    names = next((arg for arg in sys.argv[1:] if not arg.startswith("-")), "ab")
    titles = world_titles() if names == "world" else []
    degraded = "--degraded" in sys.argv
    analyst = LocalAnalyst(embedder=None, titles=titles) if degraded else open_local_analyst(titles=titles)
    if names == "world":
        print(f"seeded world\n{table(score_world(analyst, load_world(per_game=60)))}")  # noqa: T201
        return
    for name in names:
        print(f"set {name.upper()}\n{table(score_set(analyst, f'set_{name}'))}\n")  # noqa: T201
    if len(names) > 1:
        print(f"together\n{table(score_set(analyst, *(f'set_{name}' for name in names)))}")  # noqa: T201


if __name__ == "__main__":
    main()
