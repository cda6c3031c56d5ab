"""Partitions and followed games, both ways, with a real Dagster instance and a real database."""

from contextlib import asynccontextmanager

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from steampulse_dagster import bootstrap
from steampulse_dagster.assets.tracking import adopt_partitions_job, fill_statuses_job
from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.partition_statuses import PartitionStatuses
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.run_queue import list_held
from steampulse_dagster.sensors import partitions as partitions_module
from steampulse_dagster.sensors.partitions import partitions_sensor
from steampulse_dagster.services.tracking import TrackedGames
from tests.dagster_resources import build_resources
from tests.fake_steam import FakeSteam
from tests.selection_rows import follow
from tests.ticks import execute

pytestmark = pytest.mark.integration


@pytest.fixture
def fake():
    return FakeSteam(
        items={30: {"success": 1, "name": "Thirty", "type": 0}, 32: {"success": 1, "name": "Try me", "type": 1}}
    )


@pytest.fixture
def definitions(db, fake, tmp_path):
    @asynccontextmanager
    async def open_fake():
        yield fake.open()

    return dg.Definitions(
        jobs=[adopt_partitions_job, fill_statuses_job],
        sensors=[partitions_sensor],
        resources=build_resources(db, tmp_path, open_steam=open_fake),
    )


@pytest.fixture
def instance(db, monkeypatch):
    monkeypatch.setattr(bootstrap, "build_tracked_games", lambda: TrackedGames(db))
    with db.transaction() as conn:
        follow(conn, 10, 20)
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def tick(instance, definitions, cursor=None):
    """A tick and what the daemon does after it; the result."""
    with dg.build_sensor_context(instance=instance, definitions=definitions, cursor=cursor) as context:
        result = partitions_sensor(context)
    for change in result.dynamic_partitions_requests or []:
        if isinstance(change, dg.AddDynamicPartitionsRequest):
            instance.add_dynamic_partitions(change.partitions_def_name, change.partition_keys)
        else:
            for key in change.partition_keys:
                instance.delete_dynamic_partition(change.partitions_def_name, key)
    return result


def keys(instance):
    return sorted(instance.get_dynamic_partitions(APPIDS.name))


def test_followed_games_get_partitions_and_a_second_tick_changes_nothing(instance, definitions):
    assert "2 of 2 followed games get a partition" in tick(instance, definitions).skip_reason.skip_message
    assert keys(instance) == ["10", "20"]
    again = tick(instance, definitions)
    assert again.skip_reason.skip_message == "2 games are followed. Partitions are the same."
    assert not again.dynamic_partitions_requests


def test_the_partition_of_an_untracked_game_goes_and_a_deleted_one_of_a_followed_game_comes_back(
    instance, definitions, db
):
    tick(instance, definitions)
    TrackedGames(db).remove([10])
    instance.delete_dynamic_partition(APPIDS.name, "20")
    result = tick(instance, definitions)
    assert result.run_requests == []
    assert keys(instance) == ["20"]


def test_partitions_that_a_person_adds_are_looked_up_and_followed_or_refused_with_a_reason(instance, definitions, db):
    tick(instance, definitions)
    instance.add_dynamic_partitions(APPIDS.name, ["30", "32", "half life"])
    (request,) = tick(instance, definitions).run_requests
    run_id = execute(request, instance, definitions)
    assert keys(instance) == ["10", "20", "30"]
    assert {game.appid: game.reason for game in TrackedGames(db).list_all()}[30] is TrackReason.PARTITION
    (failure,) = [
        record.event_log_entry.dagster_event
        for record in instance.get_records_for_run(run_id).records
        if record.event_log_entry.dagster_event and record.event_log_entry.dagster_event.is_step_failure
    ]
    description = failure.step_failure_data.user_failure_data.description
    assert "32 (Try me) is a demo, not a game." in description
    assert "'half life' is not an appid." in description
    assert "Partitions are the same" in tick(instance, definitions).skip_reason.skip_message


def test_an_untracked_game_that_a_person_adds_again_in_the_ui_is_followed_again(instance, definitions, db, fake):
    fake.items[10] = {"success": 1, "name": "Ten", "type": 0}
    tick(instance, definitions)
    TrackedGames(db).remove([10])
    cursor = tick(instance, definitions).cursor
    instance.add_dynamic_partitions(APPIDS.name, ["10"])
    (request,) = tick(instance, definitions, cursor).run_requests
    execute(request, instance, definitions)
    assert keys(instance) == ["10", "20"]
    assert [game.appid for game in TrackedGames(db).list_all()] == [10, 20]


def test_where_steam_does_not_answer_nothing_is_refused_and_the_partition_waits(instance, definitions, db, fake):
    def refuse(request):
        import httpx

        return httpx.Response(500, text="no")

    fake.answer = refuse
    instance.add_dynamic_partitions(APPIDS.name, ["30"])
    (request,) = tick(instance, definitions).run_requests
    run_id = execute(request, instance, definitions)
    assert instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.FAILURE
    assert "30" in keys(instance)


def test_a_failed_read_is_no_empty_set_of_games(instance, definitions, monkeypatch):
    tick(instance, definitions)

    class Broken:
        def get_set(self):
            raise DatabaseError("PostgreSQL is away", retryable=True)

    monkeypatch.setattr(bootstrap, "build_tracked_games", Broken)
    with pytest.raises(DatabaseError):
        tick(instance, definitions)
    assert keys(instance) == ["10", "20"]


