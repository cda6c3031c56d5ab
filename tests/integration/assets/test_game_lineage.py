"""The assets against the simulators, a real database and a real Dagster instance: who is recorded as what."""

from contextlib import asynccontextmanager
from datetime import timedelta

import dagster as dg
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.assets.catalog import catalog, note_catalog_walk
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.errors import ValidationError
from steampulse_dagster.jobs import refresh_catalog_job, refresh_games_job
from steampulse_dagster.key_sets import build_tags
from steampulse_dagster.partitions import APPIDS, sync_appid_partitions
from steampulse_dagster.retries import retry_failed_job
from steampulse_dagster.sensors.dead_runs import end_dead_runs
from steampulse_dagster.services.reports import ReportReader, ReportService
from steampulse_dagster.services.run_heartbeats import RunHeartbeatService
from steampulse_dagster.services.status import StatusService
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.utils.clock import utc_now
from tests.dagster_resources import build_resources

pytestmark = pytest.mark.integration

SMALL, SMALLER, NO_REVIEWS, UNKNOWN = 9000110, 9000120, 9000150, 424242
STAGES = ("games", "reviews", "chunk_summaries", "reports")


@pytest.fixture(scope="module")
def simulators():
    with running_simulators(SeededWorld()) as url:
        yield url


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as instance:
        sync_appid_partitions(instance, [SMALL, SMALLER, NO_REVIEWS, UNKNOWN])
        yield instance


@pytest.fixture
def definitions(db, simulators, tmp_path):
    @asynccontextmanager
    async def open_steam():
        async with build_http_client(concurrency=8) as http:
            limiter = HostLimiter(requests_per_second=None, concurrency=8)
            urls = {"api_url": f"{simulators}/steam", "store_url": f"{simulators}/store"}
            yield SteamDataSource(http, **urls, key="any", limiter=limiter)

    return dg.Definitions(
        assets=[catalog, game_lineage],
        jobs=[refresh_catalog_job, refresh_games_job, retry_failed_job],
        resources=build_resources(db, tmp_path, open_steam=open_steam),
    )


def run(definitions, instance, *, appids=(), partition=None, assets=STAGES, force=False):
    return definitions.resolve_job_def("refresh_games_job").execute_in_process(
        instance=instance,
        run_config={"ops": {"game_lineage": {"config": {"appids": list(appids), "force": force}}}},
        partition_key=partition,
        tags=build_tags(appids, whole_chain="games" in assets),
        asset_selection=[dg.AssetKey(name) for name in assets],
        raise_on_error=False,
    )


def statuses(instance, asset):
    cache = get_and_update_asset_status_cache_value(instance, dg.AssetKey(asset), APPIDS)
    if cache is None:
        return set(), set()
    materialized = cache.deserialize_materialized_partition_subsets(APPIDS).get_partition_keys()
    failed = cache.deserialize_failed_partition_subsets(APPIDS).get_partition_keys()
    return {int(key) for key in materialized}, {int(key) for key in failed}


def counts(db):
    tables = StatusService(db, fresh_hours=6).count_tables(exact=True)
    return {count.table: count.rows for count in tables if count.table != "run_heartbeats"}  # one a run, for minutes


def test_good_games_are_materialized_and_bad_ones_failed_from_their_stage_on(definitions, instance, db):
    result = run(definitions, instance, appids=[SMALL, SMALLER, NO_REVIEWS, UNKNOWN])

    assert not result.success
    assert statuses(instance, "games") == ({SMALL, SMALLER, NO_REVIEWS}, {UNKNOWN})
    assert statuses(instance, "reviews") == ({SMALL, SMALLER, NO_REVIEWS}, {UNKNOWN})
    assert statuses(instance, "chunk_summaries") == ({SMALL, SMALLER, NO_REVIEWS}, {UNKNOWN})
    assert statuses(instance, "reports") == ({SMALL, SMALLER, NO_REVIEWS}, {UNKNOWN})
    assert (counts(db)["reviews"], counts(db)["reports"]) == (18 + 5, 2)


def test_the_failure_names_each_bad_game_with_its_stage_and_reason(definitions, instance):
    result = run(definitions, instance, appids=[SMALL, SMALLER, UNKNOWN])

    (failure,) = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    rows = failure.metadata["failed"].records
    assert [(row.data["appid"], row.data["stage"]) for row in rows] == [(UNKNOWN, "games")]
    assert "no such app" in rows[0].data["reason"]
    assert "1 of 3 games failed" in failure.description


def test_a_game_without_reviews_has_no_report_and_says_so_and_nothing_failed(definitions, instance, db):
    assert run(definitions, instance, appids=[NO_REVIEWS]).success

    metadata = instance.get_latest_materialization_event(dg.AssetKey("reports")).asset_materialization.metadata
    assert "no reviews yet" in metadata["no report"].value
    assert counts(db)["reports"] == 0


def test_a_second_run_fetches_analyses_and_writes_nothing(definitions, instance, db):
    assert run(definitions, instance, appids=[SMALL, SMALLER]).success
    before = counts(db)

    result = run(definitions, instance, appids=[SMALL, SMALLER])

    assert result.success
    assert counts(db) == before
    latest = instance.get_latest_materialization_event(dg.AssetKey("reviews")).asset_materialization.metadata
    assert latest["still fresh, nothing fetched"].value is True
    assert latest["pages fetched"].value == 0


