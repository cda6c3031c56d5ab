"""The resources of runs in tests: a database, a Steam and an analyst of the test's choosing, not of the settings."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.resources.analyst import AnalystResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from tests.analysis_fakes import KeywordAnalyst


@asynccontextmanager
async def no_steam() -> AsyncIterator[None]:
    """For runs that must not ask Steam: whatever they ask of it fails."""
    yield None


def build_resources(
    db: Any,
    folder: Path,
    *,
    open_steam: Callable[[], AbstractAsyncContextManager[Any]] = no_steam,
    build_analyst: Callable[[], Any] = KeywordAnalyst,
) -> dict[str, Any]:
    """`folder` keeps the files that runs write. `open_steam` is entered once a step, `build_analyst` called as
    often."""

    class Postgres(PostgresResource):
        def get_database(self) -> Any:
            return db

    class Steam(SteamResource):
        @asynccontextmanager
        async def open(self) -> AsyncIterator[Any]:
            async with open_steam() as steam:
                yield steam

    class Analyst(AnalystResource):
        @asynccontextmanager
        async def open(self, *, run_id: str) -> AsyncIterator[Any]:
            yield build_analyst()

    class Store(ObjectStoreResource):
        def get_store(self) -> FolderStore:
            return FolderStore(folder)

    return {"postgres": Postgres(), "steam": Steam(), "analyst": Analyst(), "object_store": Store()}
