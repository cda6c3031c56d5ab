"""Ticks of the schedules, with a real instance and database: what they ask for, and what they say."""

from datetime import timedelta

import dagster as dg
import pytest

from steampulse_dagster import bootstrap, bootstrap_orchestration
from steampulse_dagster.models.catalog import CatalogChanges
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.run_queue import USD_TAG
from steampulse_dagster.schedules import daily_catalog_schedule, nightly_backfill_schedule, weekly_bulk_schedule
from steampulse_dagster.services.catalog import CatalogReader
from steampulse_dagster.services.nights import HostRate, NightService, NightSettings
from steampulse_dagster.utils.clock import utc_now
from tests.selection_rows import DAY, NOW, follow, store_crawl, store_report

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def instance():
    """Not an ephemeral one: the context of a schedule opens its own from a reference."""
    with dg.instance_for_test() as made:
        yield made


@pytest.fixture
def night(db, monkeypatch):
    """1 to 3 were never crawled, 4 is crawled and unread; 5 is up to date."""
    with db.transaction() as conn:
        follow(conn, 1, 2, 3, 4, 5)
        store_crawl(conn, 4, stored=200)
        store_crawl(conn, 5, stored=200)
        store_report(conn, 5, reviews=200)
    service = NightService(
        db,
        NightSettings(fresh_hours=6, hours=8, games=3, games_per_run=2),
        api=HostRate("api", 1.0),
        store=HostRate("store", 0.5),
        forecast=None,
        analyst_key=None,
        clock=lambda: NOW,
    )
    monkeypatch.setattr(bootstrap_orchestration, "build_night_service", lambda: service)


@pytest.fixture
def settings(monkeypatch):
    def change(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        bootstrap.get_settings.cache_clear()

    yield change
    bootstrap.get_settings.cache_clear()


def tick(schedule, instance):
    with dg.build_schedule_context(instance=instance, scheduled_execution_time=NOW) as context:
        return schedule(context)


def test_a_night_asks_for_key_set_runs_whose_tags_say_what_they_are(night, instance):
    requests = tick(nightly_backfill_schedule, instance)
    assert [request.run_config["ops"]["game_lineage"]["config"]["appids"] for request in requests] == [[4], [1, 2]]
    assert [[key.to_user_string() for key in request.asset_selection] for request in requests] == [
        ["chunk_summaries", "reports"],
        ["games", "reviews", "chunk_summaries", "reports"],
    ]
    assert [request.tags["steampulse/reason"] for request in requests] == [
        "Nightly backfill, run 1 of 2: analyse; 1 games are left for later",
        "Nightly backfill, run 2 of 2: crawl and analyse; 1 games are left for later",
    ]
    assert {request.tags["dagster/priority"] for request in requests} == {"-30"}
    assert {request.tags[USD_TAG] for request in requests} == {"0.0000"}
    assert set(instance.get_dynamic_partitions(APPIDS.name)) == {"1", "2", "4"}


def test_a_tick_that_is_made_again_asks_for_the_same_runs(night, instance):
    keys = [[request.run_key for request in tick(nightly_backfill_schedule, instance)] for _ in range(2)]
    assert keys[0] == keys[1]
    assert all(key.startswith("night:2026-11-01:") for key in keys[0])


def test_a_tick_without_a_moment_of_its_own_stands_for_now(night, instance):
    with dg.build_schedule_context(instance=instance) as context:
        assert nightly_backfill_schedule(context)[0].run_key.startswith(f"night:{utc_now():%Y-%m-%d}:")


def test_a_night_with_nothing_to_do_says_so(db, night, instance):
    with db.transaction() as conn:
        for appid in (1, 2, 3):
            store_crawl(conn, appid, stored=0)
        store_report(conn, 4, reviews=200)
    skipped = tick(nightly_backfill_schedule, instance)
    assert skipped.skip_message == "Nothing to do: no followed game is due, and no analysis is behind."


def test_the_catalogue_is_asked_for_once_a_day_and_the_tick_says_why_not(db, instance, settings, monkeypatch):
    settings(STEAMPULSE_AUTOMATION="on")
    reader = CatalogReader(db, clock=lambda: NOW)
    monkeypatch.setattr(bootstrap_orchestration, "get_catalog_age", reader.get_age)
    (request,) = tick(daily_catalog_schedule, instance)
    assert (request.run_key, request.tags["steampulse/reason"]) == (
        "catalog:2026-11-01",
        "The catalogue was never walked",
    )
    with db.transaction() as conn:
        CatalogRepository(conn).insert_crawl(CatalogChanges(), finished_at=NOW - timedelta(hours=3))
    assert "walked 3.0 hours ago" in tick(daily_catalog_schedule, instance).skip_message
    with db.transaction() as conn:
        conn.cursor().execute("update catalog_crawls set finished_at = %s", [NOW - DAY + timedelta(seconds=1)])
    assert len(tick(daily_catalog_schedule, instance)) == 1


def test_the_real_app_list_without_a_key_is_not_asked_for(instance, settings):
    settings(STEAMPULSE_STEAM_API_URL="https://api.test")
    assert "STEAM_API_KEY" in tick(daily_catalog_schedule, instance).skip_message


def test_the_weekly_bulk_schedule_sends_games_that_are_behind_on_their_way(night, instance, settings):
    assert "STEAMPULSE_ANALYST=bedrock" in tick(weekly_bulk_schedule, instance).skip_message
    settings(STEAMPULSE_ANALYST="bedrock")
    (request,) = tick(weekly_bulk_schedule, instance)
    assert request.job_name == "advance_bulk_job"
    assert request.run_config["ops"]["advance_bulk"]["config"]["appids"] == [4]
    assert request.run_key == "bulk:2026-W44"
    assert request.tags["steampulse/reason"].startswith("1 of 1 games in 1 runs: 1 to analyse.")
