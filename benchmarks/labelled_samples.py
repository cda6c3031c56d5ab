"""How well does the local analyst agree with people who labelled real reviews?

Precision: of the reviews in which the analyst finds it, how many the labellers marked. Recall: of those they marked, in
how many it finds it. Each line is compared with saying yes to every review (`prevalence` is that precision), which is
fair because it is what a reader without the analyst knows. The labels mean something wider than the product's signals
(an aspect counts even if only implied): these are agreements and no accuracies. The aim is to beat the prevalence.

Reads the folder `labelled` beside STEAMPULSE_RECORDED_DATA; without it there is nothing to measure.

    STEAMPULSE_RECORDED_DATA=DIR uv run python -m benchmarks.labelled_samples [--quick] [--json]
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from steampulse_dagster.analyzer.local.analyst import LocalAnalyst, open_local_analyst
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.reviews import Review
from tests.planted_scoring import chunked, rows_of

_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = 150
OPINIONS = (Signal.DESIGN_PRAISE, Signal.GAMEPLAY_FRICTION)
ASPECTS: Mapping[str, frozenset[str]] = {
    "label_story": frozenset({"story", "characters"}),
    "label_gameplay": frozenset(
        {"combat", "controls", "gameplay_loop", "difficulty", "balance", "ai_behaviour", "grind", "progression"}
        | {"level_design", "exploration", "camera", "customization", "multiplayer"}
    ),
    "label_visual": frozenset({"art_style"}),
    "label_audio": frozenset({"audio"}),
    "label_technical": frozenset({"performance", "crashes", "bugs", "servers", "user_interface"}),
    "label_price": frozenset({"price", "monetization", "content_amount"}),
}
Found = Sequence[tuple[Signal, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"the first {QUICK} reviews of each set")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    recorded = os.environ.get("STEAMPULSE_RECORDED_DATA")
    folder = Path(recorded).parent / "labelled" if recorded else None
    if folder is None or not folder.is_dir():
        sys.exit("No labelled reviews: set STEAMPULSE_RECORDED_DATA to a folder that has `labelled` beside it.")
    result = run(folder, most=QUICK if arguments.quick else None)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, figures in result["figures"].items():
        print(f"{name:34} {figures}")
    print("met" if result["met"] else "NOT met")


def run(folder: Path, *, most: int | None) -> dict[str, Any]:
    """Every set of labels against what the analyst finds."""
    started = time.perf_counter()
    analyst = open_local_analyst()
    figures: dict[str, Any] = {}
    aspects = _load(folder / "aspects_srec.jsonl", most)
    found = _read(analyst, aspects, text="review", up=lambda row: bool(row["label_recommended"]))
    for label, topics in ASPECTS.items():
        figures[f"aspects: {label}"] = _score(
            [any(signal in OPINIONS and topic in topics for signal, topic in one) for one in found],
            [bool(row[label]) for row in aspects],
        )
    wished = [any(signal is Signal.WISHLIST_ITEMS for signal, _ in one) for one in found]
    figures["aspects: label_suggestion"] = _score(wished, [bool(row["label_suggestion"]) for row in aspects])
    constructive = _load(folder / "constructive.jsonl", most)
    found = _read(analyst, constructive, text="review", up=lambda row: bool(row["voted_up"]))
    figures["constructive: anything found"] = _score(
        [bool(one) for one in found], [bool(row["constructive"]) for row in constructive]
    )
    bombing = _load(folder / "review_bombing.jsonl", most)
    found = _read(analyst, bombing, text="review", up=lambda row: row["combined_rating"] == "Empfohlen")
    figures["bombing: content praised or blamed"] = _score(
        [any(signal in OPINIONS for signal, _ in one) for one in found],
        [row["criticism-praise-game-content"] == "Ja" for row in bombing],
    )
    met = all(one["precision"] > one["prevalence"] for one in figures.values())
    figures["seconds"] = round(time.perf_counter() - started, 1)
    return {"benchmark": "labelled_samples", "figures": figures, "aims": {"precision above": "prevalence"}, "met": met}


def _load(file: Path, most: int | None) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    return rows[:most]


def _read(
    analyst: LocalAnalyst, rows: Iterable[dict[str, Any]], *, text: str, up: Callable[[dict[str, Any]], bool]
) -> list[Found]:
    """Signal and topic of what is found in each row, in order."""
    reviews = [
        Review(
            recommendationid=number,
            appid=1,
            author_key="a",
            language="english",
            review=row[text],
            timestamp_created=_MOMENT,
            timestamp_updated=_MOMENT,
            voted_up=up(row),
            content_hash="",
        )
        for number, row in enumerate(rows, start=1)
    ]
    by_review: dict[int, list[tuple[Signal, str]]] = {review.recommendationid: [] for review in reviews}
    for chunk in chunked(reviews, game_name="The Game"):
        for review_id, signal, topic, _ in rows_of(analyst.extract(chunk)):
            by_review[review_id].append((signal, topic))
    return list(by_review.values())


def _score(found: Sequence[bool], marked: Sequence[bool]) -> dict[str, Any]:
    both = sum(one and other for one, other in zip(found, marked, strict=True))
    return {
        "reviews": len(marked),
        "marked": sum(marked),
        "found": sum(found),
        "precision": round(both / max(1, sum(found)), 2),
        "recall": round(both / max(1, sum(marked)), 2),
        "prevalence": round(sum(marked) / max(1, len(marked)), 2),
    }


if __name__ == "__main__":
    main()
