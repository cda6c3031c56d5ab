"""The model that keeps the books, in front of fakes: one bill for each request, whoever asks and whatever breaks."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from steampulse_dagster.errors import AnalystError, BudgetError, UnknownOutcomeError
from steampulse_dagster.models.llm import CallStatus, Delivery, StopKind
from steampulse_dagster.services import model_calls
from steampulse_dagster.services.ledger import spending_run
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.utils.db import execute
from tests.llm_fakes import WIDE, FakeModel, build_ledger, build_reply, build_request

pytestmark = pytest.mark.integration


def list_statuses(db, key="k1"):
    return [call.status for call in build_ledger(db).list_calls(key)]


async def test_a_repeat_is_answered_from_storage(db):
    model = FakeModel(build_reply("once"))
    first = await PaidModel(model, build_ledger(db)).answer(build_request())
    second = await PaidModel(model, build_ledger(db)).answer(build_request())
    assert first == second == build_reply("once")
    assert model.calls == ["k1"]


async def test_the_answer_is_stored_before_anybody_gets_it(db):
    answer = await PaidModel(FakeModel(build_reply("a\x00")), build_ledger(db)).answer(build_request())
    assert answer.text == "a"
    assert build_ledger(db).get_answer("k1") == answer


async def test_a_refusal_is_stored_and_not_paid_for_again(db):
    model = FakeModel(build_reply("", stop=StopKind.FILTERED))
    paid = PaidModel(model, build_ledger(db))
    assert (await paid.answer(build_request())).stop is StopKind.FILTERED
    assert (await paid.answer(build_request())).stop is StopKind.FILTERED
    assert model.calls == ["k1"]


async def test_callers_of_one_process_who_ask_the_same_share_one_call(db):
    gate = asyncio.Event()
    model = FakeModel(build_reply("shared"), gate=gate)
    paid = PaidModel(model, build_ledger(db))
    askers = [asyncio.create_task(paid.answer(build_request())) for _ in range(20)]
    await model.entered.wait()
    gate.set()
    assert {(await asker).text for asker in askers} == {"shared"}
    assert model.calls == ["k1"]
    assert list_statuses(db) == [CallStatus.ANSWERED]


async def test_callers_of_two_processes_share_one_call(db, monkeypatch):
    monkeypatch.setattr(model_calls, "FIRST_LOOK_SECONDS", 0.01)
    gate = asyncio.Event()
    models = [FakeModel(build_reply("shared"), gate=gate), FakeModel(build_reply("shared"), gate=gate)]
    askers = [asyncio.create_task(PaidModel(model, build_ledger(db)).answer(build_request())) for model in models]
    first = [asyncio.create_task(model.entered.wait()) for model in models]
    _, late = await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    assert [(await asker).text for asker in askers] == ["shared", "shared"]
    assert [call for model in models for call in model.calls] == ["k1"]
    for waiting in late:
        waiting.cancel()


async def test_the_call_of_a_dead_process_is_taken_over(db, monkeypatch):
    monkeypatch.setattr(model_calls, "FIRST_LOOK_SECONDS", 0.01)
    build_ledger(db).claim(build_request(), run_id="dead")
    model = FakeModel(build_reply("heir"))
    asker = asyncio.create_task(PaidModel(model, build_ledger(db)).answer(build_request()))
    await asyncio.sleep(0)
    assert not model.calls
    with db.transaction() as conn:
        execute(conn, "update llm_calls set lease_until = now() - interval '1 second'")
    assert (await asker).text == "heir"
    assert list_statuses(db) == [CallStatus.UNKNOWN, CallStatus.ANSWERED]


async def test_a_failure_is_noted_at_no_cost_and_told_to_everybody_who_waits(db):
    gate = asyncio.Event()
    model = FakeModel(AnalystError("throttled", retryable=True), gate=gate)
    paid = PaidModel(model, build_ledger(db))
    askers = [asyncio.create_task(paid.answer(build_request())) for _ in range(2)]
    await model.entered.wait()
    gate.set()
    for asker in askers:
        with pytest.raises(AnalystError, match="throttled"):
            await asker
    (call,) = build_ledger(db).list_calls("k1")
    assert (call.status, call.cost_usd, call.error) == (CallStatus.FAILED, 0, "throttled")


async def test_a_lost_answer_is_asked_for_once_more_with_money_of_its_own(db):
    model = FakeModel(UnknownOutcomeError("time-out"), build_reply("second"))
    assert (await PaidModel(model, build_ledger(db)).answer(build_request())).text == "second"
    assert list_statuses(db) == [CallStatus.UNKNOWN, CallStatus.ANSWERED]


async def test_two_lost_answers_are_an_error_and_both_count_as_spent(db):
    model = FakeModel(UnknownOutcomeError("time-out"))
    with pytest.raises(UnknownOutcomeError):
        await PaidModel(model, build_ledger(db)).answer(build_request())
    assert list_statuses(db) == [CallStatus.UNKNOWN, CallStatus.UNKNOWN]


async def test_a_lost_answer_that_leaves_no_budget_is_not_asked_for_again(db):
    ceiling = build_ledger(db).estimate(build_request()).ceiling_usd
    ledger = build_ledger(db, WIDE.model_copy(update={"per_run": ceiling * Decimal("1.5")}))
    model = FakeModel(UnknownOutcomeError("time-out"))
    with pytest.raises(BudgetError):
        await PaidModel(model, ledger).answer(build_request())
    assert model.calls == ["k1"]


async def test_a_bug_in_a_client_counts_as_spent(db):
    with pytest.raises(ZeroDivisionError):
        await PaidModel(FakeModel(ZeroDivisionError()), build_ledger(db)).answer(build_request())
    assert list_statuses(db) == [CallStatus.UNKNOWN]


async def test_a_caller_who_leaves_does_not_stop_the_call_nor_the_other_callers(db):
    gate = asyncio.Event()
    model = FakeModel(build_reply("kept"), gate=gate)
    paid = PaidModel(model, build_ledger(db))
    leaver, stayer = (asyncio.create_task(paid.answer(build_request())) for _ in range(2))
    await model.entered.wait()
    leaver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaver
    gate.set()
    assert (await stayer).text == "kept"


async def test_a_call_whose_callers_all_left_is_stored_by_the_time_the_model_is_closed(db):
    gate = asyncio.Event()
    model = FakeModel(build_reply("kept"), gate=gate, finishes=True)
    paid = PaidModel(model, build_ledger(db))
    leaver = asyncio.create_task(paid.answer(build_request()))
    await model.entered.wait()
    leaver.cancel()
    asyncio.get_running_loop().call_later(0.05, gate.set)
    await paid.drain()
    assert build_ledger(db).get_answer("k1").text == "kept"


def test_a_program_that_is_stopped_midway_counts_the_call_as_spent(db):
    async def stop_midway():
        model = FakeModel(gate=asyncio.Event())
        asyncio.create_task(PaidModel(model, build_ledger(db)).answer(build_request()))  # noqa: RUF006
        await model.entered.wait()

    asyncio.run(stop_midway())
    assert list_statuses(db) == [CallStatus.UNKNOWN]


async def test_a_task_that_is_stopped_while_it_reserves_gives_the_money_back(db):
    model = FakeModel()
    paid = PaidModel(model, build_ledger(db))
    asker = asyncio.create_task(paid.answer(build_request()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    (inner,) = paid._open.values()
    inner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    assert model.calls == []
    assert list_statuses(db) == [CallStatus.FAILED]


async def test_a_long_call_keeps_its_reservation(db):
    gate = asyncio.Event()
    model = FakeModel(gate=gate)
    asker = asyncio.create_task(PaidModel(model, build_ledger(db), renew_seconds=0.01).answer(build_request()))
    await model.entered.wait()
    with db.transaction() as conn:
        execute(conn, "update llm_calls set lease_until = now() + interval '1 second'")
    while not await asyncio.to_thread(lease_is_long, db):  # noqa: ASYNC110 - the event is a row of the database
        await asyncio.sleep(0.01)
    gate.set()
    await asker
    assert list_statuses(db) == [CallStatus.ANSWERED]


def lease_is_long(db):
    with db.transaction() as conn:
        return execute(conn, "update llm_calls set status = status where lease_until > now() + interval '30 s'") == 1


async def test_a_request_that_sits_in_a_bulk_job_is_not_waited_for(db):
    lease = timedelta(hours=30)
    build_ledger(db).claim_many([build_request()], run_id="bulk", delivery=Delivery.BATCH, lease=lease)
    model = FakeModel()
    with pytest.raises(AnalystError, match="bulk job") as raised:
        await PaidModel(model, build_ledger(db)).answer(build_request())
    assert raised.value.retryable
    assert model.calls == []


async def test_calls_count_against_the_run_that_they_are_made_in(db):
    paid = PaidModel(FakeModel(), build_ledger(db))
    with spending_run("dagster-run"):
        await asyncio.create_task(paid.answer(build_request("in")))
    await paid.answer(build_request("out"))
    (inside,), (outside,) = (build_ledger(db).list_calls(key) for key in ("in", "out"))
    assert inside.run_id == "dagster-run"
    assert outside.run_id.startswith("process-")
