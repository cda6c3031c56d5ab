"""The ledger on a real database: reservations, limits, sums, and death at any statement."""

import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg2
import pytest

from steampulse_dagster.errors import BudgetError, ConfigError, DatabaseError
from steampulse_dagster.models.costs import CostGroup, HeldElsewhere, Reservation
from steampulse_dagster.models.llm import CallStatus, Delivery, ModelReply, Purpose, StopKind, TokenUsage
from steampulse_dagster.repositories.llm_calls import LlmCallRepository
from steampulse_dagster.services.call_costs import compute_cost
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database, execute, fetch_all, fetch_one
from tests.llm_fakes import MODEL, WIDE, build_ledger, build_reply, build_request

pytestmark = pytest.mark.integration

fork = multiprocessing.get_context("fork")


def run_sql(db, sql, **params):
    with db.transaction() as conn:
        return execute(conn, sql, params)


def list_spend(db):
    with db.connection() as conn:
        rows = fetch_all(conn, "select scope, key, spent_usd from llm_spend")
    return {(row["scope"], row["key"]): row["spent_usd"] for row in rows if row["spent_usd"]}


def add_up(db):
    """The same sums from the calls themselves."""
    with db.connection() as conn:
        rows = fetch_all(conn, "select created_at, run_id, counted_usd from llm_calls")
    sums = {}
    for row in rows:
        day = row["created_at"].astimezone(UTC)
        for key in (("day", f"{day:%Y-%m-%d}"), ("month", f"{day:%Y-%m}"), ("run", row["run_id"])):
            sums[key] = sums.get(key, Decimal(0)) + row["counted_usd"]
    return {key: amount for key, amount in sums.items() if amount}


def expire_leases(db):
    run_sql(db, "update llm_calls set lease_until = now() - interval '1 second' where status = 'reserved'")


def test_what_a_game_cost_is_told_for_one_run_and_at_all(db):
    ledger = build_ledger(db)
    for key, run_id in (("k1", "first"), ("k2", "second")):
        ledger.settle(ledger.claim(build_request(key), run_id=run_id), build_reply())
    (first,), (second,) = ledger.list_calls("k1"), ledger.list_calls("k2")

    cost = ledger.get_game_cost(build_request().appid, run_id="second")

    assert cost.run == second.cost_usd > 0
    assert cost.total == first.cost_usd + second.cost_usd
    assert ledger.get_game_cost(1, run_id="second").total == 0


def test_an_answer_is_stored_with_its_cost_and_costs_nothing_again(db):
    ledger = build_ledger(db)
    reservation = ledger.claim(build_request(), run_id="r")
    assert isinstance(reservation, Reservation)
    reply = build_reply("an answer", usage=TokenUsage(input_tokens=1, output_tokens=2, cache_read_tokens=3))
    assert ledger.settle(reservation, reply) == reply
    assert ledger.claim(build_request(), run_id="other") == reply
    (call,) = ledger.list_calls("k1")
    assert call.status is CallStatus.ANSWERED
    assert call.cost_usd == compute_cost(reply.usage, reservation.price)
    assert (call.reply, call.usage, call.latency_ms, call.run_id) == (reply, reply.usage, 12, "r")
    assert call.price == reservation.price
    assert list_spend(db) == add_up(db)
    assert list_spend(db)["run", "r"] == call.cost_usd


@pytest.mark.parametrize("stop", [StopKind.TRUNCATED, StopKind.FILTERED, StopKind.UNUSABLE])
def test_an_answer_that_ended_badly_is_paid_and_stored_like_any_other(db, stop):
    ledger = build_ledger(db)
    ledger.settle(ledger.claim(build_request(), run_id="r"), build_reply("", stop=stop))
    stored = ledger.claim(build_request(), run_id="r")
    assert isinstance(stored, ModelReply)
    assert stored.stop is stop
    assert list_spend(db)["run", "r"] > 0


def test_characters_that_no_database_stores_are_left_out_of_the_answer(db):
    ledger = build_ledger(db)
    kept = ledger.settle(ledger.claim(build_request(), run_id="r"), build_reply("a\x00b\ud800c 🎮"))
    assert kept.text == "abc 🎮"
    assert ledger.get_answer("k1") == kept


