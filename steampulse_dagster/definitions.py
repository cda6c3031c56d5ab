"""START HERE: everything that is deployed, by name."""

import dagster as dg

from steampulse_dagster.assets.catalog import catalog
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.assets.library import library_enriched, library_import, library_raw
from steampulse_dagster.jobs import import_library_job, refresh_catalog_job, refresh_games_job
from steampulse_dagster.resources.analyst import AnalystResource
from steampulse_dagster.resources.igdb import IgdbResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.sensors.library_requests import library_requests_sensor

defs = dg.Definitions(
    assets=[catalog, game_lineage, library_raw, library_enriched, library_import],
    jobs=[refresh_catalog_job, refresh_games_job, import_library_job],
    sensors=[library_requests_sensor],
    resources={
        "postgres": PostgresResource(),
        "steam": SteamResource(),
        "igdb": IgdbResource(),
        "analyst": AnalystResource(),
        "object_store": ObjectStoreResource(),
    },
    executor=dg.in_process_executor,
)