def test_the_last_sign_of_life_outlives_the_step_and_goes_once_the_run_has_ended(definitions, instance, db):
    """A process killed between its last outcome and the end of its run must be found missing."""
    result = run(definitions, instance, appids=[SMALLER])
    heartbeats = RunHeartbeatService(db, seconds=0)
    assert heartbeats.list_dead() == [result.run_id]
    assert end_dead_runs(instance, heartbeats, now=utc_now()) == []
    assert heartbeats.list_dead() == []


def test_one_partition_picked_in_the_ui_runs_alone(definitions, instance):
    assert run(definitions, instance, partition=str(SMALLER)).success

    assert statuses(instance, "reports") == ({SMALLER}, set())


def test_reports_alone_can_be_made_again_once_the_rest_is_there(definitions, instance, db):
    assert run(definitions, instance, appids=[SMALL], assets=STAGES[:3]).success
    assert statuses(instance, "reports") == (set(), set())

    assert run(definitions, instance, appids=[SMALL], assets=("reports",)).success

    assert statuses(instance, "reports") == ({SMALL}, set())
    assert ReportReader(db).require_current_report(SMALL).report.sample.stored == 18


def test_a_materialization_carries_what_a_person_wants_to_read(definitions, instance):
    assert run(definitions, instance, appids=[SMALL]).success

    def metadata(asset):
        event = instance.get_latest_materialization_event(dg.AssetKey(asset))
        assert event.asset_materialization.partition == str(SMALL)
        return event.asset_materialization.metadata

    assert metadata("games")["name"].value == "Polder Kart"
    assert metadata("reviews")["dagster/partition_row_count"].value == 18
    assert metadata("reviews")["completeness (stored ÷ reported)"].value == 1.0
    assert metadata("chunk_summaries")["dagster/partition_row_count"].value == 1
    report = metadata("reports")
    assert report["report"].value.startswith("# Polder Kart")
    assert "█" in report["languages"].value


def test_the_catalogue_counts_what_changed_and_is_fresh_the_second_time(definitions, instance, db):
    job = definitions.resolve_job_def("refresh_catalog_job")

    assert job.execute_in_process(instance=instance).success
    first = instance.get_latest_materialization_event(dg.AssetKey("catalog")).asset_materialization.metadata
    assert first["new"].value == counts(db)["app_catalog"] > 300

    assert job.execute_in_process(instance=instance).success
    second = instance.get_latest_materialization_event(dg.AssetKey("catalog")).asset_materialization.metadata
    assert second["still fresh, nothing fetched"].value is True


def retry(definitions, instance, **config):
    return definitions.resolve_job_def("retry_failed_job").execute_in_process(
        instance=instance,
        run_config={"ops": {"retry_failed": {"config": config}}} if config else {},
        raise_on_error=False,
    )


def test_retry_mends_the_failed_games_and_touches_no_other(definitions, instance, monkeypatch):
    write = ReportService.write_report

    async def refuse(self, appid):
        if appid == SMALLER:
            raise ValidationError("the report cannot be written today", appid=appid)
        return await write(self, appid)

    with monkeypatch.context() as spoiled:
        spoiled.setattr(ReportService, "write_report", refuse)
        assert not run(definitions, instance, appids=[SMALL, SMALLER]).success
    assert statuses(instance, "reports") == ({SMALL}, {SMALLER})

    result = retry(definitions, instance)

    assert result.success
    assert statuses(instance, "reports") == ({SMALL, SMALLER}, set())
    touched = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("games"), asset_partitions=[str(SMALL)]), limit=10
    ).records
    assert {record.run_id for record in touched} != {result.run_id}
    assert len(touched) == 1


def test_retry_of_a_game_that_fails_again_fails_and_names_it(definitions, instance):
    assert not run(definitions, instance, appids=[SMALL, UNKNOWN]).success

    result = retry(definitions, instance)

    assert not result.success
    (failure,) = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    assert [row.data["appid"] for row in failure.metadata["failed"].records] == [UNKNOWN]
    assert statuses(instance, "games") == ({SMALL}, {UNKNOWN})


def test_retry_with_nothing_failed_does_nothing_and_says_so(definitions, instance):
    result = retry(definitions, instance)

    assert result.success
    messages = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert "No game has failed, so there is nothing to retry." in messages


def test_retry_of_a_kind_that_does_not_exist_names_those_that_do(definitions, instance):
    result = retry(definitions, instance, kind="oops")

    (failure,) = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    assert "There is no kind 'oops'" in failure.description


def test_a_walk_of_the_command_line_is_told_to_dagster_once_and_an_old_one_is_not(instance, monkeypatch):
    def told(age):
        monkeypatch.setattr(bootstrap_orchestration, "get_catalog_age", lambda: age)
        return note_catalog_walk(instance)

    assert [told(age) for age in (None, timedelta(days=3), timedelta(minutes=1), timedelta(minutes=2))] == [
        False,
        False,
        True,
        False,
    ]
    assert instance.get_latest_materialization_event(dg.AssetKey("catalog")) is not None