def test_a_cursor_that_somebody_wrote_by_hand_does_not_stop_the_sensor(instance, definitions):
    assert "2 of 2" in tick(instance, definitions, cursor="nonsense").skip_reason.skip_message


def begin_backfill(instance, keys):
    """A backfill of `games` as the UI's dialog asks for it."""
    chosen = APPIDS.empty_subset().with_partition_keys(keys)
    made = PartitionBackfill.from_asset_graph_subset(
        "picked",
        backfill_timestamp=0.0,
        tags={},
        dynamic_partitions_store=instance,
        asset_graph_subset=AssetGraphSubset(partitions_subsets_by_asset_key={dg.AssetKey("games"): chosen}),
        title=None,
        description=None,
        run_config=None,
    )
    instance.add_backfill(made)
    return made


def test_a_partition_that_cannot_be_followed_stays_as_long_as_a_backfill_has_it(instance, definitions):
    tick(instance, definitions)
    instance.add_dynamic_partitions(APPIDS.name, ["30", "32"])
    backfill = begin_backfill(instance, ["10", "30", "32"])
    (request,) = tick(instance, definitions).run_requests

    run_id = execute(request, instance, definitions)

    assert keys(instance) == ["10", "20", "30", "32"]
    assert instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.SUCCESS
    told = [log.user_message for log in instance.all_logs(run_id) if log.level == 30]
    assert told == ["32 (Try me) is a demo, not a game. Its partition goes once no run or backfill has it any more."]

    instance.update_backfill(backfill.with_status(BulkActionStatus.COMPLETED_SUCCESS))
    (request,) = tick(instance, definitions).run_requests
    run_id = execute(request, instance, definitions)

    assert keys(instance) == ["10", "20", "30"]
    assert instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.FAILURE


def test_the_partition_of_an_untracked_game_waits_for_the_backfill_that_has_it(instance, definitions, db):
    tick(instance, definitions)
    backfill = begin_backfill(instance, ["10"])
    TrackedGames(db).remove([10])

    waiting = tick(instance, definitions)

    assert "1 of them wait for the runs or backfills that have them" in waiting.skip_reason.skip_message
    assert keys(instance) == ["10", "20"]
    instance.update_backfill(backfill.with_status(BulkActionStatus.CANCELED))
    tick(instance, definitions, waiting.cursor)
    assert keys(instance) == ["20"]


def test_partitions_are_held_by_runs_of_one_and_of_a_range_until_they_end(instance, definitions):
    instance.add_dynamic_partitions(APPIDS.name, ["1", "2", "3", "4", "5"])
    job = definitions.resolve_job_def(adopt_partitions_job.name)
    ends = {"dagster/asset_partition_range_start": "2", "dagster/asset_partition_range_end": "4"}
    config = {"ops": {"adopt_partitions": {"config": {"keys": ["9"]}}}}
    single = instance.create_run_for_job(job, run_config=config, tags={"dagster/partition": "1"})
    instance.create_run_for_job(job, run_config=config, tags=ends, status=dg.DagsterRunStatus.STARTED)

    assert list_held(instance, ["1", "3", "5"]) == {"1", "3"}
    instance.report_run_failed(single)

    assert list_held(instance, ["1", "3", "5"]) == {"3"}


def test_after_many_partitions_changed_one_run_caches_their_statuses_for_the_next_page(
    instance, definitions, monkeypatch
):
    monkeypatch.setattr(partitions_module, "FILLED_FROM", 3)
    assets = ("games", "reviews", "chunk_summaries", "reports")
    for asset in assets:
        instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition="10"))

    def list_filled():
        digest = instance.get_dynamic_partitions_definition_id(APPIDS.name)
        records = instance.get_asset_records([dg.AssetKey(asset) for asset in assets])
        caches = [record.asset_entry.cached_status for record in records]
        return sum(cache is not None and cache.partitions_def_id == digest for cache in caches)

    few = tick(instance, definitions)
    assert tick(instance, definitions, few.cursor).run_requests == []
    instance.add_dynamic_partitions(APPIDS.name, ["40"])

    changed = tick(instance, definitions, few.cursor)
    (request,) = [request for request in changed.run_requests if request.job_name == fill_statuses_job.name]
    assert list_filled() == 0
    execute(request, instance, definitions)

    assert list_filled() == 4
    again = tick(instance, definitions, changed.cursor)
    assert fill_statuses_job.name not in [request.job_name for request in again.run_requests]


def test_cached_statuses_that_are_filled_ahead_are_dagsters_own(instance, definitions):
    tick(instance, definitions)
    instance.report_runless_asset_event(dg.AssetMaterialization("games", partition="10"))
    instance.report_runless_asset_event(dg.AssetMaterialization("games", partition="gone"))
    expected = instance.get_status_by_partition(dg.AssetKey("games"), ["10", "20"], APPIDS)
    instance.wipe_asset_cached_status([dg.AssetKey("games")])

    statuses = PartitionStatuses(instance, APPIDS)

    assert statuses.list_unshown(dg.AssetKey("games"), ["10", "20", "gone"]) == ["20", "gone"]
    assert instance.get_status_by_partition(dg.AssetKey("games"), ["10", "20"], APPIDS) == expected
