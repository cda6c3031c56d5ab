"""What does a re-analysis cost after a game has grown, against analysing all of it again?

A game of 2,000 reviews is analysed, then gets 1, 10, 50 and 500 new reviews, 100 changed vote counts and 5 edits, and
is analysed after each; every call goes through the product's services, its ledger and its prices. The models are
simulated in this process and answer from the facts that were planted in the reviews, so lengths of answers are those
of a terse model; tokens are counted by the product's estimate, which is fitted to a tokenizer of the Claude family.

It compares with one fresh analysis of the grown game in a database of its own: that is what a system that deals its
chunks anew pays after every new review, and it has to come to the same report. Before each analysis a plan is made,
and compared with what the ledger says afterwards.

    uv run python -m benchmarks.growth [--quick] [--json] [--costs]
"""

import argparse
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from benchmarks.growth_game import (
    LARGE,
    SMALL,
    GrowingGame,
    Step,
    count_as_fitted,
    edit,
    list_reviews,
    open_games,
    price_as,
)
from steampulse_dagster.analyzer.generative.prompts import Prompt, get_prompt
from steampulse_dagster.models.llm import Delivery, Purpose
from steampulse_dagster.models.reports import SECTION_NAMES, GameReport

GROWTH = (1, 10, 50, 500)
SECOND_GAME = 700
EDITS = 5
VOTES = 100
AIM_PLAN_ERROR = 0.25
PLAN_SEEN_FROM = Decimal("0.001")
"""Plans of less than a tenth of a cent are not compared."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a game of 500 reviews: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--costs", action="store_true", help="what one report costs, by delivery, as a table too")
    arguments = parser.parse_args()
    result = run(first=500 if arguments.quick else 2_000)
    if arguments.json:
        print(json.dumps(result))
        return
    print(result["table"])
    if arguments.costs:
        print(f"\n{result['costs']}")
    for name, value in result["figures"].items():
        print(f"{name:44} {value}")
    print("met" if result["met"] else "NOT met")


def run(*, first: int) -> dict[str, Any]:
    """Grow one game and analyse two others at once; figures, aims and whether they are met."""
    with open_games(3) as (grown, fresh, shuffled):
        reviews = list_reviews(grown.appid, number=first + sum(GROWTH))
        last = _grow(grown, reviews, first=first)
        costs = _tell_costs(grown, first=first)
        current = _edited(_voted(reviews[:first]) + reviews[first:])
        fresh.store(current)
        once = fresh.analyse("one fresh analysis")
        mixed = _arrive_mixed(shuffled, current)
        steps = {step.name: step for step in grown.steps}
        second = grown.with_game(1)
        second.store(list_reviews(second.appid, number=SECOND_GAME))
        second.analyse("another game")
        figures = {
            **_count(steps),
            "fresh_calls": fresh.steps[0].all_calls,
            "saved_by_plus_one": round(float(1 - steps["+1"].usd / fresh.steps[0].usd), 3),
            "report_equals_fresh_one": last == once,
            "largest_plan_error": round(max(_plan_errors([*grown.steps, *fresh.steps, *second.steps])), 3),
            "another_game_plan_error": round(_plan_errors(second.steps)[0], 3),
            "first_plan_error": round(_plan_errors(grown.steps[:1])[0], 3),
            "mixed_arrival_same_reviews_read": mixed.sample == once.sample,
            "mixed_arrival_largest_count_difference": _compare_counts(mixed, once),
        }
    aims = {
        "plus_one_chunk_calls": 1,
        "plus_one_syntheses": 1,
        "votes_calls": 0,
        "repeat_calls": 0,
        "report_equals_fresh_one": True,
        "mixed_arrival_same_reviews_read": True,
        "largest_plan_error": AIM_PLAN_ERROR,
    }
    met = all(figures[name] <= aim if not isinstance(aim, bool) else figures[name] is aim for name, aim in aims.items())
    table = _draw([*grown.steps, *fresh.steps, *second.steps])
    return {"benchmark": "growth", "figures": figures, "aims": aims, "met": met, "table": table, "costs": costs}


def _grow(game: GrowingGame, reviews: Sequence[Any], *, first: int) -> GameReport:
    game.store(reviews[:first])
    report = game.analyse(f"first {first:,}")
    stored = first
    for more in GROWTH:
        game.store(reviews[stored : stored + more])
        stored += more
        report = game.analyse(f"+{more}")
    game.store(_voted(reviews[:first])[:VOTES])
    report = game.analyse(f"{VOTES} votes")
    game.store(_edited(reviews)[: EDITS * 100])
    report = game.analyse(f"{EDITS} edits")
    again = game.analyse("repeat")
    assert again == report
    return report


def _voted(reviews: Sequence[Any]) -> list[Any]:
    return [review.model_copy(update={"votes_up": 77}) if at < VOTES else review for at, review in enumerate(reviews)]


def _edited(reviews: Sequence[Any]) -> list[Any]:
    """Five reviews of five chunks say what others say."""
    changed = list(_voted(reviews))
    for number in range(EDITS):
        at = 100 * number + 7
        changed[at] = edit(changed[at], next(r.review for r in reviews[at + 1 :] if len(r.review) > 80))
    return changed


def _arrive_mixed(game: GrowingGame, reviews: Sequence[Any]) -> GameReport:
    """The same reviews in four waves, each a mixture of old and new."""
    for wave in range(4):
        game.store(reviews[wave::4])
        report = game.analyse(f"wave {wave}")
    return report


def _count(steps: dict[str, Step]) -> dict[str, int]:
    one, votes, edits, repeat = (steps[name] for name in ("+1", f"{VOTES} votes", f"{EDITS} edits", "repeat"))
    return {
        "plus_one_chunk_calls": one.calls.get(Purpose.EXTRACT_CHUNK, 0),
        "plus_one_label_calls": one.calls.get(Purpose.JOIN_LABELS, 0),
        "plus_one_syntheses": one.calls.get(Purpose.SYNTHESIZE, 0),
        "votes_calls": votes.all_calls,
        "edits_chunk_calls": edits.calls.get(Purpose.EXTRACT_CHUNK, 0),
        "edits_label_calls": edits.calls.get(Purpose.JOIN_LABELS, 0),
        "repeat_calls": repeat.all_calls,
    }


def _plan_errors(steps: Sequence[Step]) -> list[float]:
    """How far the plans were off, as parts of what was paid."""
    return [
        abs(float(step.planned.expected_usd / step.usd) - 1)
        for step in steps
        if step.planned is not None and step.usd > PLAN_SEEN_FROM
    ]


def _compare_counts(one: GameReport, other: GameReport) -> int:
    """The largest difference of an item's count between two reports that both have the item."""
    counts = [
        {item.topic: item.mentions.count for item in getattr(report, name).items}
        for name in SECTION_NAMES
        for report in (one, other)
    ]
    pairs = zip(counts[::2], counts[1::2], strict=True)
    return max((abs(a[topic] - b[topic]) for a, b in pairs for topic in a.keys() & b.keys()), default=0)


