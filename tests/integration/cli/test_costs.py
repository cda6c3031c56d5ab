"""`steampulse costs` as a person uses it."""

import json
from decimal import Decimal

import pytest

from steampulse_dagster.embedded.supervisor import acquire
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.utils.db import Database
from tests.llm_fakes import MODEL, build_ledger, build_reply, build_request

pytestmark = pytest.mark.integration


def spend(data_dir):
    with acquire(data_dir) as lease:
        migrate(lease.url("steampulse"))
        database = Database(lease.url("steampulse"))
        ledger = build_ledger(database)
        ledger.settle(ledger.claim(build_request("paid"), run_id="r"), build_reply())
        ledger.fail(ledger.claim(build_request("lost"), run_id="r"), error="time-out", outcome_unknown=True)
        database.close()


def test_costs_are_told_before_and_after_a_model_was_paid(run_steampulse, data_dir):
    nothing = run_steampulse("costs", check=0).stdout
    assert "No model was paid for" in nothing
    assert "STEAMPULSE_BUDGET_USD_PER_DAY" in nothing

    spend(data_dir)
    table = run_steampulse("costs", "--by", "model", check=0).stdout
    assert MODEL in table
    report = json.loads(run_steampulse("costs", "--by", "game", "--json", check=0).stdout)
    (line,) = report["lines"]
    assert (line["key"], line["calls"]) == ("10", 2)
    assert Decimal(line["unknown_usd"]) > 0
    assert Decimal(line["spent_usd"]) + Decimal(line["unknown_usd"]) == Decimal(line["counted_usd"])
    day = {budget["name"]: budget for budget in report["budgets"]}["day"]
    assert Decimal(day["used_usd"]) == Decimal(line["counted_usd"])


def test_a_limit_that_is_no_amount_of_money_is_refused_by_name(run_steampulse):
    for amount in ("much", "-1", "nan", "inf"):
        done = run_steampulse("costs", STEAMPULSE_BUDGET_USD_PER_DAY=amount, check=1)
        assert "STEAMPULSE_BUDGET_USD_PER_DAY" in done.stderr


def test_an_unusable_price_file_is_named(run_steampulse, tmp_path):
    (tmp_path / "prices.toml").write_text("[prices.m]\ninput_usd = 1\n")
    done = run_steampulse("costs", STEAMPULSE_PRICES_FILE="prices.toml", check=1)
    assert "prices.toml" in done.stderr
    assert "output_usd" in done.stderr