def test_a_request_under_way_is_not_reserved_twice(db):
    ledger = build_ledger(db)
    ledger.claim(build_request(), run_id="r")
    assert ledger.claim(build_request(), run_id="r") == HeldElsewhere(delivery=Delivery.REAL_TIME)


def test_a_failed_call_costs_nothing_and_may_be_made_again(db):
    ledger = build_ledger(db)
    ledger.fail(ledger.claim(build_request(), run_id="r"), error="throttled \x00", outcome_unknown=False)
    assert list_spend(db) == {}
    again = ledger.claim(build_request(), run_id="r")
    ledger.settle(again, build_reply())
    first, second = ledger.list_calls("k1")
    assert (first.status, first.error, first.cost_usd) == (CallStatus.FAILED, "throttled ", 0)
    assert (second.status, second.attempts) == (CallStatus.ANSWERED, 2)


def test_a_call_of_unknown_outcome_counts_as_spent_and_is_shown(db):
    ledger = build_ledger(db)
    reservation = ledger.claim(build_request(), run_id="r")
    ledger.fail(reservation, error="read time-out", outcome_unknown=True)
    assert list_spend(db)["run", "r"] == reservation.reserved_usd
    report = ledger.report_costs(CostGroup.RUN)
    assert report.lines[0].unknown_usd == reservation.reserved_usd == report.total.counted_usd
    assert isinstance(ledger.claim(build_request(), run_id="r"), Reservation)


def test_the_reservation_of_a_dead_process_becomes_unknown_and_another_takes_over(db):
    ledger = build_ledger(db)
    dead = ledger.claim(build_request(), run_id="r")
    expire_leases(db)
    heir = ledger.claim(build_request(), run_id="r")
    assert isinstance(heir, Reservation)
    assert [call.status for call in ledger.list_calls("k1")] == [CallStatus.UNKNOWN, CallStatus.RESERVED]
    assert list_spend(db)["run", "r"] == dead.reserved_usd + heir.reserved_usd


def test_a_renewed_reservation_does_not_run_out(db):
    ledger = build_ledger(db)
    reservation = ledger.claim(build_request(), run_id="r")
    expire_leases(db)
    ledger.renew([reservation.call_id])
    assert isinstance(ledger.claim(build_request(), run_id="r"), HeldElsewhere)


def test_an_answer_that_comes_after_the_reservation_ran_out_is_kept_at_its_real_cost(db):
    ledger = build_ledger(db)
    late = ledger.claim(build_request(), run_id="r")
    expire_leases(db)
    ledger.report_costs(CostGroup.DAY)
    ledger.settle(late, build_reply("late"))
    assert ledger.get_answer("k1").text == "late"
    assert list_spend(db)["run", "r"] == compute_cost(build_reply().usage, late.price)


def test_an_answer_that_comes_after_another_took_over_is_paid_but_does_not_replace(db):
    ledger = build_ledger(db)
    late = ledger.claim(build_request(), run_id="r")
    expire_leases(db)
    heir = ledger.claim(build_request(), run_id="r")
    ledger.settle(late, build_reply("late"))
    ledger.settle(heir, build_reply("heir"))
    assert ledger.get_answer("k1").text == "heir"
    assert [call.status for call in ledger.list_calls("k1")] == [CallStatus.FAILED, CallStatus.ANSWERED]
    assert list_spend(db)["run", "r"] == 2 * compute_cost(build_reply().usage, heir.price)


def test_settling_twice_changes_nothing(db):
    ledger = build_ledger(db)
    reservation = ledger.claim(build_request(), run_id="r")
    ledger.settle(reservation, build_reply("first"))
    ledger.settle(reservation, build_reply("second", usage=TokenUsage(input_tokens=9999)))
    ledger.fail(reservation, error="no", outcome_unknown=True)
    assert ledger.get_answer("k1").text == "first"
    assert list_spend(db) == add_up(db)


