"""What runs by itself in a fresh installation."""

from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.automation import build_night_cron, get_next_night, runs_by_default
from steampulse_dagster.config import Settings, get_settings

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


@pytest.mark.parametrize(
    ("starts_at", "night", "catalogue"),
    [("01:00", "0 1 * * *", "0 0 * * *"), ("00:30", "30 0 * * *", "30 23 * * *"), ("25:00", "0 1 * * *", "0 0 * * *")],
)
def test_the_night_begins_when_the_setting_says_and_the_catalogue_comes_an_hour_earlier(
    monkeypatch, starts_at, night, catalogue
):
    monkeypatch.setenv("STEAMPULSE_NIGHT_STARTS_AT", starts_at)
    get_settings.cache_clear()
    try:
        assert build_night_cron() == night
        assert build_night_cron(before=timedelta(hours=1)) == catalogue
    finally:
        get_settings.cache_clear()


def test_the_next_night_is_today_or_tomorrow():
    assert get_next_night(datetime(2026, 11, 1, 0, 59, tzinfo=UTC)) == datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert get_next_night(datetime(2026, 11, 1, 1, 0, tzinfo=UTC)) == datetime(2026, 11, 2, 1, tzinfo=UTC)
