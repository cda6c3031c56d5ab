"""What runs by itself in a fresh installation."""

import pytest

from steampulse_dagster.automation import runs_by_default
from steampulse_dagster.config import Settings

pytestmark = pytest.mark.unit

REAL = {"steam_api_url": "https://api.steampowered.com", "steam_store_url": "https://store.steampowered.com"}


@pytest.mark.parametrize(
    ("settings", "asks_steam", "costs", "runs"),
    [
        ({}, True, True, True),
        (REAL, True, False, False),
        (REAL, False, False, True),
        ({"analyst": "bedrock"}, False, True, False),
        ({"analyst": "bedrock"}, True, False, True),
        ({**REAL, "analyst": "bedrock", "automation": "on"}, True, True, True),
        ({"automation": "off"}, False, False, False),
    ],
)
def test_what_asks_the_real_steam_or_costs_money_waits_for_a_person(settings, asks_steam, costs, runs):
    assert runs_by_default(Settings(_env_file=None, **settings), asks_steam=asks_steam, costs=costs) is runs