def test_yesterday_does_not_count_against_today_and_last_month_not_against_this(db):
    ledger = build_ledger(db)
    reservation = ledger.claim(build_request(), run_id="r")
    run_sql(db, "update llm_calls set created_at = created_at - interval '40 days'")
    now = utc_now()
    assert {scope for scope, _ in list_spend(db)} == {"day", "month", "run"}
    assert ("day", f"{now:%Y-%m-%d}") not in list_spend(db)
    assert list_spend(db) == add_up(db)
    used = {line.name: line.used_usd for line in ledger.report_costs(CostGroup.DAY).budgets}
    assert (used["day"], used["month"]) == (0, 0)
    limits = WIDE.model_copy(update={"per_day": reservation.reserved_usd, "per_month": reservation.reserved_usd})
    assert isinstance(build_ledger(db, limits).claim(build_request("k2"), run_id="r2"), Reservation)


@pytest.mark.parametrize("limit", ["per_call", "per_run", "per_day", "per_month"])
def test_a_limit_that_is_reached_refuses_and_reserves_nothing(db, limit):
    ceiling = build_ledger(db).estimate(build_request()).ceiling_usd
    room = Decimal("0.99") if limit == "per_call" else Decimal("2.99")
    ledger = build_ledger(db, WIDE.model_copy(update={limit: ceiling * room}))
    if limit != "per_call":
        ledger.claim(build_request("a"), run_id="r")
        ledger.claim(build_request("b"), run_id="r")
    before = list_spend(db)
    with pytest.raises(BudgetError, match=f"STEAMPULSE_BUDGET_USD_{limit.upper()}"):
        ledger.claim(build_request("c"), run_id="r")
    assert list_spend(db) == before
    assert ledger.list_calls("c") == ()


def test_a_model_without_a_price_is_refused_before_anything_is_reserved(db):
    with pytest.raises(ConfigError, match="unheard-of"):
        build_ledger(db).claim(build_request(model="unheard-of"), run_id="r")
    assert add_up(db) == {}


def claim_in_process(url, number, limits):
    database = Database(url, pool_size=4)
    ledger = build_ledger(database, limits)

    def claim(index):
        try:
            reservation = ledger.claim(build_request(f"{number}-{index}"), run_id="r")
        except BudgetError:
            return
        if index % 3 == 0:
            ledger.settle(reservation, build_reply())
        elif index % 3 == 1:
            ledger.fail(reservation, error="lost", outcome_unknown=True)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(claim, range(25)))
    database.close()


def test_many_processes_and_threads_together_never_exceed_a_limit(db, database_url):
    ceiling = build_ledger(db).estimate(build_request()).ceiling_usd
    limits = WIDE.model_copy(update={"per_day": ceiling * Decimal("20.5")})
    workers = [fork.Process(target=claim_in_process, args=(database_url, n, limits)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    today = list_spend(db)["day", f"{utc_now():%Y-%m-%d}"]
    assert today <= limits.per_day
    assert today > limits.per_day - ceiling, "and the limit was used"
    assert list_spend(db) == add_up(db)


def test_one_request_wanted_by_many_threads_is_reserved_once(db):
    ledger = build_ledger(db)
    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda _: ledger.claim(build_request(), run_id="r"), range(24)))
    assert sum(isinstance(claim, Reservation) for claim in claims) == 1
    assert sum(isinstance(claim, HeldElsewhere) for claim in claims) == 23


def test_a_bulk_job_reserves_all_of_its_records_or_none(db):
    ledger = build_ledger(db)
    ledger.settle(ledger.claim(build_request("done"), run_id="r"), build_reply())
    requests = [build_request(key) for key in ("done", "a", "b", "a")]
    each = ledger.estimate(build_request("a"), delivery=Delivery.BATCH).ceiling_usd
    bulk = {"run_id": "bulk", "delivery": Delivery.BATCH, "lease": timedelta(hours=30)}
    poor = build_ledger(db, WIDE.model_copy(update={"per_run": each * Decimal("1.5")}))
    with pytest.raises(BudgetError):
        poor.claim_many(requests, **bulk)
    assert ("run", "bulk") not in list_spend(db)
    reservations = ledger.claim_many(requests, **bulk)
    assert [one.request_key for one in reservations] == ["a", "b"]
    assert len({one.call_id for one in reservations}) == 2
    assert list_spend(db)["run", "bulk"] == 2 * each
    assert ledger.claim_many(requests, **bulk) == ()
    assert ledger.claim(build_request("a"), run_id="r") == HeldElsewhere(delivery=Delivery.BATCH)
    assert ledger.list_reservations([one.call_id for one in reservations]).keys() == {
        one.call_id for one in reservations
    }
    ledger.settle(reservations[1], build_reply("bulk"))
    assert ledger.get_answer("b").text == "bulk"
    assert ledger.list_calls("b")[0].cost_usd == compute_cost(build_reply().usage, reservations[1].price)
    assert list_spend(db) == add_up(db)


