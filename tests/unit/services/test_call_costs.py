"""Estimates of calls and limits of spending."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.errors import BudgetError
from steampulse_dagster.models.costs import Budgets, Experience, Spent
from steampulse_dagster.models.llm import Delivery, TokenUsage
from steampulse_dagster.services.call_costs import build_budget_lines, check_budgets, compute_cost, estimate_call
from steampulse_dagster.services.prices import PriceBook
from tests.llm_fakes import MODEL, build_request

pytestmark = pytest.mark.unit

PRICE = PriceBook().get_price(MODEL, Delivery.REAL_TIME)
BUDGETS = Budgets(per_call=Decimal(1), per_run=Decimal(2), per_day=Decimal(3), per_month=Decimal(4))


def test_the_ceiling_covers_a_full_answer_and_a_prompt_written_to_the_cache():
    request = build_request()
    estimate = estimate_call(request, PRICE, None)
    usage = TokenUsage(cache_write_tokens=estimate.prompt_tokens, output_tokens=request.max_tokens)
    assert estimate.expected_usd < compute_cost(usage, PRICE) < estimate.ceiling_usd


def test_the_ceiling_of_a_prompt_near_the_step_is_billed_above_it():
    near = build_request(user="x" * 300_000)
    estimate = estimate_call(near, PRICE, None)
    assert estimate.prompt_tokens < 100_000
    assert estimate.expected_usd < Decimal("0.02")
    assert estimate.ceiling_usd > estimate.prompt_tokens * PRICE.input_usd * 5 / 1_000_000


def test_what_like_calls_used_makes_the_estimate():
    request = build_request()
    plain = estimate_call(request, PRICE, None)
    seen = Experience(
        calls=2,
        estimated_tokens=1000,
        input_tokens=500,
        cache_read_tokens=700,
        cache_write_tokens=0,
        output_tokens=100,
    )
    estimate = estimate_call(request, PRICE, seen)
    prompt = round(plain.prompt_tokens * 1.2)
    read = round(prompt * 700 / 1200)
    usage = TokenUsage(input_tokens=prompt - read, cache_read_tokens=read, output_tokens=50)
    assert estimate.prompt_tokens == plain.prompt_tokens
    assert estimate.expected_usd == compute_cost(usage, PRICE)
    assert estimate.ceiling_usd > plain.ceiling_usd


def test_a_bulk_record_is_not_expected_to_be_cached():
    price = PriceBook().get_price(MODEL, Delivery.BATCH)
    seen = Experience(
        calls=1, estimated_tokens=100, input_tokens=10, cache_read_tokens=90, cache_write_tokens=0, output_tokens=10
    )
    estimate = estimate_call(build_request(), price, seen)
    usage = TokenUsage(input_tokens=estimate.prompt_tokens, output_tokens=10)
    assert estimate.expected_usd == compute_cost(usage, price)


@pytest.mark.parametrize(
    ("amount", "spent", "setting"),
    [
        ("1.000001", Spent(), "PER_CALL"),
        ("0.5", Spent(run=Decimal("1.51")), "PER_RUN"),
        ("0.5", Spent(day=Decimal("2.51")), "PER_DAY"),
        ("0.5", Spent(month=Decimal("3.51")), "PER_MONTH"),
    ],
)
def test_each_limit_refuses_by_its_name(amount, spent, setting):
    with pytest.raises(BudgetError, match=f"STEAMPULSE_BUDGET_USD_{setting}") as raised:
        check_budgets(build_request(), Decimal(amount), budgets=BUDGETS, spent=spent)
    assert not raised.value.retryable
    assert raised.value.appid == 10


def test_a_limit_may_be_used_up_to_the_last_cent():
    spent = Spent(run=Decimal(1), day=Decimal(2), month=Decimal(3))
    check_budgets(build_request(), Decimal(1), budgets=BUDGETS, spent=spent)


def test_what_is_left_is_never_negative():
    lines = {line.name: line for line in build_budget_lines(BUDGETS, Spent(day=Decimal(1), month=Decimal(9)))}
    assert (lines["day"].left_usd, lines["month"].left_usd) == (2, 0)
    assert lines["call"].used_usd is None


@given(st.integers(0, 200_000), st.integers(0, 200_000), st.integers(0, 200_000), st.integers(0, 100_000))
def test_more_tokens_never_cost_less(plain, read, written, output):
    def cost(extra):
        usage = TokenUsage(
            input_tokens=plain + extra, cache_read_tokens=read, cache_write_tokens=written, output_tokens=output
        )
        return compute_cost(usage, PRICE)

    assert Decimal(0) <= cost(0) <= cost(1)
