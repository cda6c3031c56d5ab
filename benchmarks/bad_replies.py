"""What do bad replies of a model cost, and what gets through to reports?

Games of the seeded world go through both passes (AnalysisService, ReportService, GenerativeAnalyst, the ledger), once
with clean replies and then with a quarter of all replies spoiled, by each fault alone and by mixtures. Money is what
the ledger holds, at the list prices of the default models. It compares with the clean run of the same games and
questions, which is fair because the same simulated model speaks in both and only the spoiling differs; each run has a
database of its own, so nothing is answered from storage.

`five` mixes invented enum values, JSON as a string, truncated, wrong numbers and invented quotes in equal parts; `all`
mixes every fault. A quote of a report counts as ungrounded if it is not, letter by letter, in the stored review.

    uv run python -m benchmarks.bad_replies [--quick] [--json] [--rate 0.25]
"""

import argparse
import asyncio
import json
import logging
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst
from steampulse_dagster.clients.bedrock_messages import parse_converse_reply
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import Grounding
from steampulse_dagster.models.costs import Budgets, CostGroup
from steampulse_dagster.models.llm import ModelLimits, ModelReply, ModelRequest
from steampulse_dagster.models.reports import SECTION_NAMES, GameReport
from steampulse_dagster.models.reviews import Review
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.simulators.bedrock_oddities import Answer, make_odd
from steampulse_dagster.simulators.model_answers import build_model_answers
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.tokens import estimate_tokens
from tests.analysis_fakes import build_game, store_game, store_reviews
from tests.helpers import Server, fresh_database, running_server
from tests.seeded_reviews import list_seeded_reviews

SMALL = ModelLimits(model="us.anthropic.claude-haiku-5-5", answer_tokens=6_000, most_answer_tokens=24_000)
LARGE = ModelLimits(model="us.anthropic.claude-sonnet-5-5", answer_tokens=8_000, most_answer_tokens=32_000)
FIVE = ("invented_enum", "json_string", "truncated", "wrong_numbers", "invented_quotes")
OTHERS = ("filtered", "refusal", "fenced", "extra_words", "missing_keys", "wrong_types", "empty_text", "broken_json")
MIXTURES: Mapping[str, Sequence[str]] = {"five": FIVE, "all": (*FIVE, *OTHERS)}
AIM_EXTRA = 0.30
WIDE = Budgets(per_call=Decimal(10), per_run=Decimal(1000), per_day=Decimal(1000), per_month=Decimal(1000))
SMALL_GAMES, ALL_GAMES = 8, 11
"""Games of the world from the smallest on; the largest (2,000 reviews) would be two thirds of everything."""


class SpoiledModel:
    """A simulated model, a share of whose replies has a fault; which ones depends on the question alone."""

    def __init__(self, world: SeededWorld, *, faults: Sequence[str], rate: float) -> None:
        self._answer = build_model_answers(world)
        self._faults, self._rate = faults, rate
        self.spoiled = 0

    async def answer(self, request: ModelRequest) -> ModelReply:
        """The answer, perhaps spoiled."""
        text = await asyncio.to_thread(self._answer, request.system, request.user)
        odd = make_odd(self._choose(request.request_key), Answer(text))
        blocks = odd.list_blocks()
        said = "".join(str(block.get("text", "")) for block in blocks)
        asked = estimate_tokens(f"{request.system}{request.user}", model=request.model)
        # What was written before the model broke off is charged; a refusal costs its few words.
        written = estimate_tokens(said, model=request.model)
        return parse_converse_reply(
            {
                "output": {"message": {"role": "assistant", "content": blocks}},
                "stopReason": odd.stop,
                "usage": {"inputTokens": asked, "outputTokens": written},
            }
        )

    def _choose(self, key: str) -> str | None:
        digest = sha256(f"spoil {key}".encode()).digest()
        if not self._faults or int.from_bytes(digest[:4]) / 2**32 >= self._rate:
            return None
        self.spoiled += 1
        return self._faults[int.from_bytes(digest[4:8]) % len(self._faults)]


@dataclass(frozen=True)
class Outcome:
    """One run over all games."""

    games: int
    failed: int
    ungrounded: int
    items: int
    quotes: int
    calls: int
    spoiled: int
    usd: Decimal
    grounding: Grounding


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller games, mixtures only: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--rate", type=float, default=0.25, help="share of spoiled replies")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    result = run(quick=arguments.quick, rate=arguments.rate)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, figures in result["figures"].items():
        print(f"{name:16} {figures}")
    print("met" if result["met"] else "NOT met")


