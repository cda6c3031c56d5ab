"""library_raw → library_enriched → library_import: one player's library, a partition each, through files.

A step reads the newest file of the step before it unless its config names another, so that each can be run alone.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import dagster as dg

from steampulse_dagster import bootstrap_library
from steampulse_dagster.assets.failures import to_failure
from steampulse_dagster.assets.library_metadata import (
    describe_enriched,
    describe_import,
    describe_raw,
    describe_tracked,
)
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.interrupts import run_until_interrupted
from steampulse_dagster.models.library import EnrichedLibrary, RawLibrary
from steampulse_dagster.partitions import STEAM_IDS
from steampulse_dagster.resources.igdb import IgdbResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.services.library_progress import SHOWN_LIBRARY_PROGRESS, LibraryProgress
from steampulse_dagster.utils.steam_ids import require_steam_id

PROGRESS_LOG_SECONDS = 5.0
T = TypeVar("T")
COMMON: dict[str, Any] = {
    "partitions_def": STEAM_IDS,
    "group_name": "library",
    "owners": ["team:steampulse"],
    "code_version": "1",
}


class EnrichConfig(dg.Config):
    """Config of the enrichment step."""

    s3_key: str = ""
    """A raw file; empty: the newest of the partition."""


class ImportConfig(dg.Config):
    """Config of the import step."""

    s3_key: str = ""
    """An enriched file; empty: the newest of the partition."""
    track_games: bool = False
    """Follow the games of the library afterwards."""


@dg.asset(kinds={"python", "csv"}, **COMMON)
def library_raw(
    context: dg.AssetExecutionContext,
    postgres: PostgresResource,
    steam: SteamResource,
    object_store: ObjectStoreResource,
) -> dg.MaterializeResult:
    """A player's games with playtimes, as Steam lists them: a CSV file `raw/steam-library-{steam_id}-{timestamp}.csv`.
    A private profile, an unknown id, a refused key, a rate limit and an outage are failures of their own kind; an
    empty library is none."""

    async def fetch(progress: LibraryProgress) -> RawLibrary:
        async with steam.open() as source:
            service = bootstrap_library.build_steam_import(postgres.get_database(), source, object_store.get_store())
            return await service.import_library(context.partition_key, progress=progress)

    with _failing():
        return dg.MaterializeResult(metadata=describe_raw(_run(context, fetch)))


@dg.asset(kinds={"python", "csv"}, deps=[library_raw], **COMMON)
def library_enriched(
    context: dg.AssetExecutionContext,
    config: EnrichConfig,
    postgres: PostgresResource,
    steam: SteamResource,
    igdb: IgdbResource,
    object_store: ObjectStoreResource,
) -> dg.MaterializeResult:
    """The library with what each app is (by Steam's own type first) and which of IGDB's games, with genres, platforms,
    cover and release date: `enriched/steam-library-{steam_id}-{timestamp}-enriched.csv`. Asks IGDB for hundreds of apps
    at a time and remembers hits and misses. If IGDB is out of order, what it was not asked for is PENDING."""

    async def enrich(progress: LibraryProgress) -> EnrichedLibrary:
        async with steam.open() as source, igdb.open() as games:
            service = bootstrap_library.build_enrichment(
                postgres.get_database(), source, games, object_store.get_store()
            )
            key = config.s3_key or await asyncio.to_thread(service.get_latest_raw_key, context.partition_key)
            return await service.enrich(key, progress=progress)

    with _failing():
        result = _run(context, enrich)
    if result.pending_reason is not None:
        context.log.warning(f"IGDB could not be asked for everything: {result.pending_reason} The next import asks.")
    return dg.MaterializeResult(metadata=describe_enriched(result))


@dg.asset(kinds={"python", "postgres"}, deps=[library_enriched], **COMMON)
def library_import(
    context: dg.AssetExecutionContext,
    config: ImportConfig,
    postgres: PostgresResource,
    object_store: ObjectStoreResource,
) -> dg.MaterializeResult:
    """The library in PostgreSQL: `imported_games`, `library_items` with a suggested status, `igdb_games` with genres
    and platforms, and a row of `import_runs`. A row that cannot be read goes to quarantine; apps that Steam no longer
    lists are marked and stay. With `track_games` the games are followed afterwards."""
    progress = SHOWN_LIBRARY_PROGRESS.get()
    with _failing():
        service = bootstrap_library.build_library_import(postgres.get_database(), object_store.get_store())
        key = config.s3_key or service.get_latest_enriched_key(context.partition_key)
        result = service.import_file(key, progress=progress)
        library = bootstrap_library.build_library_service(postgres.get_database())
        metadata = describe_import(result, library.list_genres(result.steam_id))
        if config.track_games:
            metadata = {**metadata, **describe_tracked(library.track_games(result.steam_id))}
    return dg.MaterializeResult(metadata=metadata)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except SteamPulseError as error:
        raise to_failure(error) from error


def _run(context: dg.AssetExecutionContext, work: Callable[[LibraryProgress], Coroutine[Any, Any, T]]) -> T:
    """Run a step in an event loop of its own, and tell how far it is every few seconds."""
    require_steam_id(context.partition_key)  # anybody may name a partition in the UI
    progress = SHOWN_LIBRARY_PROGRESS.get() or LibraryProgress()

    async def drive() -> T:
        async def tell() -> None:
            while True:
                await asyncio.sleep(PROGRESS_LOG_SECONDS)
                context.log.info(progress.describe())

        telling = asyncio.create_task(tell())
        try:
            return await work(progress)
        finally:
            telling.cancel()

    import structlog

    with structlog.contextvars.bound_contextvars(steam_id=context.partition_key):
        return run_until_interrupted(drive)
