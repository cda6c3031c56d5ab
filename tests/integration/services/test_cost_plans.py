"""What an analysis would cost, said before it is made; and the refusal where that is too much."""

import json
from decimal import Decimal

import pytest

from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst
from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.errors import BudgetError, NotFoundError
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.models.llm import Delivery, ModelLimits, Purpose
from steampulse_dagster.models.reports import SECTION_NAMES
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.chunk_plans import ChunkPlanner
from steampulse_dagster.services.cost_plans import CostPlanService
from steampulse_dagster.services.ledger import spending_run
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.services.spending_guard import SpendingGuard
from steampulse_dagster.utils.db import fetch_all
from tests.analysis_fakes import APPID, build_game, build_review, build_reviews, edit_review, store_game, store_reviews
from tests.llm_fakes import MODEL, WIDE, FakeModel, build_ledger, build_reply

pytestmark = pytest.mark.integration

LARGE = "us.anthropic.claude-sonnet-5-5"
FINDING = {
    "topic": "combat",
    "label": "Combat",
    "statement": "Players like it.",
    "quotes": [{"review": 1, "text": "I love the combat in this one"}],
}
EMPTY = {name: {"items": [], "reason": "None."} for name in SECTION_NAMES}
WORDS = {"one_liner": "A fight in a keep.", "audience_profile": "People who like to fight."}
PASS_1 = {signal.value: [] for signal in Signal} | {"design_praise": [FINDING]}
ANSWER = build_reply(json.dumps({**PASS_1, **EMPTY, **WORDS, "notable_quotes": [], "same": [], "quotes": []}))
"""Fits every question, so that no order of calls has to be foretold."""


class Harness:
    """One pair of models on one database, with the model that counts its calls."""

    def __init__(self, db, *, large=LARGE, small=MODEL, budgets=WIDE):
        self.db, self.model, self.ledger = db, FakeModel(ANSWER), build_ledger(db, budgets)
        self.analyst = GenerativeAnalyst(
            PaidModel(self.model, self.ledger),
            engine="bedrock",
            small=ModelLimits(model=small, answer_tokens=2_000, most_answer_tokens=4_000),
            large=ModelLimits(model=large, answer_tokens=2_000, most_answer_tokens=4_000),
        )
        self.plans = CostPlanService(db, self.ledger, self.analyst, planner=ChunkPlanner(db))
        self.guard = SpendingGuard(self.plans, self.ledger)

    async def report(self, folder, appid=APPID):
        await AnalysisService(self.db, self.analyst, guard=self.guard).summarize_chunks(appid)
        return await ReportService(self.db, self.analyst, FolderStore(folder)).write_report(appid)

    def list_calls(self):
        with self.db.connection() as conn:
            rows = fetch_all(conn, "select purpose, model from llm_calls order by call_id")
        return [(Purpose(row["purpose"]), row["model"]) for row in rows]


@pytest.fixture
def game(db):
    """A game with 420 reviews: eight sealed chunks, so one node, and an open one."""
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 420))
    return db


def count(plan):
    return {line.purpose: (line.cost.calls, line.cost.stored) for line in plan.lines}


async def test_a_plan_names_the_calls_that_are_then_made_and_makes_none(game, tmp_path):
    harness = Harness(game)
    plan = harness.plans.plan_game(APPID)
    assert harness.model.calls == []
    assert (plan.chunks, plan.unread, plan.reviews, plan.report) == (9, 9, 420, True)
    assert count(plan) == {Purpose.EXTRACT_CHUNK: (9, 0), Purpose.JOIN_LABELS: (1, 0), Purpose.SYNTHESIZE: (1, 0)}
    with game.connection() as conn:
        assert fetch_all(conn, "select 1 from chunks") == fetch_all(conn, "select 1 from llm_calls") == []
    await harness.report(tmp_path)
    made = [purpose for purpose, _ in harness.list_calls()]
    assert (made.count(Purpose.EXTRACT_CHUNK), made.count(Purpose.SYNTHESIZE)) == (9, 1)


async def test_no_chunk_of_a_long_game_is_left_out(db):
    """Questions are built a slice at a time; the slices leave nothing between them."""
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 2_150))
    assert count(Harness(db).plans.plan_game(APPID))[Purpose.EXTRACT_CHUNK] == (43, 0)


async def test_a_first_plan_expects_a_long_system_prompt_to_be_cached_once_and_read_by_all_games(game):
    store_game(game, build_game(appid=5))
    store_reviews(game, [review.model_copy(update={"appid": 5}) for review in build_reviews(0, 420)])
    harness = Harness(game)
    ledger = build_ledger(game, get_cache_minimum=lambda model: 100 if model == MODEL else None)
    plans = CostPlanService(game, ledger, harness.analyst, planner=ChunkPlanner(game))
    used = {line.purpose: line.cost.expected for line in plans.plan([APPID, 5]).lines}
    chunks = used[Purpose.EXTRACT_CHUNK]
    assert chunks.cache_read_tokens == 17 * chunks.cache_write_tokens > 0
    assert used[Purpose.SYNTHESIZE].cache_read_tokens == 0
    bulk = {line.purpose: line.cost.expected for line in plans.plan([APPID], delivery=Delivery.BATCH).lines}
    assert bulk[Purpose.EXTRACT_CHUNK].cache_read_tokens == 0


async def test_what_is_up_to_date_costs_nothing(game, tmp_path):
    harness = Harness(game)
    await harness.report(tmp_path)
    plan = harness.plans.plan_game(APPID)
    assert (plan.unread, plan.report, plan.lines, plan.cost.expected_usd) == (0, False, (), 0)