def test_a_plan_counts_stored_answers_as_free_and_learns_from_what_was_used(db):
    clock = [0.0]
    ledger = build_ledger(db, monotonic=lambda: clock[0])
    requests = [build_request(f"k{n}") for n in range(10)]
    first = ledger.plan([*requests, requests[0]])
    assert (first.calls, first.stored) == (10, 0)
    usage = TokenUsage(input_tokens=900, output_tokens=70)
    reservations = [ledger.claim(request, run_id="r") for request in requests]
    price = reservations[0].price
    for reservation in reservations:
        ledger.settle(reservation, build_reply(usage=usage))
    assert ledger.plan(requests).expected_usd == 0
    clock[0] = 3600.0
    planned = ledger.plan([build_request(f"n{n}") for n in range(100)])
    really = 100 * compute_cost(usage, price)
    assert abs(planned.expected_usd - really) < really / 100
    assert planned.ceiling_usd > really


def test_a_model_not_seen_yet_is_planned_by_what_others_answered_to_the_same_question(db):
    ledger = build_ledger(db)
    usage = TokenUsage(input_tokens=10, cache_read_tokens=900, output_tokens=70)
    ledger.settle(ledger.claim(build_request("seen"), run_id="r"), build_reply(usage=usage))
    other = ledger.estimate(build_request("new", model="us.anthropic.claude-sonnet-5-5"))
    assert other.expected.output_tokens == 70
    assert (other.expected.cache_read_tokens, other.expected.cache_write_tokens) == (0, 0)
    assert other.expected.input_tokens > 0


def test_costs_are_listed_by_day_model_game_and_run(db):
    ledger = build_ledger(db)
    for key, appid, run in (("a", 10, "r1"), ("b", 20, "r1"), ("c", 20, "r2")):
        ledger.settle(ledger.claim(build_request(key, appid=appid), run_id=run), build_reply())
    open_call = ledger.claim(build_request("d", purpose=Purpose.SYNTHESIZE), run_id="r2")
    keys = {by: [line.key for line in ledger.report_costs(by).lines] for by in CostGroup}
    assert keys[CostGroup.MODEL] == [MODEL]
    assert sorted(keys[CostGroup.GAME]) == ["10", "20"]
    assert sorted(keys[CostGroup.RUN]) == ["r1", "r2"]
    assert keys[CostGroup.DAY] == [f"{utc_now():%Y-%m-%d}"]
    report = ledger.report_costs(CostGroup.RUN)
    assert report.total.calls == 4
    assert report.total.reserved_usd == open_call.reserved_usd
    for line in (*report.lines, report.total):
        assert line.spent_usd + line.reserved_usd + line.unknown_usd == line.counted_usd
    assert sum(line.counted_usd for line in report.lines) == report.total.counted_usd
    day = {line.name: line for line in report.budgets}["day"]
    assert day.used_usd == report.total.counted_usd
    assert day.left_usd == WIDE.per_day - day.used_usd


def test_costs_of_some_days_only(db):
    ledger = build_ledger(db)
    ledger.settle(ledger.claim(build_request("old"), run_id="r"), build_reply())
    moment = datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC)
    run_sql(db, "update llm_calls set created_at = %(moment)s", moment=moment)
    ledger.settle(ledger.claim(build_request("new"), run_id="r"), build_reply())
    first = date(2026, 11, 1)
    assert ledger.report_costs(CostGroup.DAY, since=first, until=first).total.calls == 1
    assert ledger.report_costs(CostGroup.DAY, since=first + timedelta(days=1)).total.calls == 1
    empty = ledger.report_costs(CostGroup.GAME, since=first - timedelta(days=9), until=first - timedelta(days=1))
    assert (empty.lines, empty.total.counted_usd) == ((), 0)


