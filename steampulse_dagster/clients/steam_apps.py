"""GetAppList answers to models."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from steampulse_dagster.clients.steam_values import UnreadableValueError, objects_in, read_number, read_text
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.catalog import CatalogApp
from steampulse_dagster.utils.text import clean_line

log = structlog.get_logger()


def parse_app_list(answer: Mapping[str, Any]) -> tuple[CatalogApp, ...]:
    """Apps of one page; entries that cannot be read are left out and counted in the log."""
    apps: dict[int, CatalogApp] = {}
    entries = objects_in(answer, "apps")
    for raw in entries:
        try:
            appid, modified = read_number(raw, "appid"), read_number(raw, "last_modified")
            change, name = read_number(raw, "price_change_number"), read_text(raw, "name")
        except UnreadableValueError:
            continue
        if appid is not None and 0 < appid < 2**32:
            apps[appid] = CatalogApp(
                appid=appid,
                name=clean_line(name or ""),
                steam_last_modified=datetime.fromtimestamp(modified, UTC)
                if modified and 0 < modified < 2**33
                else None,
                price_change_number=change if change is None or 0 <= change < 2**63 else None,
            )
    if len(apps) < len(entries):
        log.warning("app_list_entries_left_out", entries=len(entries) - len(apps))
    return tuple(apps.values())


def parse_last_appid(answer: Mapping[str, Any], *, after: int) -> int:
    """Where the next page begins. Raises SteamApiError when that is not behind this one: a walk must end."""
    following = answer.get("last_appid")
    if not isinstance(following, int) or following <= after:
        message = f"The app list: the page after {after} does not go on."
        raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE)
    return following
