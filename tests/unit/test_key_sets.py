"""Key-set runs against a real ephemeral Dagster instance: what each (asset, key) looks like afterwards.

Events are written through Dagster's internals: these tests fail loudly when an upgrade changes them.
"""

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from steampulse_dagster.key_set_events import KeySetRecorder
from steampulse_dagster.key_sets import (
    KeySetConfig,
    Priority,
    build_run_request,
    build_run_requests,
    build_tags,
    list_keys,
)
from steampulse_dagster.models.lineage import Stage

pytestmark = pytest.mark.unit

KEYS = dg.DynamicPartitionsDefinition(name="test_appid")
FIRST, SECOND = "first", "second"


class Worker(dg.ConfigurableResource):
    bad: list[int] = []
    dies_at: int | None = None


@dg.multi_asset(
    specs=[dg.AssetSpec(FIRST, skippable=True), dg.AssetSpec(SECOND, deps=[FIRST], skippable=True)],
    partitions_def=KEYS,
    can_subset=True,
)
def chain(context: dg.AssetExecutionContext, config: KeySetConfig, worker: Worker):
    keys = list_keys(context, config)
    assets = [name for name in (FIRST, SECOND) if dg.AssetKey(name) in context.selected_asset_keys]
    recorder = KeySetRecorder(context)
    if config.appids:
        recorder.plan(assets, map(str, keys))
    for key in keys:
        if key == worker.dies_at:
            recorder.flush()
            raise KeyboardInterrupt
        for asset in assets:
            if asset == SECOND and key in worker.bad:
                break
            recorder.add(dg.AssetMaterialization(asset, partition=str(key), metadata={"key": key}))
    recorder.flush()
    recorder.settle(KEYS)
    if worker.bad:
        raise dg.Failure("some were bad", allow_retries=False)
    yield from ()


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("test_appid", ["10", "20", "30", "40", "50"])
        yield instance


def run(instance, *, appids=None, partition=None, selection=None, bad=(), dies_at=None):
    job = dg.Definitions(
        assets=[chain],
        jobs=[dg.define_asset_job("chain_job", selection="*", executor_def=dg.in_process_executor)],
        resources={"worker": Worker(bad=list(bad), dies_at=dies_at)},
    ).resolve_job_def("chain_job")
    return job.execute_in_process(
        instance=instance,
        run_config={"ops": {"chain": {"config": {"appids": appids or []}}}},
        partition_key=partition,
        asset_selection=selection,
        tags=build_tags(appids or [], whole_chain=selection is None or dg.AssetKey(FIRST) in selection),
        raise_on_error=False,
    )


def statuses(instance, asset):
    cache = get_and_update_asset_status_cache_value(instance, dg.AssetKey(asset), KEYS)
    if cache is None:
        return set(), set()
    materialized = cache.deserialize_materialized_partition_subsets(KEYS).get_partition_keys()
    failed = cache.deserialize_failed_partition_subsets(KEYS).get_partition_keys()
    return set(materialized), set(failed)


def test_a_scattered_set_runs_as_one_run_and_leaves_the_other_keys_alone(instance):
    assert run(instance, appids=[10, 30, 50]).success

    assert statuses(instance, FIRST) == ({"10", "30", "50"}, set())
    assert statuses(instance, SECOND) == ({"10", "30", "50"}, set())


def test_only_the_bad_key_of_the_asset_that_failed_shows_as_failed(instance):
    assert not run(instance, appids=[10, 20, 30], bad=[20]).success

    assert statuses(instance, FIRST) == ({"10", "20", "30"}, set())
    assert statuses(instance, SECOND) == ({"10", "30"}, {"20"})


def test_keys_that_a_dying_run_never_reached_show_as_failed_not_as_materialized(instance):
    assert not run(instance, appids=[10, 20, 30], dies_at=20).success

    assert statuses(instance, FIRST) == ({"10"}, {"20", "30"})
    assert statuses(instance, SECOND) == ({"10"}, {"20", "30"})


def test_a_single_partition_from_the_ui_runs_through_the_same_step(instance):
    assert run(instance, partition="40").success

    assert statuses(instance, SECOND) == ({"40"}, set())


def test_a_partition_that_is_no_appid_is_named(instance):
    instance.add_dynamic_partitions("test_appid", ["portal"])

    result = run(instance, partition="portal")

    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "'portal' is no appid" in failure.step_failure_data.user_failure_data.description


def test_a_subset_of_the_assets_marks_only_that_subset(instance):
    assert run(instance, appids=[10], selection=[dg.AssetKey(FIRST)]).success

    assert statuses(instance, FIRST) == ({"10"}, set())
    assert statuses(instance, SECOND) == (set(), set())