def test_rows_that_somebody_deletes_or_mends_by_hand_leave_the_sums_true(db):
    ledger = build_ledger(db)
    for key in "abc":
        ledger.settle(ledger.claim(build_request(key), run_id="r"), build_reply())
    run_sql(db, "update llm_calls set cost_usd = 7, run_id = 'other' where request_key = 'a'")
    run_sql(db, "delete from llm_calls where request_key = 'b'")
    assert list_spend(db) == add_up(db)


def die_at(statement):
    """Kill this very process before its n-th word to the database (statements and commits alike)."""
    seen = [0]

    def count():
        seen[0] += 1
        if seen[0] == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    class Dying(psycopg2.extensions.connection):
        def cursor(self, *args, **kwargs):
            count()
            return super().cursor(*args, **kwargs)

        def commit(self):
            count()
            return super().commit()

    return Dying, count


def pay_and_die(url, statement, log):
    """Claim, "call the model" (a line in `log` is what it bills), settle, and die somewhere in between."""
    dying, count = die_at(statement)
    connect = psycopg2.connect
    psycopg2.connect = lambda *args, **kwargs: connect(*args, connection_factory=dying, **kwargs)
    database = Database(url, pool_size=1)
    ledger = build_ledger(database)
    claim = ledger.claim(build_request(), run_id="r")
    if isinstance(claim, Reservation):
        os.write(log, b"billed\n")
        count()
        ledger.settle(claim, build_reply("received"))
        count()
        os.write(log, b"stored\n")
    os._exit(0)


def test_death_before_any_statement_pays_no_stored_answer_again_and_loses_no_cost(db, database_url, tmp_path):
    outcomes = []
    statement = 0
    while not outcomes or outcomes[-1] != 0:
        statement += 1
        run_sql(db, "delete from llm_calls")
        log_path = tmp_path / f"billed-{statement}"
        log = os.open(log_path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        first = fork.Process(target=pay_and_die, args=(database_url, statement, log))
        first.start()
        first.join(60)
        outcomes.append(first.exitcode)
        stored = build_ledger(db).get_answer("k1") is not None
        billed = log_path.read_text().count("billed")
        expire_leases(db)
        again = fork.Process(target=pay_and_die, args=(database_url, 10_000, log))
        again.start()
        again.join(60)
        os.close(log)
        billed_in_all = log_path.read_text().count("billed")
        assert again.exitcode == 0
        assert billed_in_all - billed == (0 if stored else 1), f"statement {statement}"
        each = compute_cost(build_reply().usage, build_ledger(db).estimate(build_request()).price)
        assert list_spend(db) == add_up(db)
        assert list_spend(db)["run", "r"] >= billed_in_all * each, f"statement {statement}"
        assert build_ledger(db).get_answer("k1").text == "received"
    assert outcomes.count(-signal.SIGKILL) == len(outcomes) - 1 >= 10


def test_an_answer_waits_for_the_database_to_come_back(db, monkeypatch):
    ledger = build_ledger(db)
    reservation = ledger.claim(build_request(), run_id="r")
    failures = [DatabaseError("away", retryable=True), DatabaseError("away", retryable=True)]
    opened = db.transaction

    def transaction():
        if failures:
            raise failures.pop()
        return opened()

    monkeypatch.setattr(db, "transaction", transaction)
    ledger.settle(reservation, build_reply("kept"))
    assert ledger.get_answer("k1").text == "kept"


def test_a_process_that_freezes_with_the_lock_does_not_stop_the_others(db):
    with db.transaction() as conn:
        LlmCallRepository(conn).lock()
        row = fetch_one(conn, "select current_setting('idle_in_transaction_session_timeout') as value")
    assert row == {"value": "10s"}
