"""GetAppList answers to models."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from steampulse_dagster.clients.steam_values import UnreadableValueError, number_or_none, read_number, read_text
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.catalog import AppListPage, CatalogApp
from steampulse_dagster.models.quarantine import QuarantineSource, Unparsed
from steampulse_dagster.utils.text import clean_line


def parse_app_list(answer: Mapping[str, Any]) -> AppListPage:
    """Apps of one page, each appid once; entries that cannot be read are handed back whole."""
    entries = answer.get("apps")
    apps: dict[int, CatalogApp] = {}
    unparsed: list[Unparsed] = []
    for raw in entries if isinstance(entries, list) else ():
        parsed = parse_app(raw)
        if isinstance(parsed, CatalogApp):
            apps[parsed.appid] = parsed
        else:
            unparsed.append(parsed)
    return AppListPage(apps=tuple(apps.values()), unparsed=tuple(unparsed))


def parse_app(raw: object) -> CatalogApp | Unparsed:
    """One entry of the app list; blank and repeated names are as good as any, an appid has 32 bits."""
    if not isinstance(raw, Mapping):
        return _unparsed(raw, "the entry is no object")
    try:
        appid, name = read_number(raw, "appid"), read_text(raw, "name")
        modified, change = read_number(raw, "last_modified"), read_number(raw, "price_change_number")
    except UnreadableValueError as error:
        return _unparsed(raw, str(error))
    if appid is None or not 0 < appid < 2**32:
        return _unparsed(raw, "appid is no number of 32 bits above 0")
    return CatalogApp(
        appid=appid,
        name=clean_line(name or ""),
        steam_last_modified=datetime.fromtimestamp(modified, UTC) if modified and 0 < modified < 2**33 else None,
        price_change_number=change if change is None or 0 <= change < 2**63 else None,
    )


def parse_last_appid(answer: Mapping[str, Any], page: AppListPage, *, after: int) -> int:
    """Where the next page begins. Raises SteamApiError when this one brings nothing behind `after`: a walk must end."""
    following = number_or_none(answer, "last_appid")
    repeats = bool(page.apps) and max(app.appid for app in page.apps) <= after
    if following is None or following <= after or repeats:
        message = f"The app list: the page after {after} does not go on, but repeats what came before."
        raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE)
    return following


def _unparsed(raw: object, reason: str) -> Unparsed:
    return Unparsed(source=QuarantineSource.APP_LIST, payload=json.dumps(raw, sort_keys=True), reason=reason)
