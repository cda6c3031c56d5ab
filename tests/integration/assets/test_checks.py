"""Checks are evaluated in every kind of run of the lineage, and by a job of their own that touches no game."""

from decimal import Decimal

import dagster as dg
import pytest

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.jobs import check_data_job, refresh_games_job
from steampulse_dagster.key_sets import build_run_config, build_tags
from steampulse_dagster.models.costs import GameCost
from steampulse_dagster.models.data_checks import CheckName
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.utils.db import execute
from tests.analysis_fakes import build_game, build_review, store_game, store_reviews
from tests.dagster_resources import build_resources

pytestmark = pytest.mark.integration

GOOD, NEVER_CRAWLED = 440, 441
ANALYSIS = ("chunk_summaries", "reports")
EVALUATED = {CheckName.WITHIN_BUDGET, CheckName.NO_ORPHANS, CheckName.GROUNDED, CheckName.SAID_ONCE, CheckName.COUNTED}


@pytest.fixture
def instance(db):
    store_game(db, build_game("Good", GOOD))
    store_reviews(db, [build_review(number, appid=GOOD, text="I love the combat of it.") for number in range(9)])
    with dg.DagsterInstance.ephemeral() as made:
        made.add_dynamic_partitions(APPIDS.name, [str(GOOD), str(NEVER_CRAWLED)])
        yield made


@pytest.fixture
def definitions(db, tmp_path):
    return dg.Definitions(
        assets=[game_lineage],
        jobs=[refresh_games_job, check_data_job],
        resources=build_resources(db, tmp_path),
    )


def run(definitions, instance, *appids, partition=None):
    return definitions.resolve_job_def("refresh_games_job").execute_in_process(
        instance=instance,
        run_config=build_run_config(appids),
        partition_key=partition,
        tags=build_tags(appids, whole_chain=False),
        asset_selection=[dg.AssetKey(name) for name in ANALYSIS],
        raise_on_error=False,
    )


def read(instance, run_id):
    """The evaluations of a run: whether each check passed."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    found = [record.event_log_entry.dagster_event.asset_check_evaluation_data for record in records]
    return {CheckName(one.check_name): one for one in found}


@pytest.mark.parametrize("how", ["key set", "partition"])
def test_the_checks_of_the_chosen_assets_are_evaluated_in_the_run_that_fills_them(definitions, instance, how):
    done = run(definitions, instance, GOOD) if how == "key set" else run(definitions, instance, partition=str(GOOD))

    assert done.success
    found = read(instance, done.run_id)
    assert found.keys() == EVALUATED
    assert all(one.passed for one in found.values())
    assert found[CheckName.GROUNDED].metadata["of all current reports that were examined"].value == 1


def test_a_run_in_which_a_game_fails_evaluates_them_all_the_same(definitions, instance):
    done = run(definitions, instance, GOOD, NEVER_CRAWLED)

    assert not done.success
    assert read(instance, done.run_id).keys() == EVALUATED
    (failure,) = [event.step_failure_data.user_failure_data for event in done.all_events if event.is_step_failure]
    assert [row.data["appid"] for row in failure.metadata["failed"].records] == [NEVER_CRAWLED]


def test_a_wrong_report_fails_the_run_and_names_itself_while_the_games_stay_done(definitions, instance, db):
    assert run(definitions, instance, GOOD).success
    with db.transaction() as conn:
        execute(conn, "update report_proofs set ungrounded = 1, offenders = array['a quote is not in review 5']")

    done = run(definitions, instance, GOOD)

    assert not done.success
    (failure,) = [event.step_failure_data.user_failure_data for event in done.all_events if event.is_step_failure]
    assert "every_quote_is_in_its_review: 1 of 1 current reports" in failure.description
    (row,) = failure.metadata["offenders"].records
    assert (row.data["appid"], row.data["first"]) == (GOOD, "a quote is not in review 5")
    assert read(instance, done.run_id)[CheckName.GROUNDED].severity is dg.AssetCheckSeverity.ERROR
    newest = instance.get_latest_materialization_event(dg.AssetKey("reports"))
    assert newest.run_id == done.run_id


def test_checks_alone_need_no_game(definitions, instance):
    done = definitions.resolve_job_def("check_data_job").execute_in_process(instance=instance, raise_on_error=False)

    assert done.success
    assert read(instance, done.run_id).keys() == set(CheckName)


def test_the_run_tells_what_it_did_as_a_whole(definitions, instance):
    done = run(definitions, instance, GOOD, NEVER_CRAWLED)

    tags = instance.get_run_by_id(done.run_id).tags
    assert (tags["steampulse/done"], tags["steampulse/failed"]) == ("1", "1")
    (record,) = instance.fetch_observations(dg.AssetKey("reports"), limit=5).records
    metadata = record.event_log_entry.asset_observation.metadata
    assert (metadata["games"].value, metadata["games failed"].value) == (2, 1)
    assert metadata["grounded share of shown quotes"].value == 1.0
    assert "| chunk_summaries | 2 | 0 |" in metadata["stages"].value
    assert "| reports | 1 | 1 |" in metadata["stages"].value
    assert metadata["failed"].records[0].data["appid"] == NEVER_CRAWLED


def test_a_run_in_which_no_game_came_anywhere_is_told_and_names_its_failures(definitions, instance):
    done = definitions.resolve_job_def("refresh_games_job").execute_in_process(
        instance=instance,
        run_config=build_run_config([NEVER_CRAWLED]),
        tags=build_tags([NEVER_CRAWLED], whole_chain=False),
        asset_selection=[dg.AssetKey("reports")],
        raise_on_error=False,
    )

    (failure,) = [event.step_failure_data.user_failure_data for event in done.all_events if event.is_step_failure]
    assert [row.data["appid"] for row in failure.metadata["failed"].records] == [NEVER_CRAWLED]
    assert instance.get_run_by_id(done.run_id).tags["steampulse/failed"] == "1"
    assert len(instance.fetch_observations(dg.AssetKey("reports"), limit=5).records) == 1


def test_each_report_tells_what_its_game_cost_and_how_much_of_it_is_grounded(definitions, instance, monkeypatch):
    cost = GameCost(run=Decimal("0.25"), total=Decimal("1.5"))
    monkeypatch.setattr(bootstrap_orchestration, "build_game_cost", lambda run_id: lambda appid: cost)
    assert run(definitions, instance, GOOD).success

    for asset in ("chunk_summaries", "reports"):
        event = instance.get_latest_materialization_event(dg.AssetKey(asset))
        metadata = event.asset_materialization.metadata
        assert (metadata["cost in this run (USD)"].value, metadata["cost so far (USD)"].value) == (0.25, 1.5)
        assert metadata["grounded share"].value == 1.0
