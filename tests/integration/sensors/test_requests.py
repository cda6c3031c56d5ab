"""Requests for work become runs and learn what became of them; a real instance, a real database, no Steam."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.jobs import refresh_games_job
from steampulse_dagster.key_sets import PRIORITY_TAG
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.work_requests import NewWorkRequest, WorkKind, WorkSource, WorkState
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.sensors.requests import REQUESTS_TAG, requests_sensor
from steampulse_dagster.services.request_runs import RequestRunService
from steampulse_dagster.services.work_requests import WorkRequestService
from tests.analysis_fakes import build_game, build_review, store_game, store_reviews
from tests.dagster_resources import build_resources
from tests.ticks import execute, tick

pytestmark = pytest.mark.integration

GOOD, NO_DATA, UNTRACKED = 440, 441, 442


@pytest.fixture
def service(db, monkeypatch):
    found = RequestRunService(db)
    monkeypatch.setattr(bootstrap_orchestration, "build_request_runs", lambda: found)
    store_game(db, build_game("Good", GOOD))
    store_reviews(db, [build_review(1, appid=GOOD, text="I love the combat of it.")])
    with db.transaction() as conn:
        names = {GOOD: "Good", NO_DATA: "Never crawled"}
        TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=datetime.now(UTC))
    return found


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        made.add_dynamic_partitions(APPIDS.name, [str(GOOD), str(NO_DATA)])
        yield made


@pytest.fixture
def definitions(db, tmp_path):
    return dg.Definitions(
        assets=[game_lineage],
        jobs=[refresh_games_job],
        sensors=[requests_sensor],
        resources=build_resources(db, tmp_path),
    )


def ask(db, *appids, kind=WorkKind.ANALYSIS, key=None):
    wanted = [NewWorkRequest(kind=kind, appid=appid, source=WorkSource.API, request_key=key) for appid in appids]
    return [one.request.request_id for one in WorkRequestService(db).submit_all(wanted)]


def states(service):
    return {one.appid: one.state for one in reversed(service.list_newest())}


def test_requests_become_one_run_of_a_persons_priority_and_end_as_their_games_did(db, service, instance, definitions):
    ids = ask(db, GOOD, NO_DATA)

    (request,) = tick(requests_sensor, instance, definitions)
    assert int(request.tags[PRIORITY_TAG]) > -20
    assert request.tags[REQUESTS_TAG] == ",".join(map(str, ids))
    assert states(service) == {GOOD: WorkState.QUEUED, NO_DATA: WorkState.QUEUED}, "until a run is known to exist"

    assert tick(requests_sensor, instance, definitions) == []
    assert states(service) == {GOOD: WorkState.LAUNCHED, NO_DATA: WorkState.LAUNCHED}
    (run,) = instance.get_runs()
    assert {one.run_id for one in service.list_newest()} == {run.run_id}

    assert tick(requests_sensor, instance, definitions) == []
    assert states(service) == {GOOD: WorkState.DONE, NO_DATA: WorkState.FAILED}
    failed = next(one for one in service.list_newest() if one.appid == NO_DATA)
    assert "crawl it first" in (failed.error or "")


def test_a_tick_that_is_repeated_before_its_run_exists_asks_under_the_same_key(db, service, instance, definitions):
    ask(db, GOOD)

    first = tick(requests_sensor, instance, definitions, runs=False)
    second = tick(requests_sensor, instance, definitions, runs=False)

    assert [one.run_key for one in first] == [one.run_key for one in second]


def test_each_kind_has_runs_of_its_own_stages(db, service, instance, definitions):
    ask(db, GOOD, kind=WorkKind.CRAWL)
    ask(db, GOOD, kind=WorkKind.ANALYSIS)

    crawl, analysis = tick(requests_sensor, instance, definitions, runs=False)

    assert [key.to_user_string() for key in crawl.asset_selection] == ["games", "reviews"]
    assert [key.to_user_string() for key in analysis.asset_selection] == ["chunk_summaries", "reports"]


def test_a_request_about_a_game_that_nobody_follows_ends_with_advice(db, service, instance, definitions):
    ask(db, UNTRACKED)

    assert tick(requests_sensor, instance, definitions) == []

    (one,) = service.list_newest()
    assert (one.state, one.error) == (WorkState.FAILED, f"{UNTRACKED} is not tracked: `steampulse track 442` first.")


def test_a_run_that_died_gives_its_requests_to_another_and_after_three_they_fail(db, service, instance, definitions):
    ask(db, GOOD)
    keys = []
    for _ in range(3):
        (request,) = tick(requests_sensor, instance, definitions, runs=False)
        keys.append(request.run_key)
        job = definitions.resolve_job_def("refresh_games_job")
        run = instance.create_run_for_job(job, tags={**request.tags, "dagster/run_key": request.run_key})
        instance.report_run_failed(run, "The process was killed.")
        tick(requests_sensor, instance, definitions, runs=False)
        assert states(service) == {GOOD: WorkState.LAUNCHED}
    tick(requests_sensor, instance, definitions, runs=False)

    assert len(set(keys)) == 3
    assert states(service) == {GOOD: WorkState.FAILED}


def test_a_canceled_run_fails_its_requests_and_says_so(db, service, instance, definitions):
    ask(db, GOOD)
    (request,) = tick(requests_sensor, instance, definitions, runs=False)
    job = definitions.resolve_job_def("refresh_games_job")
    run = instance.create_run_for_job(job, tags=dict(request.tags))
    instance.report_run_canceled(run)

    tick(requests_sensor, instance, definitions, runs=False)
    tick(requests_sensor, instance, definitions, runs=False)

    (one,) = service.list_newest()
    assert (one.state, one.error) == (WorkState.FAILED, "Its run was canceled.")


def test_requests_without_a_key_that_came_back_leave_room_for_an_equal_one(db, service):
    (first,) = ask(db, GOOD)
    service.mark_launched([first], run_id="died")
    ask(db, GOOD)

    service.close(done=(), failed={}, again=[first])

    assert [one.state for one in reversed(service.list_newest())] == [WorkState.FAILED, WorkState.QUEUED]


def test_the_key_of_a_run_is_that_of_its_requests(db, service, instance, definitions):
    ask(db, GOOD)
    (first,) = tick(requests_sensor, instance, definitions, runs=False)
    ask(db, NO_DATA)
    (second,) = tick(requests_sensor, instance, definitions, runs=False)

    assert first.run_key != second.run_key
    assert execute(second, instance, definitions) is not None
