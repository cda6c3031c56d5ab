"""Which schedules and sensors run by themselves in a fresh installation, and when nights begin; reads the settings."""

from datetime import UTC, datetime, time, timedelta

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


def build_night_cron(*, before: timedelta = timedelta(0)) -> str:
    """Each day at the moment that STEAMPULSE_NIGHT_STARTS_AT names (UTC), or so much before it."""
    moment = datetime.combine(datetime(2000, 1, 2), _get_night_start()) - before
    return f"{moment.minute} {moment.hour} * * *"


def get_next_night(now: datetime) -> datetime:
    """When the next night begins."""
    tonight = datetime.combine(now.date(), _get_night_start(), tzinfo=UTC)
    return tonight if tonight > now else tonight + timedelta(days=1)


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


def _get_night_start() -> time:
    settings = _read_settings()
    return time.fromisoformat("01:00" if settings is None else settings.night_starts_at)


def _is_on(*, asks_steam: bool, costs: bool) -> bool:
    settings = _read_settings()
    return settings is not None and runs_by_default(settings, asks_steam=asks_steam, costs=costs)


def _read_settings() -> Settings | None:
    """None for settings that cannot be used: definitions load all the same, and whatever runs says what is wrong."""
    try:
        return get_settings()
    except ConfigError:
        return None
