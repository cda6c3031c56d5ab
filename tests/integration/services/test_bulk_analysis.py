"""Games analysed by bulk jobs, over HTTP against the simulated Bedrock and its files."""

import asyncio
import json
from decimal import Decimal

import pytest

from steampulse_dagster.errors import AnalystError, BudgetError
from steampulse_dagster.models.analysis_jobs import AnalysisReason, AnalysisState
from steampulse_dagster.models.batches import BatchJob, GameState, JobStatus
from steampulse_dagster.models.llm import Delivery
from steampulse_dagster.utils.db import execute, fetch_all
from tests.analysis_fakes import build_review, store_reviews
from tests.bulk_world import BulkWorld, bulk_world, limit, store_games
from tests.helpers import at_once
from tests.llm_fakes import WIDE, build_ledger

pytestmark = pytest.mark.integration


@pytest.fixture
def world(db, tmp_path):
    with bulk_world(db, tmp_path) as made:
        yield made


def second_process(world):
    """Another process on the same database and service."""
    return BulkWorld(db=world.db, url=world.url, folder=world.folder, simulator=world.simulator, limits=world.limits)


async def test_many_games_share_one_job_and_end_with_their_reports(world):
    appids = store_games(world.db, games=4, chunks=2)

    steps = await world.run(*appids)

    assert {step.state for step in steps} == {GameState.DONE}
    assert world.list_reports().keys() == set(appids)
    assert [job.tally.total for job in world.remote] == [8, 4], "one job for each pass"
    assert world.count_calls() == {"answered": 12}, "none of them in real time"


async def test_reports_are_those_of_real_time_at_half_the_price(world, db, tmp_path):
    appids = store_games(db, games=3, chunks=1)
    await world.run(*appids)
    bulk, (spent,) = world.list_reports(), world.ledger.report_costs("day").lines
    with db.transaction() as conn:
        execute(conn, "truncate llm_calls, llm_batches, llm_batch_records, chunk_summaries, summary_nodes")
        execute(conn, "truncate llm_spend, analysis_jobs, reports cascade")

    await world.bulk.finish(appids, on_step=world.steps.append)

    (again,) = world.ledger.report_costs("day").lines
    assert world.list_reports() == bulk
    assert again.input_tokens + again.cache_read_tokens + again.cache_write_tokens == spent.input_tokens
    with db.connection() as conn:
        (prices,) = fetch_all(conn, "select distinct price->>'delivery' as delivery from llm_calls")
    assert prices["delivery"] == "real_time"
    assert again.spent_usd > spent.spent_usd


async def test_a_repeat_asks_and_pays_nothing(world):
    appids = store_games(world.db, games=3, chunks=1)
    await world.run(*appids)
    calls, jobs = world.count_calls(), len(world.remote)

    steps = await world.run(*appids)

    assert {step.state for step in steps} == {GameState.DONE}
    assert (world.count_calls(), len(world.remote)) == (calls, jobs)


async def test_too_few_requests_for_a_job_are_asked_in_real_time_and_the_outcome_says_so(world):
    world.limits = limit(100)
    appids = store_games(world.db, games=2, chunks=1)

    outcome = await world.submit(*appids)

    assert outcome.jobs == ()
    assert set(outcome.list_appids(GameState.TOO_FEW)) == set(appids)
    assert {step.state for step in await world.run(*appids)} == {GameState.DONE}
    assert world.remote == []
    assert world.count_calls(delivery="real_time") == {"answered": 4}


async def test_a_job_that_is_full_is_followed_by_another(world):
    world.limits = limit(2, maximum=3)
    appids = store_games(world.db, games=4, chunks=2)

    outcome = await world.submit(*appids)

    sizes = sorted(job.records for job in outcome.jobs)
    assert sum(sizes) == 8
    assert max(sizes) <= 8
    assert len(sizes) >= 2
    assert len({job.client_token for job in outcome.jobs}) == len(sizes)


async def test_a_model_that_takes_no_jobs_is_asked_in_real_time(world, monkeypatch):
    appids = store_games(world.db, games=3, chunks=1)
    found = world.bulk._get_capabilities("us.anthropic.claude-sonnet-5-5")
    plain = found.model_copy(update={"batch": False})
    bulk = world.bulk
    bulk._get_capabilities = lambda model: plain

    steps = await bulk.run(appids, poll_seconds=0.01, on_step=world.steps.append)

    assert {step.state for step in steps} == {GameState.DONE}
    assert world.remote == []


