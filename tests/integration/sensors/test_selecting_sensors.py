"""Ticks of the sensors that choose games: new reviews, and tracking rules, with a real instance and database."""

from contextlib import asynccontextmanager
from decimal import Decimal

import dagster as dg
import pytest

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.assets import tracking
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.jobs import apply_tracking_rules_job, refresh_games_job
from steampulse_dagster.key_sets import KIND_TAG, Priority, build_run_config
from steampulse_dagster.models.news import NewsLimits
from steampulse_dagster.models.tracking_rules import RuleConditions
from steampulse_dagster.run_outcomes import list_appids
from steampulse_dagster.run_queue import USD_TAG, list_asked_since, read_under_way
from steampulse_dagster.sensors.new_reviews import new_reviews_sensor
from steampulse_dagster.sensors.tracking_rules import tracking_rules_sensor
from steampulse_dagster.services.news import NewsService
from steampulse_dagster.services.tracking import TrackedGames
from steampulse_dagster.services.tracking_rules import TrackingRuleService
from steampulse_dagster.utils.clock import utc_now
from tests.dagster_resources import build_resources
from tests.fake_steam import FakeSteam
from tests.selection_rows import DAY, NOW, follow, store_crawl, store_report
from tests.ticks import execute

pytestmark = pytest.mark.integration


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def definitions(db, tmp_path):
    @asynccontextmanager
    async def open_fake():
        yield FakeSteam().open()

    return dg.Definitions(
        assets=[game_lineage, tracking.tracked_games],
        jobs=[refresh_games_job, apply_tracking_rules_job],
        sensors=[new_reviews_sensor, tracking_rules_sensor],
        resources=build_resources(db, tmp_path, open_steam=open_fake),
    )


@pytest.fixture
def news(db, monkeypatch):
    """1 has 200 new reviews, 2 was never analysed, 3 has no news."""
    limits = NewsLimits(count=100, share=0.5, shift=0.05, cool_down_hours=6)
    service = NewsService(
        db, limits=limits, games_per_run=300, forecast=None, analyst_key=None, clock=lambda: NOW + DAY
    )
    monkeypatch.setattr(bootstrap_orchestration, "build_news_service", lambda: service)
    with db.transaction() as conn:
        follow(conn, 1, 2, 3)
        for appid in (1, 2, 3):
            store_crawl(conn, appid, stored=1_000)
        store_report(conn, 1, reviews=800)
        store_report(conn, 3, reviews=1_000)


def tick(sensor, instance, definitions):
    with dg.build_sensor_context(instance=instance, definitions=definitions) as context:
        return sensor(context)


def put_in_queue(instance, definitions, request, *, status=dg.DagsterRunStatus.NOT_STARTED):
    """The run of a request, made and not begun."""
    job = definitions.resolve_job_def(request.job_name or "refresh_games_job")
    return instance.create_run_for_job(
        job_def=job, run_config=request.run_config, tags=request.tags, status=status, asset_selection=None
    )


def test_games_with_news_are_asked_for_in_one_run_of_the_two_analysis_stages(news, instance, definitions):
    (request,) = tick(new_reviews_sensor, instance, definitions).run_requests
    assert request.run_config["ops"]["game_lineage"]["config"]["appids"] == [2, 1]
    assert [key.to_user_string() for key in request.asset_selection] == ["chunk_summaries", "reports"]
    assert request.tags["steampulse/reason"] == "News: 2 (1,000 reviews, never analysed) and 1 more games"
    assert request.tags[KIND_TAG] == "reanalysis"
    assert tick(new_reviews_sensor, instance, definitions).run_requests[0].run_key == request.run_key


def test_a_game_that_a_run_has_or_just_had_is_not_asked_for_again(news, instance, definitions):
    (request,) = tick(new_reviews_sensor, instance, definitions).run_requests
    put_in_queue(instance, definitions, request, status=dg.DagsterRunStatus.FAILURE)
    skipped = tick(new_reviews_sensor, instance, definitions)
    assert skipped.skip_message == (
        "2 games have reviews that no report knows; for 2 that is worth an analysis. Left 2: a run that waits or works "
        "has it, or had it within the cool-down."
    )


def test_a_nightly_run_in_the_queue_keeps_the_sensor_off_its_games(news, instance, definitions):
    tags = {KIND_TAG: "nightly", USD_TAG: "1.25"}
    put_in_queue(
        instance, definitions, dg.RunRequest(job_name="refresh_games_job", run_config=build_run_config([2]), tags=tags)
    )
    under_way = read_under_way(instance)
    assert (under_way.runs, under_way.appids, under_way.usd) == (1, {2}, Decimal("1.25"))
    assert read_under_way(instance, kind=Priority.REANALYSIS).runs == 0
    assert list_asked_since(instance, utc_now() - DAY, kind=Priority.NIGHTLY) == {2}
    assert list_asked_since(instance, utc_now() + DAY, kind=Priority.NIGHTLY) == frozenset()
    (request,) = tick(new_reviews_sensor, instance, definitions).run_requests
    assert request.run_config["ops"]["game_lineage"]["config"]["appids"] == [1]


def test_the_sensor_waits_while_its_runs_fill_their_places(news, instance, definitions):
    for appid in (7, 8):
        request = dg.RunRequest(
            job_name="refresh_games_job", run_config=build_run_config([appid]), tags={KIND_TAG: "reanalysis"}
        )
        assert list_appids(put_in_queue(instance, definitions, request)) == (appid,)
    assert "2 runs of re-analysis wait" in tick(new_reviews_sensor, instance, definitions).skip_message


def test_a_new_rule_is_applied_by_a_run_and_then_not_again(db, instance, definitions, monkeypatch):
    rules = TrackingRuleService(db)
    monkeypatch.setattr(bootstrap_orchestration, "build_tracking_rules", lambda: rules)
    assert "Every tracking rule was applied" in tick(tracking_rules_sensor, instance, definitions).skip_message
    rules.add(RuleConditions(min_reviews=10), up_to=5)
    (request,) = tick(tracking_rules_sensor, instance, definitions).run_requests
    run_id = execute(request, instance, definitions)
    assert instance.get_run_by_id(run_id).status is dg.DagsterRunStatus.SUCCESS
    materialization = instance.get_latest_materialization_event(dg.AssetKey("tracked_games"))
    assert materialization.asset_materialization.metadata["rules"].value == 1
    assert "Every tracking rule was applied" in tick(tracking_rules_sensor, instance, definitions).skip_message
    assert TrackedGames(db).list_all() == ()
