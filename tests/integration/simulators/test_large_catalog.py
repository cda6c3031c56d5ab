from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.models.catalog import CatalogChanges
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.services.tracking import TrackingService
from steampulse_dagster.simulators.large_catalog import LargeCatalogWorld, count_reviews
from steampulse_dagster.simulators.server import running_simulators

pytestmark = pytest.mark.integration

START = datetime(2026, 11, 1, tzinfo=UTC)
APPS = 51_000


@pytest.fixture
async def steam_of():
    async with build_http_client(concurrency=8) as http:

        def open_source(url):
            limiter = HostLimiter(requests_per_second=None, concurrency=8)
            return SteamDataSource(http, api_url=f"{url}/steam", store_url=f"{url}/store", key="k", limiter=limiter)

        yield open_source


async def test_a_catalogue_of_two_pages_is_stored_and_then_only_its_changes_are_asked_for(db, steam_of):
    world, now = LargeCatalogWorld(APPS), START
    with running_simulators(world) as url:
        service = CatalogService(db, steam_of(url), clock=lambda: now)
        assert await service.refresh() == CatalogChanges(stored=APPS, seen=APPS, new=APPS)
        now = START + timedelta(days=2)
        assert await service.refresh() == CatalogChanges(stored=APPS)
        world.modify(200, modified_at=int(now.timestamp()) + 60)
        now = START + timedelta(days=4)
        assert await service.refresh() == CatalogChanges(stored=APPS, seen=200, renamed=100, modified=200)


async def test_games_are_chosen_by_size_out_of_a_catalogue(db, steam_of):
    world = LargeCatalogWorld(2_000)
    with running_simulators(world) as url:
        steam = steam_of(url)
        await CatalogService(db, steam).refresh()
        added = await TrackingService(db, steam).track_min_reviews(1_000)
    large = [app["appid"] for place, app in enumerate(world.list_apps()) if count_reviews(place) >= 1_000]
    assert [game.appid for game in added] == large
    assert 1 < len(large) < 200