@pytest.mark.parametrize(
    ("rules", "script"),
    [
        ({"ends_as": "PartiallyCompleted", "share_done": 0.5}, ""),
        ({"ends_as": "Expired", "share_done": 0.4}, ""),
        ({"ends_as": "Expired", "share_done": 0.0}, ""),
        ({"ends_as": "Failed"}, ""),
        ({}, "record_error=0.4"),
        ({"numeric_error_codes": True}, "record_error=0.4"),
        ({}, "record_lost=0.4"),
        ({}, "record_garbled=0.4"),
        ({"ends_as": "PartiallyCompleted", "share_done": 0.6}, "record_error=0.2,record_lost=0.2,record_garbled=0.2"),
    ],
)
async def test_records_without_an_answer_alone_go_round_again(world, rules, script):
    appids = store_games(world.db, games=4, chunks=2)
    world.rule(**rules)
    world.script(script)
    await world.submit(*appids)
    (outcome,) = await world.collect_all()
    first = world.count_calls()

    assert outcome.answered + outcome.failed + outcome.missing == 8
    assert first == {
        status: count
        for status, count in (("answered", outcome.answered), ("failed", outcome.failed + outcome.missing))
        if count
    }
    assert world.ledger.report_costs("day").total.reserved_usd == 0
    world.script("")
    world.rule(ends_as="Completed")
    await world.submit(*appids)
    if len(world.remote) > 1:
        assert world.remote[1].tally.total <= 8 - outcome.answered + len(appids)
    assert {step.state for step in await world.run(*appids)} == {GameState.DONE}
    assert world.count_calls()["answered"] == 12
    assert "unknown" not in world.count_calls()


async def test_what_jobs_cannot_answer_twice_is_asked_in_real_time(world):
    world.rule(ends_as="Failed")
    appids = store_games(world.db, games=3, chunks=1)

    steps = await world.run(*appids)

    assert {step.state for step in steps} == {GameState.DONE}
    assert [job.status for job in world.remote] == ["Failed"] * 4, "two jobs for each pass"
    assert world.count_calls(delivery="batch") == {"failed": 12}
    assert world.count_calls(delivery="real_time") == {"answered": 6}


async def test_an_answer_that_cannot_be_used_is_mended_in_real_time(world):
    appids = store_games(world.db, games=3, chunks=1)
    await world.submit(*appids)
    await world.collect_all()
    with world.db.transaction() as conn:
        spoil = "update llm_calls set reply = 'No JSON at all' where call_id = (select min(call_id) from llm_calls)"
        execute(conn, spoil)

    steps = await world.run(*appids)

    assert {step.state for step in steps} == {GameState.DONE}
    assert world.count_calls(delivery="real_time") == {"answered": 1}


async def test_a_stopped_job_keeps_what_it_did_and_the_rest_is_resumed(world):
    world.rule(hold_at="InProgress", share_done=0.5)
    appids = store_games(world.db, games=4, chunks=2)
    outcome = await world.submit(*appids)
    (job,) = await world.jobs.watch()
    while job.status is not JobStatus.IN_PROGRESS:
        (job,) = await world.jobs.watch()

    await world.jobs.stop(outcome.jobs[0].batch_id)
    (collected,) = await world.collect_all()

    assert collected.status is JobStatus.STOPPED
    assert (collected.answered, collected.missing) == (4, 4)
    world.rule(hold_at=None)
    assert {step.state for step in await world.run(*appids)} == {GameState.DONE}
    assert world.count_calls()["answered"] == 12


async def test_a_job_waits_as_intended_while_no_place_is_free(world):
    world.rule(open_jobs=1, hold_at="InProgress")
    appids = store_games(world.db, games=6, chunks=1)
    await world.submit(*appids[:3])
    outcome = await world.submit(*appids[3:])

    assert [job.status for job in outcome.jobs] == [JobStatus.INTENDED]
    assert "quota" in outcome.jobs[0].error
    assert [job.status for job in (await world.jobs.watch())[1:]] == [JobStatus.INTENDED]
    assert len(world.remote) == 1
    world.rule(open_jobs=1, hold_at=None)
    world.simulator.jobs.release()
    assert {step.state for step in await world.run(*appids)} == {GameState.DONE}


