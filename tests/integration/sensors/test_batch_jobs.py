"""Bulk jobs driven by ticks: a real instance, a real database, a simulated Bedrock and its files over HTTP."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from steampulse_dagster import bootstrap, bootstrap_bulk, bootstrap_orchestration
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.bulk_jobs import advance_bulk_job, build_bulk_request
from steampulse_dagster.jobs import refresh_games_job
from steampulse_dagster.models.bulk_games import BulkState
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.partitions import APPIDS, sync_appid_partitions
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.sensors import batch_jobs
from steampulse_dagster.sensors.batch_jobs import EndedRun, batch_jobs_sensor, decide_advance
from steampulse_dagster.services.bulk_queue import BulkQueueService
from steampulse_dagster.utils.db import execute as run_sql
from tests.bulk_world import bulk_world, store_games
from tests.dagster_resources import build_resources
from tests.ticks import execute, tick

pytestmark = pytest.mark.integration

NEVER_CRAWLED = 9_999
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def world(db, tmp_path):
    with bulk_world(db, tmp_path) as made:
        yield made


@pytest.fixture
def queue(db, monkeypatch, world):
    found = BulkQueueService(db)

    @asynccontextmanager
    async def open_bulk():
        yield world.bulk

    monkeypatch.setenv("STEAMPULSE_ANALYST", "bedrock")
    bootstrap.get_settings.cache_clear()
    monkeypatch.setattr(bootstrap_orchestration, "build_bulk_queue", lambda: found)
    monkeypatch.setattr(bootstrap_bulk, "open_bulk_analysis", open_bulk)
    monkeypatch.setattr(bootstrap, "get_database", lambda: db)
    monkeypatch.setattr(bootstrap_bulk, "build_batch_services", lambda: (world.jobs, world.results))
    yield found
    bootstrap.get_settings.cache_clear()


@pytest.fixture
def games(db, queue):
    appids = store_games(db, games=3, chunks=2)
    with db.transaction() as conn:
        names = dict.fromkeys([*appids, NEVER_CRAWLED], "Game")
        TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=NOW)
    return appids


@pytest.fixture
def instance(games):
    with dg.DagsterInstance.ephemeral() as made:
        sync_appid_partitions(made, [*games, NEVER_CRAWLED])
        yield made


@pytest.fixture
def definitions(db, world, tmp_path):
    return dg.Definitions(
        assets=[game_lineage],
        jobs=[refresh_games_job, advance_bulk_job],
        sensors=[batch_jobs_sensor],
        resources=build_resources(db, tmp_path, build_analyst=lambda: world.build_analyst(world.paid)),
    )


def begin(instance, definitions, appids):
    return execute(build_bulk_request(appids, run_key="weekly", reason="test"), instance, definitions)


def tick_until_idle(instance, definitions, queue, *, most=12):
    """The requests of all ticks until no game is on its way."""
    asked = []
    for _ in range(most):
        asked += tick(batch_jobs_sensor, instance, definitions)
        if queue.look().idle:
            return asked
    raise AssertionError(f"after {most} ticks: {queue.look()}")


def statuses(instance, asset):
    cache = get_and_update_asset_status_cache_value(instance, dg.AssetKey(asset), APPIDS)
    if cache is None:
        return set(), set()
    found = (
        cache.deserialize_materialized_partition_subsets(APPIDS).get_partition_keys(),
        cache.deserialize_failed_partition_subsets(APPIDS).get_partition_keys(),
    )
    return tuple({int(key) for key in keys} for keys in found)


def test_games_go_through_both_passes_by_ticks_alone_and_the_right_partitions_are_recorded(
    instance, definitions, queue, games, world
):
    begin(instance, definitions, [*games, NEVER_CRAWLED])
    assert queue.look().in_jobs == 3, "the run has submitted and ended"

    requests = tick_until_idle(instance, definitions, queue)

    assert [job.tally.total for job in world.remote] == [6, 3], "one job for each pass"
    assert world.count_calls() == {"answered": 9}, "none of them in real time"
    assert statuses(instance, "chunk_summaries") == ({*games, NEVER_CRAWLED}, set())
    assert statuses(instance, "reports") == (set(games), {NEVER_CRAWLED})
    assert queue.count_games() == {BulkState.DONE: 3, BulkState.FAILED: 1}
    assert {request.job_name for request in requests} == {"advance_bulk_job", "refresh_games_job"}


def test_a_tick_while_jobs_are_at_work_asks_for_nothing(instance, definitions, queue, games, world):
    world.rule(hold_at="InProgress")
    begin(instance, definitions, games)

    assert tick(batch_jobs_sensor, instance, definitions) == []
    assert queue.look().open_jobs == 1


@pytest.mark.parametrize(
    "rules",
    [
        {"ends_as": "PartiallyCompleted", "share_done": 0.5},
        {"ends_as": "Expired", "share_done": 0.0},
        {"ends_as": "Stopped", "share_done": 0.5},
        {"ends_as": "Failed"},
    ],
)
def test_jobs_that_end_badly_are_driven_again_until_each_game_has_its_report(
    instance, definitions, queue, games, world, rules
):
    world.rule(**rules)
    begin(instance, definitions, games)
    tick(batch_jobs_sensor, instance, definitions)
    world.rule(ends_as="Completed", share_done=1.0)

    tick_until_idle(instance, definitions, queue)

    assert statuses(instance, "reports") == (set(games), set())


def test_a_run_that_is_killed_after_it_submitted_is_taken_up_by_the_next_tick(
    instance, definitions, queue, games, world, monkeypatch
):
    def die(steps):
        raise RuntimeError("killed here")

    with monkeypatch.context() as broken:
        broken.setattr(queue, "note_steps", die)
        begin(instance, definitions, games)
    assert set(queue.look().to_advance) == set(games), "nobody noted that they wait"
    monkeypatch.setattr(batch_jobs, "FIRST_WAIT", timedelta(0))

    tick_until_idle(instance, definitions, queue)

    assert [job.tally.total for job in world.remote] == [6, 3], "nothing was asked twice"
    assert statuses(instance, "reports") == (set(games), set())


def test_a_recording_run_that_was_never_made_is_asked_for_again_under_its_key(instance, definitions, queue, games):
    queue.queue(games)
    queue.hand_over(games, run_key="lost")

    (again,) = tick(batch_jobs_sensor, instance, definitions, runs=False)

    assert again.run_key == "lost"
    assert queue.look().recording == {"lost": tuple(games)}


def test_a_recording_run_that_died_is_repeated_for_the_games_that_it_did_not_reach(
    instance, definitions, queue, games, world
):
    queue.queue(games)
    queue.hand_over(games, run_key="killed")
    job = definitions.resolve_job_def("refresh_games_job")
    run = instance.create_run_for_job(job, tags={"dagster/run_key": "killed"})
    instance.report_run_failed(run, "The process was killed.")

    (request,) = tick(batch_jobs_sensor, instance, definitions, runs=False)

    assert request.run_key != "killed"
    assert queue.look().recording == {request.run_key: tuple(games)}


def test_a_recording_run_that_dagster_repeats_by_itself_is_waited_for(instance, definitions, queue, games):
    queue.queue(games)
    queue.hand_over(games, run_key="killed")
    job = definitions.resolve_job_def("refresh_games_job")
    run = instance.create_run_for_job(job, tags={"dagster/run_key": "killed", "dagster/will_retry": "true"})
    instance.report_run_failed(run, "The process was killed.")

    assert tick(batch_jobs_sensor, instance, definitions, runs=False) == []
    assert queue.look().recording == {"killed": tuple(games)}


def test_a_game_whose_runs_always_die_is_given_up_with_a_reason(db, queue, games):
    queue.queue(games[:1])
    for number in range(3):
        queue.hand_over(games[:1], run_key=f"run {number}")
        queue.close(f"run {number}", done=[], failed={})

    assert queue.count_games() == {BulkState.FAILED: 1}


def test_games_that_nobody_follows_any_more_are_forgotten(db, queue, games):
    queue.queue(games)
    with db.transaction() as conn:
        run_sql(conn, "delete from tracked_games where appid = %(appid)s", {"appid": games[0]})

    assert queue.take_to_advance() == tuple(games[1:])


def test_the_wait_after_failures_doubles_up_to_an_hour_and_a_run_at_work_is_waited_for():
    failed = [EndedRun(str(number), NOW - timedelta(hours=number), succeeded=False) for number in range(9)]

    assert decide_advance([], now=NOW) == NOW
    assert decide_advance([EndedRun("1", None, succeeded=False)], now=NOW) is None
    assert decide_advance([EndedRun("1", NOW, succeeded=True), *failed], now=NOW) == NOW
    assert decide_advance(failed[:1], now=NOW) == NOW + timedelta(minutes=1)
    assert decide_advance(failed[:3], now=NOW) == NOW + timedelta(minutes=4)
    assert decide_advance(failed, now=NOW) == NOW + timedelta(hours=1)
