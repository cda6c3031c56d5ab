"""Which schedules and sensors run by themselves in a fresh installation; reads the setting STEAMPULSE_AUTOMATION."""

import dagster as dg

from steampulse_dagster.config import Settings, get_settings
from steampulse_dagster.errors import ConfigError


def default_schedule_status(*, asks_steam: bool, costs: bool) -> dg.DefaultScheduleStatus:
    """Whether a schedule runs until somebody says otherwise in the UI; see `runs_by_default`."""
    running = _is_on(asks_steam=asks_steam, costs=costs)
    return dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED


def default_sensor_status(*, asks_steam: bool, costs: bool) -> dg.DefaultSensorStatus:
    """Whether a sensor runs until somebody says otherwise in the UI; see `runs_by_default`."""
    running = _is_on(asks_steam=asks_steam, costs=costs)
    return dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED


def runs_by_default(settings: Settings, *, asks_steam: bool, costs: bool) -> bool:
    """What STEAMPULSE_AUTOMATION says. `auto`: what asks the real Steam or costs money waits for a person to turn it
    on, everything else runs; on the embedded default nothing does either."""
    match settings.automation:
        case "on":
            return True
        case "off":
            return False
        case _:
            real_steam = settings.steam_api_url is not None or settings.steam_store_url is not None
            paid = settings.analyst != "local"
            return not (asks_steam and real_steam) and not (costs and paid)


def _is_on(*, asks_steam: bool, costs: bool) -> bool:
    try:
        settings = get_settings()
    except ConfigError:
        # Definitions load all the same: whatever runs says what is wrong with the settings.
        return False
    return runs_by_default(settings, asks_steam=asks_steam, costs=costs)