async def test_a_job_that_never_reached_the_service_can_be_stopped(world):
    world.rule(open_jobs=0)
    appids = store_games(world.db, games=3, chunks=1)
    outcome = await world.submit(*appids)

    job = await world.jobs.stop(outcome.jobs[0].batch_id)

    assert (job.status, job.collected_at is not None) == (JobStatus.STOPPED, True)
    assert world.ledger.report_costs("day").total.counted_usd == 0
    world.rule(open_jobs=5)
    again = await world.submit(*appids)
    assert again.jobs[0].digest == job.digest
    assert again.jobs[0].client_token != job.client_token, "with the old token the service would give the old job"


@pytest.mark.parametrize("script", ["control_dropped=1.0*1", "control_internal=1.0*1", "control_throttled=1.0*1"])
async def test_a_submit_whose_answer_was_lost_is_found_again(world, script):
    appids = store_games(world.db, games=3, chunks=1)
    world.script(script)
    with pytest.raises(AnalystError) as caught:
        await world.submit(*appids)
    assert caught.value.retryable
    world.script("")

    assert {step.state for step in await world.run(*appids)} == {GameState.DONE}
    assert len(world.remote) == 2
    assert world.count_calls() == {"answered": 6}


async def test_an_orphan_is_adopted_by_its_name(world):
    appids = store_games(world.db, games=3, chunks=1)
    outcome = await world.submit(*appids)
    with world.db.transaction() as conn:
        execute(conn, "update llm_batches set job_arn = null, status = 'Intended'")

    (job,) = await second_process(world).jobs.watch()

    assert job.job_arn == outcome.jobs[0].job_arn
    assert len(world.remote) == 1


async def test_two_processes_that_submit_at_once_make_each_job_once(world):
    appids = store_games(world.db, games=6, chunks=2)

    outcomes = await at_once(world.submit(*appids), second_process(world).submit(*appids))

    jobs = [job for outcome in outcomes for job in outcome.jobs]
    assert sum(job.tally.total for job in world.remote) <= 12
    assert len(world.remote) == len(jobs)
    assert sum(job.records for job in jobs) + 0 == world.count_calls()["reserved"] + world.count_calls().get(
        "answered", 0
    )
    await at_once(world.collect_all(), second_process(world).collect_all())
    assert {step.state for step in await world.run(*appids)} == {GameState.DONE}
    assert world.count_calls()["answered"] == 18


async def test_two_processes_that_collect_at_once_store_each_answer_once(world):
    appids = store_games(world.db, games=4, chunks=2)
    await world.submit(*appids)
    job = (await world.jobs.watch())[0]
    while not job.status.ended:
        (job,) = await world.jobs.watch()

    outcomes = await at_once(*(asyncio.to_thread(one.results.collect, job) for one in (world, second_process(world))))

    assert sum(outcome.answered for outcome in outcomes) == 8
    assert world.count_calls() == {"answered": 8}


async def test_a_job_whose_output_cannot_be_found_is_not_given_up(world):
    appids = store_games(world.db, games=3, chunks=1)
    await world.submit(*appids)
    job = (await world.jobs.watch())[0]
    while not job.status.ended:
        (job,) = await world.jobs.watch()
    for key in world.files.list_keys("out/"):
        world.files.delete(key)

    with pytest.raises(AnalystError, match=r"no records\.jsonl\.out below"):
        world.results.collect(job)

    assert world.count_calls() == {"reserved": 3}


async def test_a_limit_that_forbids_a_job_leaves_nothing_behind(world):
    appids = store_games(world.db, games=3, chunks=1)
    poor = second_process(world)
    poor.ledger = build_ledger(world.db, WIDE.model_copy(update={"per_run": Decimal("0.002")}))
    poor.jobs._ledger = poor.ledger

    with pytest.raises(BudgetError):
        await poor.submit(*appids)

    assert world.count_calls() == {}
    assert world.jobs.list_open() == ()
    assert world.remote == []


async def test_a_request_that_the_service_refuses_for_good_gives_its_money_back(world):
    world.rule(refused_models="haiku")
    appids = store_games(world.db, games=3, chunks=1)

    with pytest.raises(AnalystError, match="does not support batch"):
        await world.submit(*appids)

    assert world.count_calls() == {"failed": 3}
    assert world.jobs.list_open() == ()
    assert world.ledger.report_costs("day").total.counted_usd == 0


