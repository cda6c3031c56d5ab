"""START HERE: everything that is deployed, by name."""

import warnings

import dagster as dg

from steampulse_dagster.late import import_late

# They import every service and client. Dagster loads this file in each of its processes, most of which need none.
for name in (
    "bootstrap",
    "bootstrap_models",
    "bootstrap_pipeline",
    "bootstrap_bulk",
    "bootstrap_orchestration",
    "bootstrap_library",
):
    import_late(f"steampulse_dagster.{name}")

# ruff: noqa: E402
from steampulse_dagster.assets.catalog import catalog
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.assets.library import library_enriched, library_import, library_raw
from steampulse_dagster.assets.tracking import adopt_partitions_job, fill_statuses_job, tracked_games
from steampulse_dagster.bulk_jobs import advance_bulk_job
from steampulse_dagster.jobs import (
    apply_tracking_rules_job,
    check_data_job,
    import_library_job,
    refresh_catalog_job,
    refresh_games_job,
)
from steampulse_dagster.resources.analyst import AnalystResource
from steampulse_dagster.resources.igdb import IgdbResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.retries import retry_failed_job
from steampulse_dagster.run_logs import take_over_run_logs
from steampulse_dagster.schedules import daily_catalog_schedule, nightly_backfill_schedule, weekly_bulk_schedule
from steampulse_dagster.sensors.alerts import alerts_sensor
from steampulse_dagster.sensors.batch_jobs import batch_jobs_sensor
from steampulse_dagster.sensors.dead_runs import dead_runs_sensor
from steampulse_dagster.sensors.library_requests import library_requests_sensor
from steampulse_dagster.sensors.new_reviews import new_reviews_sensor
from steampulse_dagster.sensors.partitions import partitions_sensor
from steampulse_dagster.sensors.requests import queue_sensor, requests_sensor
from steampulse_dagster.sensors.tracking_rules import tracking_rules_sensor

# Dagster warns of an argument that it passes itself, once a process and in front of every command's output.
warnings.filterwarnings("ignore", "Parameter `owners` of initializer `SensorDefinition", dg.BetaWarning)

take_over_run_logs()

defs = dg.Definitions(
    assets=[catalog, tracked_games, game_lineage, library_raw, library_enriched, library_import],
    jobs=[
        refresh_catalog_job,
        refresh_games_job,
        retry_failed_job,
        advance_bulk_job,
        apply_tracking_rules_job,
        adopt_partitions_job,
        fill_statuses_job,
        check_data_job,
        import_library_job,
    ],
    schedules=[daily_catalog_schedule, nightly_backfill_schedule, weekly_bulk_schedule],
    sensors=[
        new_reviews_sensor,
        partitions_sensor,
        tracking_rules_sensor,
        batch_jobs_sensor,
        requests_sensor,
        queue_sensor,
        alerts_sensor,
        dead_runs_sensor,
        library_requests_sensor,
    ],
    resources={
        "postgres": PostgresResource(),
        "steam": SteamResource(),
        "igdb": IgdbResource(),
        "analyst": AnalystResource(),
        "object_store": ObjectStoreResource(),
    },
    executor=dg.in_process_executor,
)
