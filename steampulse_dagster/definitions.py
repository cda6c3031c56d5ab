"""START HERE: everything that is deployed, by name."""

import dagster as dg

from steampulse_dagster.assets.catalog import catalog
from steampulse_dagster.assets.games import game_lineage
from steampulse_dagster.jobs import refresh_catalog_job, refresh_games_job
from steampulse_dagster.resources.analyst import AnalystResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.run_logs import take_over_run_logs

take_over_run_logs()

defs = dg.Definitions(
    assets=[catalog, game_lineage],
    jobs=[refresh_catalog_job, refresh_games_job],
    resources={
        "postgres": PostgresResource(),
        "steam": SteamResource(),
        "analyst": AnalystResource(),
        "object_store": ObjectStoreResource(),
    },
    executor=dg.in_process_executor,
)