async def test_reservations_of_a_living_job_are_prolonged(world):
    world.rule(hold_at="InProgress")
    await world.submit(*store_games(world.db, games=3, chunks=1))
    with world.db.transaction() as conn:
        execute(conn, "update llm_batches set renewed_at = now() - interval '2 days'")
        execute(conn, "update llm_calls set lease_until = now() + interval '1 second'")

    await world.jobs.watch()

    with world.db.connection() as conn:
        (row,) = fetch_all(conn, "select min(lease_until) > now() + interval '10 days' as long from llm_calls")
    assert row["long"]


async def test_answers_of_a_job_that_nobody_watched_for_weeks_still_count(world):
    appids = store_games(world.db, games=3, chunks=1)
    await world.submit(*appids)
    with world.db.transaction() as conn:
        execute(conn, "update llm_calls set lease_until = now() - interval '1 second'")
    world.ledger.report_costs("day")
    assert world.count_calls() == {"unknown": 3}

    await world.collect_all()

    assert world.count_calls() == {"answered": 3}


async def test_each_re_analysis_has_a_row_with_its_reason_mode_and_cost(world):
    appid, *others = store_games(world.db, games=3, chunks=1)
    world.rule(hold_at="InProgress")
    await world.submit(appid, *others)
    (waiting, *_) = world.tracked.list_newest(appid=appid)
    assert (waiting.state, waiting.reason, waiting.mode) == (
        AnalysisState.WAITING_FOR_BATCH,
        AnalysisReason.FIRST,
        Delivery.BATCH,
    )
    world.rule(hold_at=None)
    world.simulator.jobs.release()
    await world.run(appid, *others)
    await world.run(appid, *others)
    (done,) = world.tracked.list_newest(appid=appid)
    assert done.state is AnalysisState.DONE
    assert done.cost_usd > 0
    store_reviews(world.db, [build_review(900, appid=appid)])

    await world.bulk.finish([appid], on_step=world.steps.append)

    newest, oldest = world.tracked.list_newest(appid=appid)
    assert oldest == done, "a run with nothing to do left no row"
    assert (newest.reason, newest.mode) == (AnalysisReason.NEW_REVIEWS, Delivery.REAL_TIME)
    assert newest.cost_usd < done.cost_usd * 3


async def test_a_failed_re_analysis_is_tried_again_on_its_row(world):
    (appid,) = store_games(world.db, games=1, chunks=1)
    world.script("denied=1.0")
    (step,) = await world.bulk.finish([appid], on_step=world.steps.append)
    (failed,) = world.tracked.list_newest()
    assert step.state is GameState.FAILED
    assert (failed.state, failed.error) == (AnalysisState.FAILED, step.error)
    world.script("")

    await world.bulk.finish([appid], on_step=world.steps.append)

    (done,) = world.tracked.list_newest()
    assert (done.job_id, done.state, done.error) == (failed.job_id, AnalysisState.DONE, None)


async def test_the_steps_are_told(world):
    appids = store_games(world.db, games=3, chunks=1)
    await world.run(*appids)
    told = [type(step).__name__ for step in world.steps]
    assert told.count("CollectOutcome") == 2
    assert {step.status for step in world.steps if isinstance(step, BatchJob)} >= {JobStatus.COMPLETED}
    assert json.dumps([step.model_dump(mode="json") for step in world.steps])


async def test_a_job_that_the_service_no_longer_knows_is_asked_again(world):
    appids = store_games(world.db, games=3, chunks=1)
    world.rule(hold_at="InProgress")
    await world.submit(*appids)
    world.simulator.jobs.jobs.clear()
    with pytest.raises(AnalystError) as young:
        await world.jobs.watch()
    assert young.value.retryable
    assert world.count_calls() == {"reserved": 3}, "it may not be listed yet"
    with world.db.transaction() as conn:
        execute(conn, "update llm_batches set created_at = now() - interval '11 minutes'")

    (outcome,) = await world.collect_all()

    assert (outcome.status, outcome.missing) == (JobStatus.EXPIRED, 3)
    world.rule(hold_at=None)
    assert {step.state for step in await world.run(*appids)} == {GameState.DONE}


async def test_a_job_can_be_given_up_without_asking_the_service(world):
    world.rule(hold_at="InProgress")
    outcome = await world.submit(*store_games(world.db, games=3, chunks=1))

    job = world.jobs.forget(outcome.jobs[0].batch_id)

    assert (job.status, world.count_calls()) == (JobStatus.STOPPED, {"failed": 3})
