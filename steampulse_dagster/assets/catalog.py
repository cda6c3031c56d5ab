"""The catalogue of all apps on Steam: fills `app_catalog`."""

from datetime import timedelta

import dagster as dg

from steampulse_dagster import bootstrap_orchestration, bootstrap_pipeline
from steampulse_dagster.assets.failures import to_failure
from steampulse_dagster.assets.metadata import describe_catalog
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.interrupts import run_until_interrupted
from steampulse_dagster.models.catalog import CatalogChanges
from steampulse_dagster.pools import CATALOG_POOL
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource

DAILY = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=26), fail_window=timedelta(hours=74))
"""A day and two hours: a daily tick that was missed is seen the same morning."""


class CatalogConfig(dg.Config):
    """Config of the catalogue step."""

    force: bool = False


@dg.asset(
    pool=CATALOG_POOL,
    group_name="steam",
    kinds={"python", "postgres"},
    owners=["team:steampulse"],
    code_version="1",
    freshness_policy=DAILY,
)
def catalog(
    context: dg.AssetExecutionContext, config: CatalogConfig, postgres: PostgresResource, steam: SteamResource
) -> dg.MaterializeResult:
    """Every app that Steam's app list names, with the time it last changed. A table, not a partition set:
    a game becomes a partition when it is tracked."""

    async def refresh() -> CatalogChanges:
        async with steam.open() as source:
            service = bootstrap_pipeline.build_catalog_service(postgres.get_database(), source)
            return await service.refresh(force=config.force)

    try:
        return dg.MaterializeResult(metadata=describe_catalog(run_until_interrupted(refresh)))
    except SteamPulseError as error:
        raise to_failure(error) from error


def note_catalog_walk(instance: dg.DagsterInstance) -> bool:
    """Tell Dagster of a recent walk that none of its runs made: the command line walks before it follows games. Whether
    there was one to tell of. Otherwise each click on a game asks whether a missing `catalog` is meant."""
    from steampulse_dagster.services.catalog import FRESH

    key, age = dg.AssetKey("catalog"), bootstrap_orchestration.get_catalog_age()
    if age is None or age > FRESH or instance.get_latest_materialization_event(key) is not None:
        return False
    instance.report_runless_asset_event(dg.AssetMaterialization(key, description="Walked by the command line."))
    return True