def test_the_end_of_the_chain_alone_runs_for_a_scattered_set_once_its_start_is_there(instance):
    assert run(instance, appids=[10, 30, 50], selection=[dg.AssetKey(FIRST)]).success

    assert not run(instance, appids=[10, 30, 50], selection=[dg.AssetKey(SECOND)], bad=[30]).success

    assert statuses(instance, FIRST) == ({"10", "30", "50"}, set())
    assert statuses(instance, SECOND) == ({"10", "50"}, {"30"})


def test_a_run_without_any_key_fails_and_says_what_to_do(instance):
    result = run(instance)

    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "No games were chosen" in failure.step_failure_data.user_failure_data.description


def test_materializations_carry_their_metadata_step_and_partition(instance):
    assert run(instance, appids=[10, 30]).success

    records = instance.fetch_materializations(dg.AssetKey(SECOND), limit=10).records
    assert {record.partition_key: record.asset_materialization.metadata["key"].value for record in records} == {
        "10": 10,
        "30": 30,
    }
    assert {record.event_log_entry.step_key for record in records} == {"chain"}


def test_where_dagster_changed_materializations_go_the_public_way_and_the_log_says_so(instance, monkeypatch):
    def changed(*_):
        raise AttributeError("no such thing any more")

    monkeypatch.setattr(KeySetRecorder, "_build_entry", changed)

    result = run(instance, appids=[10, 20], bad=[20])

    assert not result.success
    assert statuses(instance, FIRST)[0] == {"10", "20"}
    assert statuses(instance, SECOND)[0] == {"10"}
    messages = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert any("records events otherwise than expected" in message for message in messages)


def test_what_could_not_be_written_is_written_by_the_next_flush_once(instance, monkeypatch):
    store, fails = instance.event_log_storage.store_event_batch, iter([True])

    def store_or_fail(events):
        if events[0].dagster_event.asset_key == dg.AssetKey(SECOND) and next(fails, False):
            raise OSError("the database is away")
        store(events)

    @dg.op
    def work(context):
        recorder = KeySetRecorder(context)
        for asset in (FIRST, SECOND):
            recorder.add(dg.AssetMaterialization(asset, partition="10"))
        monkeypatch.setattr(instance.event_log_storage, "store_event_batch", store_or_fail)
        with pytest.raises(OSError, match="away"):
            recorder.flush()
        recorder.flush()

    @dg.job
    def work_job():
        work()

    assert work_job.execute_in_process(instance=instance).success
    for asset in (FIRST, SECOND):
        assert len(instance.fetch_materializations(dg.AssetKey(asset), limit=10).records) == 1


def test_a_cached_status_that_missed_an_event_is_made_again(instance):
    assert run(instance, appids=[10]).success
    statuses(instance, FIRST)
    record = instance.get_asset_records([dg.AssetKey(FIRST)])[0].asset_entry
    ahead = record.cached_status._replace(latest_storage_id=10**9)
    instance.update_asset_cached_status_data(dg.AssetKey(FIRST), ahead)  # as a page read between two commits leaves it

    assert run(instance, appids=[30]).success

    assert statuses(instance, FIRST) == ({"10", "30"}, set())


def test_a_request_says_what_runs_why_and_who_goes_first():
    request = build_run_request(
        [30, 10],
        stages=[Stage.REVIEWS, Stage.GAMES],
        run_key="k",
        reason="two games are due",
        priority=Priority.NIGHTLY,
        tags={"steampulse/source": "test"},
    )

    assert request.job_name == "refresh_games_job"
    assert request.run_config["ops"]["game_lineage"]["config"]["appids"] == [30, 10]
    assert request.asset_selection == [dg.AssetKey("games"), dg.AssetKey("reviews")]
    assert request.tags == {
        "steampulse/source": "test",
        "dagster/priority": "-30",
        "steampulse/kind": "nightly",
        "steampulse/reason": "two games are due",
        "steampulse/games": "2",
        "steampulse/background": "true",
    }


def test_a_person_s_click_goes_before_everything_that_was_not_clicked():
    assert sorted(Priority, reverse=True)[0] is Priority.CLICK == 0
    assert Priority.REQUEST > Priority.REANALYSIS > Priority.NIGHTLY


def test_a_large_set_becomes_runs_of_the_chosen_size_whose_keys_follow_from_their_games():
    ask = {"size": 2, "run_key": "night", "reason": "due", "priority": Priority.NIGHTLY}
    requests = build_run_requests([1, 2, 3, 4, 5], **ask)

    assert [list(r.run_config["ops"]["game_lineage"]["config"]["appids"]) for r in requests] == [[1, 2], [3, 4], [5]]
    assert len({request.run_key for request in requests}) == 3
    assert [r.run_key for r in build_run_requests([2, 1], **ask)] == [requests[0].run_key]
    assert build_run_requests([], **ask) == []