def run(*, quick: bool, rate: float = 0.25) -> dict[str, Any]:
    """Every kind of spoiling against the clean run."""
    started = time.perf_counter()
    world = SeededWorld()
    appids = world.appids[::-1][: SMALL_GAMES if quick else ALL_GAMES]
    games = {appid: list_seeded_reviews(world, appid) for appid in appids}
    kinds = dict(MIXTURES) if quick else {**{name: (name,) for name in MIXTURES["all"]}, **MIXTURES}
    with running_server() as server:
        clean = asyncio.run(_run_one(server, world, games, faults=(), rate=0))
        spoiled = {
            name: asyncio.run(_run_one(server, world, games, faults=faults, rate=rate))
            for name, faults in kinds.items()
        }
    figures = {name: _tell(one, clean) for name, one in {"clean": clean, **spoiled}.items()}
    met = figures["five"]["extra_cost"] < AIM_EXTRA and not any(
        one.failed or one.ungrounded for one in (clean, *spoiled.values())
    )
    figures["seconds"] = round(time.perf_counter() - started, 1)  # type: ignore[assignment]
    aims = {"failed": 0, "ungrounded": 0, "extra_cost of five below": AIM_EXTRA}
    return {"benchmark": "bad_replies", "rate": rate, "figures": figures, "aims": aims, "met": met}


async def _run_one(
    server: Server, world: SeededWorld, games: Mapping[int, Sequence[Review]], *, faults: Sequence[str], rate: float
) -> Outcome:
    model = SpoiledModel(world, faults=faults, rate=rate)
    with fresh_database(server) as url, tempfile.TemporaryDirectory() as folder:
        database = Database(url, pool_size=10)
        try:
            ledger = Ledger(database, prices=PriceBook(), budgets=WIDE)
            analyst = GenerativeAnalyst(PaidModel(model, ledger), engine="bedrock", small=SMALL, large=LARGE)
            analysis = AnalysisService(database, analyst, concurrency=8)
            reports = ReportService(database, analyst, FolderStore(Path(folder)))
            made: list[GameReport] = []
            failed = 0
            for appid, reviews in games.items():
                store_game(database, build_game(_get_name(world, appid), appid))
                store_reviews(database, reviews)
                try:
                    await analysis.summarize_chunks(appid)
                    made.append((await reports.write_report(appid)).report)
                except AnalystError:
                    failed += 1
            total = ledger.report_costs(CostGroup.MODEL).total
        finally:
            database.close()
    return _count(games, made, failed=failed, calls=total.calls, spoiled=model.spoiled, usd=total.counted_usd)


def _count(
    games: Mapping[int, Sequence[Review]],
    made: Sequence[GameReport],
    *,
    failed: int,
    calls: int,
    spoiled: int,
    usd: Decimal,
) -> Outcome:
    texts = {review.recommendationid: review.review for reviews in games.values() for review in reviews}
    items = [item for report in made for name in SECTION_NAMES for item in getattr(report, name).items]
    shown = [evidence for item in items for evidence in item.evidence]
    shown += [evidence for report in made for evidence in report.notable_quotes]
    totals = [report.grounding for report in made]
    return Outcome(
        games=len(games),
        failed=failed,
        ungrounded=sum(evidence.quote not in texts[evidence.recommendationid] for evidence in shown),
        items=len(items),
        quotes=len(shown),
        calls=calls,
        spoiled=spoiled,
        usd=usd,
        grounding=Grounding(
            **{
                name: sum(getattr(one, name) for one in totals)
                for name in ("quotes", "proven", "mended", "dropped", "unknown_ids", "spoiled_items", "refused")
            }
        ),
    )


def _tell(one: Outcome, clean: Outcome) -> dict[str, Any]:
    grounding = one.grounding
    return {
        "games": one.games,
        "failed": one.failed,
        "ungrounded": one.ungrounded,
        "quotes_shown": one.quotes,
        "items": one.items,
        "mentions_kept": round(grounding.proven / max(1, clean.grounding.proven), 3),
        "mended": grounding.mended,
        "dropped": grounding.dropped,
        "wrong_numbers": grounding.unknown_ids,
        "refused": grounding.refused,
        "calls": one.calls,
        "spoiled": one.spoiled,
        "usd": round(float(one.usd), 4),
        "extra_cost": round(float(one.usd / clean.usd) - 1, 3),
    }


def _get_name(world: SeededWorld, appid: int) -> str:
    name: str = (world.get_appdetails(appid) or {})["data"]["name"]
    return name


if __name__ == "__main__":
    main()