def _draw(steps: Sequence[Step]) -> str:
    head = "| what happened | chunks | labels | repairs | reports | tokens in | tokens out | cost | planned |"
    lines = [head, "|" + "---|" * 9]
    for step in steps:
        calls = " | ".join(str(step.calls.get(purpose, 0)) for purpose in _SHOWN)
        planned = f"${step.planned.expected_usd:.4f}" if step.planned else "–"
        tokens = f"{step.input_tokens:,} | {step.output_tokens:,}"
        lines.append(f"| {step.name} | {calls} | {tokens} | ${step.usd:.4f} | {planned} |")
    return "\n".join(lines)


_SHOWN = (Purpose.EXTRACT_CHUNK, Purpose.JOIN_LABELS, Purpose.REPAIR, Purpose.SYNTHESIZE)
_PROMPTS = {Purpose.EXTRACT_CHUNK: (Prompt.EXTRACT_CHUNK, SMALL), Purpose.SYNTHESIZE: (Prompt.SYNTHESIZE, LARGE)}


def _tell_costs(game: GrowingGame, *, first: int) -> str:
    """What the first report costs by each delivery: the ledger's calls, billed by each price."""
    step = game.steps[0]
    usages = game.list_usages()[: step.all_calls]
    systems = {
        purpose: count_as_fitted(get_prompt(prompt), limits.model) for purpose, (prompt, limits) in _PROMPTS.items()
    }
    ways = (
        ("real time, system prompt uncached", Delivery.REAL_TIME, {}),
        ("real time, system prompt cached", Delivery.REAL_TIME, systems),
        ("bulk job", Delivery.BATCH, {}),
    )
    lines = [f"| one report on {first:,} reviews | Haiku 5.5 | Sonnet 5.5 | sum |", "|---|---|---|---|"]
    for name, delivery, cached in ways:
        sums = price_as(usages, delivery=delivery, cached_systems=cached)
        small, large = sums.get(SMALL.model, Decimal(0)), sums.get(LARGE.model, Decimal(0))
        lines.append(f"| {name} | ${small:.4f} | ${large:.4f} | ${small + large:.4f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
