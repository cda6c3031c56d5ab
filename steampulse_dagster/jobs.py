"""The jobs that people and schedules launch. All run in one process: a process start costs seconds, a game less."""

import dagster as dg

from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.task_sizes import LARGE_TASK, SMALL_TASK

refresh_catalog_job = dg.define_asset_job(
    "refresh_catalog_job",
    selection=dg.AssetSelection.assets("catalog"),
    tags=SMALL_TASK,
    executor_def=dg.in_process_executor,
    description="Bring the catalogue of all apps on Steam up to date.",
)

import_library_job = dg.define_asset_job(
    "import_library_job",
    selection=dg.AssetSelection.assets("library_raw", "library_enriched", "library_import"),
    tags=SMALL_TASK,
    executor_def=dg.in_process_executor,
    description="A player's library from Steam, enriched by IGDB, into PostgreSQL. Its partition is the SteamID64.",
)

refresh_games_job = dg.define_asset_job(
    "refresh_games_job",
    selection=dg.AssetSelection.assets(*(stage.value for stage in Stage)),
    tags=LARGE_TASK,
    executor_def=dg.in_process_executor,
    description="The whole lineage of chosen games, from Steam to their reports. Name the games in the run config "
    "(`appids`), or pick partitions.",
)

apply_tracking_rules_job = dg.define_asset_job(
    "apply_tracking_rules_job",
    selection=dg.AssetSelection.assets("tracked_games"),
    tags=SMALL_TASK,
    executor_def=dg.in_process_executor,
    description="Follow the games that the tracking rules choose from the catalogue (`steampulse rules`).",
)

check_data_job = dg.define_asset_job(
    "check_data_job",
    selection=dg.AssetSelection.checks_for_assets(*(stage.value for stage in Stage)),
    tags=SMALL_TASK,
    executor_def=dg.in_process_executor,
    description="Evaluate the checks on the tables without touching a game; runs of the lineage evaluate them too.",
)
