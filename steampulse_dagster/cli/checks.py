"""The checks of `steampulse doctor`, one for each dependency."""

import asyncio

from steampulse_dagster import bootstrap, bootstrap_library, bootstrap_models, bootstrap_pipeline
from steampulse_dagster.config import get_settings
from steampulse_dagster.models.checks import HealthCheck
from steampulse_dagster.services.doctor import (
    check_health,
    look_at_analyst,
    look_at_database,
    look_at_igdb,
    look_at_limits,
    look_at_object_store,
    look_at_steam,
)


async def run_checks() -> list[HealthCheck]:
    """Check settings' parts one after another; each fails on its own."""
    return [
        await check_health("database", _database, mend="check DATABASE_URL, or unset it for the embedded server"),
        await check_health("Steam", _steam, mend="check STEAMPULSE_STEAM_API_URL and STEAM_API_KEY"),
        await check_health("limits", _limits, mend="wait; or `steampulse limits --reset HOST` once it is over"),
        await check_health("IGDB", _igdb, mend="check STEAMPULSE_IGDB_API_URL, IGDB_CLIENT_ID and IGDB_CLIENT_SECRET"),
        await check_health("model", _analyst, mend=_mend_analyst()),
        await check_health(
            "object store", _object_store, mend="check STEAMPULSE_OBJECT_STORE_URL or S3_BUCKET, and its permissions"
        ),
        await check_health("Dagster", _dagster, mend="check DAGSTER_HOME and the storage in its dagster.yaml"),
    ]


async def _database() -> str:
    return await asyncio.to_thread(lambda: look_at_database(bootstrap.get_database()))


async def _steam() -> str:
    async with bootstrap_pipeline.open_steam() as steam:
        return await look_at_steam(steam)


async def _limits() -> str:
    return await asyncio.to_thread(lambda: look_at_limits(bootstrap.build_host_budget_service()))


async def _igdb() -> str:
    async with bootstrap_library.open_igdb() as igdb:
        return await look_at_igdb(igdb)


def _mend_analyst() -> str:
    match get_settings().analyst:
        case "local":
            return "reinstall with `make install`; analysis goes on by rules alone"
        case "bedrock":
            return "check the AWS credentials, AWS_REGION, STEAMPULSE_SMALL_MODEL, STEAMPULSE_LARGE_MODEL and prices"
        case "openai":
            return "check STEAMPULSE_OPENAI_URL, STEAMPULSE_OPENAI_API_KEY, STEAMPULSE_SMALL_MODEL and prices"


async def _analyst() -> str:
    async with bootstrap_models.open_analyst() as analyst:
        seen = look_at_analyst(analyst)
    return seen if get_settings().analyst == "local" else f"{seen}; {await bootstrap_models.describe_models()}"


async def _object_store() -> str:
    return await asyncio.to_thread(lambda: look_at_object_store(bootstrap.get_object_store()))


async def _dagster() -> str:
    return await asyncio.to_thread(_look_at_dagster)


def _look_at_dagster() -> str:
    import dagster as dg

    from steampulse_dagster.definitions import defs
    from steampulse_dagster.embedded.environment import export_dagster_environment

    export_dagster_environment(bootstrap.get_environment(simulators=False))
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs_count()
        jobs = len(list(defs.resolve_all_job_defs()))
    return f"storage answers ({runs} runs), {jobs} jobs load, UI on port {get_settings().ui_port} by `steampulse dev`"
