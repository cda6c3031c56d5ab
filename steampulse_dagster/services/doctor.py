"""Checks every dependency by using it once; nothing is left behind."""

import uuid
from collections.abc import Awaitable, Callable

from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.clients.igdb import IgdbSource
from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.models.checks import HealthCheck
from steampulse_dagster.repositories.status import StatusRepository
from steampulse_dagster.services.host_budget import HostBudgetService
from steampulse_dagster.utils.db import Database

PROBE_KEY = "doctor/probe"


async def check_health(name: str, look: Callable[[], Awaitable[str]], *, mend: str) -> HealthCheck:
    """Run one check; a deliberate error becomes a failed check that carries the error's own sentence."""
    try:
        return HealthCheck(name=name, ok=True, seen=await look())
    except SteamPulseError as error:
        return HealthCheck(name=name, ok=False, seen=error.message, mend=mend)
    except Exception as error:  # noqa: BLE001 - a doctor reports whatever it meets
        return HealthCheck(name=name, ok=False, seen=f"{type(error).__name__}: {error}", mend=mend)


def look_at_database(database: Database) -> str:
    """Server version and number of stored reviews. Raises DatabaseError."""
    with database.connection() as conn:
        status = StatusRepository(conn)
        reviews = status.count_reviews()
        about = "about " if reviews.estimated else ""
        return f"PostgreSQL {status.get_server_version()}, {about}{reviews.rows:,} reviews stored"


async def look_at_steam(steam: SteamDataSource) -> str:
    """Asks the keyless tag list, and the app list when there is a key. Raises SteamApiError."""
    tags = await steam.fetch_tag_names()
    if not steam.has_key:
        return f"answers ({len(tags)} tags); no STEAM_API_KEY, so the catalogue cannot be crawled"
    async for page in steam.fetch_app_list_pages(max_results=1):
        if page.apps:
            return f"answers ({len(tags)} tags), the key works (first app {page.apps[0].appid})"
    return f"answers ({len(tags)} tags), the key works, the app list is empty"


def look_at_limits(budgets: HostBudgetService) -> str:
    """Whether a host outside asked for a pause or refused us. Raises SteamPulseError with what stops requests."""
    if stops := budgets.list_stops():
        raise SteamPulseError(" ".join(stops))
    return f"no host of {len(budgets.list_uses())} that were asked has stopped us (`steampulse limits`)"


async def look_at_igdb(igdb: IgdbSource) -> str:
    """Fetches a token and one game. Raises IgdbApiError."""
    rows = await igdb.query("games", "fields id,name; limit 1;")
    return f"answers, the credentials work ({len(rows)} game read)"


def look_at_object_store(store: ObjectStore) -> str:
    """Writes, reads and deletes one small file. Raises ObjectStoreError."""
    written = uuid.uuid4().hex.encode()
    store.write(PROBE_KEY, written)
    if store.read(PROBE_KEY) != written:
        raise SteamPulseError(f"{store.url} gave back other bytes than were written.")
    store.delete(PROBE_KEY)
    return f"{store.url} can be written and read"


def look_at_analyst(analyst: Analyst) -> str:
    """Says who analyses. Raises SteamPulseError when the analyst works below its quality."""
    provenance = analyst.provenance
    if provenance.degraded:
        raise SteamPulseError(f"works below its quality: {provenance.degraded}")
    kind = "a language model" if provenance.generative else "extractive, no language model"
    return f"{provenance.engine} {provenance.model} {provenance.version} ({kind})"