async def test_after_one_new_review_a_chunk_and_a_report_are_planned(game, tmp_path):
    harness = Harness(game)
    await harness.report(tmp_path)
    store_reviews(game, [build_review(420)])
    assert count(harness.plans.plan_game(APPID)) == {Purpose.EXTRACT_CHUNK: (1, 0), Purpose.SYNTHESIZE: (1, 0)}
    store_reviews(game, [edit_review(build_review(3), "It crashes.")])
    assert count(harness.plans.plan_game(APPID))[Purpose.EXTRACT_CHUNK] == (2, 0)


async def test_a_bulk_job_is_planned_at_its_own_price(game):
    plans = Harness(game).plans
    real_time, bulk = (plans.plan([APPID], delivery=delivery) for delivery in Delivery)
    assert bulk.cost.calls == real_time.cost.calls
    assert bulk.cost.expected_usd < Decimal("0.52") * real_time.cost.expected_usd
    assert {line.purpose: line.delivery for line in bulk.lines}[Purpose.EXTRACT_CHUNK] is Delivery.BATCH


async def test_what_is_too_little_for_a_bulk_job_is_planned_in_real_time(game):
    harness = Harness(game)
    plans = CostPlanService(game, harness.ledger, harness.analyst, planner=ChunkPlanner(game), job_minimum=9)
    ways = {line.purpose: line.delivery for line in plans.plan([APPID], delivery=Delivery.BATCH).lines}
    assert (ways[Purpose.EXTRACT_CHUNK], ways[Purpose.SYNTHESIZE]) == (Delivery.BATCH, Delivery.REAL_TIME)


async def test_another_large_model_pays_for_the_report_alone(game, tmp_path):
    """Artefacts are kept by analyst, answers by question: pass 1 is made anew from stored answers."""
    await Harness(game).report(tmp_path)
    before = Harness(game).list_calls()
    other = Harness(game, large="us.anthropic.claude-opus-4-6-v1")
    planned = count(other.plans.plan_game(APPID))
    assert planned[Purpose.EXTRACT_CHUNK] == (9, 9)
    outcome = await other.report(tmp_path)
    assert outcome.created
    assert other.list_calls()[len(before) :] == [(Purpose.SYNTHESIZE, "us.anthropic.claude-opus-4-6-v1")]


async def test_another_small_model_pays_for_everything(game, tmp_path):
    await Harness(game).report(tmp_path)
    other = Harness(game, small="us.anthropic.claude-haiku-4-5-20251001-v1:0")
    assert count(other.plans.plan_game(APPID))[Purpose.EXTRACT_CHUNK] == (9, 0)


async def test_a_game_without_reviews_and_one_that_is_unknown(db):
    store_game(db, build_game())
    plans = Harness(db).plans
    plan = plans.plan_game(APPID)
    assert (plan.cost.calls, plan.report) == (0, False)
    assert "no reviews yet" in (plan.note or "")
    with pytest.raises(NotFoundError, match="77 is not known"):
        plans.plan([77])
    assert plans.plan([77], skip_unknown=True).games == ()


async def test_an_analysis_beyond_the_budget_is_refused_before_anything_is_asked(game, tmp_path):
    budgets = Budgets(per_call=Decimal(1), per_run=Decimal("0.01"), per_day=Decimal(9), per_month=Decimal(9))
    harness = Harness(game, budgets=budgets)
    assert "STEAMPULSE_BUDGET_USD_PER_RUN" in (harness.plans.plan([APPID]).refusal or "")
    with pytest.raises(BudgetError, match=r"^Nothing was asked: the analysis of 4200 would cost about \$.* 11 calls"):
        await harness.report(tmp_path)
    assert (harness.model.calls, harness.list_calls()) == ([], [])
    with pytest.raises(BudgetError, match=r"this run over 1 games would cost"):
        await harness.guard.require_room([APPID])


async def test_a_call_that_is_too_dear_is_seen_beforehand(game, tmp_path):
    budgets = Budgets(per_call=Decimal("0.001"), per_run=Decimal(9), per_day=Decimal(9), per_month=Decimal(9))
    harness = Harness(game, budgets=budgets)
    with pytest.raises(BudgetError, match="STEAMPULSE_BUDGET_USD_PER_CALL"):
        await harness.report(tmp_path)
    assert harness.model.calls == []


async def test_games_let_in_at_once_do_not_count_on_the_same_money(game):
    """Nothing is spent yet, and still the second is told that the first has the money."""
    store_game(game, build_game(appid=5))
    store_reviews(game, [review.model_copy(update={"appid": 5}) for review in build_reviews(0, 420)])
    cost = Harness(game).plans.plan_game(APPID).cost.expected_usd
    budgets = Budgets(per_call=Decimal(1), per_run=cost * Decimal("1.5"), per_day=Decimal(9), per_month=Decimal(9))
    guard = Harness(game, budgets=budgets).guard
    with spending_run("a"):
        await guard.admit(APPID)
        with pytest.raises(BudgetError, match="the analysis of 5 "):
            await guard.admit(5)


async def test_a_game_that_spends_what_it_promised_leaves_the_rest_to_others(game, tmp_path):
    store_game(game, build_game(appid=5))
    store_reviews(game, [review.model_copy(update={"appid": 5}) for review in build_reviews(0, 3)])
    cost = Harness(game).plans.plan_game(APPID).cost
    budgets = Budgets(
        per_call=Decimal(1), per_run=cost.expected_usd + 2 * cost.dearest_usd, per_day=Decimal(9), per_month=Decimal(9)
    )
    harness = Harness(game, budgets=budgets)
    with spending_run("a"):
        await harness.report(tmp_path)
        await harness.report(tmp_path, appid=5)
