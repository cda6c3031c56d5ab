"""Pools and dead runs on Dagster's own PostgreSQL storage, as production has it."""

from datetime import timedelta

import dagster as dg
import pytest

from steampulse_dagster.key_set_events import KeySetRecorder
from steampulse_dagster.key_sets import PROCESS_TAG, STEP_NAME
from steampulse_dagster.pools import LINEAGE_POOL, POOL_LIMITS, ensure_pools
from steampulse_dagster.sensors.dead_runs import FIRST_SIGN, end_dead_runs
from steampulse_dagster.services.run_heartbeats import BEATS_MISSED, RunHeartbeatService
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import execute
from tests.dagster_instances import dagster_instance

pytestmark = pytest.mark.integration

LATER = FIRST_SIGN + timedelta(minutes=1)
STARTED, CANCELING = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING


@pytest.fixture
def instance(database_url, tmp_path):
    with dagster_instance(tmp_path, database_url) as instance:
        yield instance


def limits(instance):
    return {limit.name: limit.limit for limit in instance.event_log_storage.get_pool_limits()}


def test_pools_are_made_once_and_a_person_s_limit_stays(instance):
    assert set(ensure_pools(instance)) == set(POOL_LIMITS)
    assert limits(instance) == POOL_LIMITS

    instance.event_log_storage.set_concurrency_slots(LINEAGE_POOL, 9)

    assert ensure_pools(instance) == []
    assert limits(instance)[LINEAGE_POOL] == 9


def silence(db, run_id, *, beats):
    with db.transaction() as conn:
        sql = "update run_heartbeats set beat_at = beat_at - %(beats)s * interval '10 seconds' where run_id = %(run)s"
        execute(conn, sql, {"beats": beats, "run": run_id})


@pytest.mark.parametrize(
    ("status", "becomes"), [(STARTED, dg.DagsterRunStatus.FAILURE), (CANCELING, dg.DagsterRunStatus.CANCELED)]
)
def test_a_run_that_went_silent_is_ended_and_gives_its_slot_back(instance, db, status, becomes):
    ensure_pools(instance)
    heartbeats = RunHeartbeatService(db, seconds=10)
    alive, silent = (instance.create_run_for_job(some_job, status=status).run_id for _ in range(2))
    for run_id in (alive, silent):
        heartbeats.beat(run_id)
        instance.event_log_storage.claim_concurrency_slot(LINEAGE_POOL, run_id, "step")
    silence(db, silent, beats=BEATS_MISSED + 1)
    silence(db, alive, beats=BEATS_MISSED - 2)

    assert end_dead_runs(instance, heartbeats, now=utc_now()) == [silent]

    assert instance.get_run_by_id(silent).status is becomes
    assert instance.get_run_by_id(alive).status is status
    assert instance.event_log_storage.get_concurrency_run_ids() == {alive}
    assert end_dead_runs(instance, heartbeats, now=utc_now()) == []


def start_step(instance, run_id, name):
    event = dg.DagsterEvent("STEP_START", some_job.name, step_key=name)
    instance.report_dagster_event(event, run_id)


def test_a_run_whose_process_died_before_its_first_sign_of_life_is_ended_within_minutes(instance, db):
    ensure_pools(instance)
    heartbeats = RunHeartbeatService(db, seconds=10)
    mute, at_step, beating, other, waiting = (
        instance.create_run_for_job(some_job, status=STARTED).run_id for _ in range(5)
    )
    own = instance.create_run_for_job(some_job, status=STARTED, tags={PROCESS_TAG: "a lock"}).run_id
    start_step(instance, at_step, STEP_NAME)
    start_step(instance, beating, STEP_NAME)
    heartbeats.beat(beating)
    start_step(instance, other, "catalog")  # gives no signs of life, and may take long
    instance.event_log_storage.set_concurrency_slots(LINEAGE_POOL, 1)
    for holder in (beating, waiting):
        instance.event_log_storage.claim_concurrency_slot(LINEAGE_POOL, holder, "step")

    assert end_dead_runs(instance, heartbeats, now=utc_now()) == []
    assert set(end_dead_runs(instance, heartbeats, now=utc_now() + LATER)) == {mute, at_step}
    assert instance.get_run_by_id(mute).status is dg.DagsterRunStatus.FAILURE
    assert {instance.get_run_by_id(run_id).status for run_id in (beating, other, waiting, own)} == {STARTED}

    instance.event_log_storage.free_concurrency_slots_for_run(beating)
    assert end_dead_runs(instance, heartbeats, now=utc_now()) == []  # it has been given the slot just now
    assert end_dead_runs(instance, heartbeats, now=utc_now() + LATER) == [waiting]


def test_a_thousand_keys_are_planned_and_recorded_in_batches(instance):
    KEYS = dg.DynamicPartitionsDefinition(name="test_appid")
    keys = [str(number) for number in range(1000)]
    instance.add_dynamic_partitions("test_appid", keys)
    single = []

    @dg.op
    def record(context):
        recorder = KeySetRecorder(context)
        storage = context.instance.event_log_storage
        store = storage.store_event
        storage.store_event = lambda event: single.append(event) if asset_of(event) else store(event)
        recorder.plan(["first", "second"], keys)
        for key in keys[:-1]:
            recorder.add(dg.AssetMaterialization("first", partition=key))
        recorder.flush()
        recorder.settle(KEYS)
        storage.store_event = store
        raise dg.Failure("one is missing", allow_retries=False)

    @dg.job
    def record_job():
        record()

    assert not record_job.execute_in_process(instance=instance, raise_on_error=False).success

    first = instance.get_status_by_partition(dg.AssetKey("first"), keys, KEYS)
    assert [key for key, status in first.items() if status.value == "FAILED"] == ["999"]
    second = instance.get_status_by_partition(dg.AssetKey("second"), keys, KEYS)
    assert {status.value for status in second.values()} == {"FAILED"}
    assert single == [], "an upgrade of Dagster made the batches fall apart"


def asset_of(event):
    return event.dagster_event and event.dagster_event.asset_key


@dg.op
def nothing() -> None:
    pass


@dg.job
def some_job() -> None:
    nothing()
