"""The real daemon, webserver and code server on PostgreSQL: whatever way games are run in which some fail, the status
of every (asset, game) over GraphQL is exactly right, and `retry_failed_job` mends the bad ones alone."""

import time

import dagster as dg
import pytest

from steampulse_dagster.key_sets import build_run_config
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.work_requests import NewWorkRequest, WorkKind, WorkSource
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.repositories.work_requests import WorkRequestRepository
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.clock import utc_now
from tests.deployment import ASSETS, deployed, eventually
from tests.small_games import SmallGames, list_appids

pytestmark = pytest.mark.integration

PATIENT = {"start_timeout_seconds": 900}
APPIDS = list_appids(23)
SINGLE = APPIDS[0:2]
RANGE = APPIDS[2:6]
SCATTERED = [APPIDS[7], APPIDS[9], APPIDS[11]]
SUBSET = APPIDS[12:15]
SCHEDULED = APPIDS[15:18]
WISHED = APPIDS[18:21]
TOUCHED = {*SINGLE, *RANGE, *SCATTERED, *SUBSET, *SCHEDULED, *WISHED}
CANCELLED = list_appids(len(APPIDS) + 3)[len(APPIDS) :]
UNKNOWN = {SINGLE[0], RANGE[1], SCATTERED[1], SUBSET[0], SCHEDULED[2], WISHED[1]}
"""Fail at the first asset."""
UNREADABLE = {SINGLE[1], RANGE[3], SCATTERED[2], SUBSET[2], SCHEDULED[0], WISHED[2]}
"""Fail at the second."""


@pytest.fixture(scope="module")
def world():
    return SmallGames(games=len(APPIDS) + len(CANCELLED), unknown=UNKNOWN, unreadable=UNREADABLE)


@pytest.fixture(scope="module")
def deployment(world):
    with running_simulators(world) as url:
        settings = {"STEAMPULSE_STEAM_API_URL": f"{url}/steam", "STEAMPULSE_STEAM_STORE_URL": f"{url}/store"}
        with deployed(module="tests.deployed", settings=settings, run_monitoring=PATIENT) as deployment:
            with deployment.open_instance() as instance:
                instance.add_dynamic_partitions("appid", [str(appid) for appid in (*APPIDS, *CANCELLED)])
            deployment.start("code", "daemon", "webserver")
            deployment.wait_for_webserver()
            yield deployment


def test_a_cancel_in_the_ui_stops_a_run_within_seconds_and_nothing_has_failed(deployment, world):
    world.pages_flow.clear()
    try:
        with deployment.open_instance() as instance:
            run_id = deployment.launch("refresh_games_job", config=build_run_config(CANCELLED))
            done = {"materialized"}
            eventually(
                lambda: {deployment.fetch_statuses()["games", appid] for appid in CANCELLED} == done,
                "the run is at the reviews",
                seconds=600,
            )
            started = time.monotonic()
            deployment.terminate(run_id)
            eventually(lambda: instance.get_run_by_id(run_id).is_finished, "the run ended")
            took = time.monotonic() - started
    finally:
        world.pages_flow.set()

    assert instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.CANCELED
    assert took < 30
    statuses = deployment.fetch_statuses()
    assert {statuses["reviews", appid] for appid in CANCELLED} == {"unmaterialized"}


def test_every_way_of_running_games_leaves_every_status_right_and_retry_mends_the_bad_alone(deployment, world):
    with deployment.open_instance() as instance, deployment.open_database() as database:
        with database.transaction() as conn:
            names = {appid: f"Game {appid}" for appid in (*SCHEDULED, *WISHED)}
            TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=utc_now())
            for appid in WISHED:
                WorkRequestRepository(conn).insert(
                    NewWorkRequest(appid=appid, kind=WorkKind.REFRESH, source=WorkSource.API)
                )
        deployment.turn_on(schedule="each_minute_schedule")
        deployment.turn_on(sensor="requests_sensor")
        for appid in SINGLE:
            deployment.launch(tags={"dagster/partition": str(appid)})
        ends = {"start": RANGE[0], "end": RANGE[-1]}
        deployment.launch(tags={f"dagster/asset_partition_range_{end}": str(key) for end, key in ends.items()})
        backfills = [deployment.backfill(SCATTERED), deployment.backfill(SUBSET, assets=ASSETS[:2])]

        def all_ended():
            runs = instance.get_runs()
            names = {run.tags.get(f"dagster/{of}_name") for run in runs for of in ("schedule", "sensor")}
            backfilled = {instance.get_backfill(backfill).status.value for backfill in backfills}
            asked = {"each_minute_schedule", "requests_sensor"} <= names and "REQUESTED" not in backfilled
            return asked and all(run.is_finished for run in runs)

        eventually(all_ended, "all runs ended", seconds=900)
        assert without_cancelled(deployment.fetch_statuses()) == expected()

        world.unknown.clear()
        world.unreadable.clear()
        before = {run.run_id for run in instance.get_runs()}
        retry = deployment.launch("retry_failed_job", assets=())
        eventually(lambda: instance.get_run_by_id(retry).is_finished, "the retry ended")

        assert instance.get_run_by_id(retry).status is dg.DagsterRunStatus.SUCCESS
        assert without_cancelled(deployment.fetch_statuses()) == expected(mended=True)
        for asset in ASSETS:
            records = instance.fetch_materializations(dg.AssetKey(asset), limit=1000).records
            assert {int(r.partition_key) for r in records if r.run_id == retry} == UNKNOWN | UNREADABLE
            assert all(run_id in before for run_id in {r.run_id for r in records} - {retry})


def without_cancelled(statuses):
    return {(asset, appid): status for (asset, appid), status in statuses.items() if appid not in CANCELLED}


def expected(*, mended=False):
    return {(asset, appid): expect(asset, appid, mended=mended) for asset in ASSETS for appid in APPIDS}


def expect(asset, appid, *, mended):
    if appid not in TOUCHED:
        return "unmaterialized"
    if mended and appid in UNKNOWN | UNREADABLE:
        return "materialized"
    if appid in SUBSET and asset in ASSETS[2:]:
        return "unmaterialized"
    if appid in UNKNOWN or (appid in UNREADABLE and asset != "games"):
        return "failed"
    return "materialized"
