"""GetAppList, GetTagList and GetItems of the Steam look-alike."""

import asyncio
import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from starlette.responses import Response

from steampulse_dagster.simulators.wire import BadParameterError, Params, json_bytes, json_response
from steampulse_dagster.simulators.world import World

_PAGE, _LARGEST_PAGE = 10_000, 50_000
_LISTED_TYPES: Mapping[str, tuple[str, ...]] = {
    "include_games": ("game",),
    "include_dlc": ("dlc",),
    "include_software": ("software", "application", "tool"),
    "include_videos": ("video", "movie", "series", "episode"),
    "include_hardware": ("hardware",),
}
"""Demos, soundtracks, playtests, mods and adverts are in no list, as in Steam's since November 2025."""

_ON_REQUEST: Mapping[str, tuple[str, ...]] = {
    "include_reviews": ("reviews",),
    "include_basic_info": ("basic_info",),
    "include_release": ("release",),
    "include_platforms": ("platforms",),
    "include_assets": ("assets",),
    "include_supported_languages": ("supported_languages",),
    "include_full_description": ("full_description",),
    "include_all_purchase_options": ("purchase_options",),
    "include_screenshots": ("screenshots",),
    "include_trailers": ("trailers",),
    "include_ratings": ("game_rating",),
    "include_links": ("links",),
    "include_included_items": ("included_items",),
    "include_tag_count": ("tags", "tagids"),
}
"""Keys of a store_item that are sent only when `data_request` asks for them."""


class GetAppList:
    """IStoreService/GetAppList: the catalogue in ascending appid, page by page."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, params: Params) -> Response:
        apps = await asyncio.to_thread(self._world.list_apps)
        size = params.integer("max_results", _PAGE)
        size = min(size, _LARGEST_PAGE) if size > 0 else _PAGE
        start = bisect_right(apps, params.integer("last_appid", 0), key=lambda app: app["appid"])
        found = list(islice(self._wanted(islice(apps, start, None), params), size + 1))
        return json_response({"response": _app_page(found, size)})

    def _wanted(self, apps: Iterable[Mapping[str, Any]], params: Params) -> Iterable[Mapping[str, Any]]:
        types = {
            name
            for flag, names in _LISTED_TYPES.items()
            if params.flag(flag, default=flag == "include_games")
            for name in names
        }
        since = params.integer("if_modified_since", 0)
        for app in apps:
            if app.get("type", "game") in types and (not since or app.get("last_modified", 0) > since):
                yield app


def _app_page(found: list[Mapping[str, Any]], size: int) -> dict[str, Any]:
    """The last page has neither `have_more_results` nor `last_appid`; with no match `apps` is missing too."""
    page = [{key: value for key, value in app.items() if key != "type"} for app in found[:size]]
    if not page:
        return {}
    more = {"have_more_results": True, "last_appid": page[-1]["appid"]} if len(found) > size else {}
    return {"apps": page, **more}


class GetTagList:
    """IStoreService/GetTagList: names of tag ids. The world knows one language, so `language` changes nothing."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, params: Params) -> Response:
        names = await asyncio.to_thread(self._world.list_tags)
        tags = [{"tagid": tagid, "name": name} for tagid, name in sorted(names.items())]
        version = hashlib.sha256(json_bytes(tags)).hexdigest()[:16]
        if params.text("have_version_hash") == version:
            return json_response({"response": {"version_hash": version}})
        return json_response({"response": {"version_hash": version, "tags": tags}})


class GetItems:
    """IStoreBrowseService/GetItems: store items of many apps in one call, in the order asked."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, params: Params) -> Response:
        appids = [_appid_of(wanted) for wanted in params.items("ids")]
        if not appids:
            raise BadParameterError("Required parameter 'ids' is missing")
        request = params.values.get("data_request")
        wanted = request if isinstance(request, dict) else {}
        items = await asyncio.to_thread(lambda: [self._item(appid, wanted) for appid in appids])
        return json_response({"response": {"store_items": items}})

    def _item(self, appid: int, data_request: Mapping[str, Any]) -> Mapping[str, Any]:
        item = self._world.get_store_item(appid)
        if item is None:
            return _unknown_item(appid)
        left_out = {key for flag, keys in _ON_REQUEST.items() if not data_request.get(flag) for key in keys}
        answer = {key: value for key, value in item.items() if key not in left_out}
        for key in _ON_REQUEST["include_tag_count"]:
            if key in answer:
                answer[key] = answer[key][: int(data_request["include_tag_count"])]
        return answer


def _appid_of(wanted: Any) -> int:
    appid = wanted.get("appid") if isinstance(wanted, dict) else None
    if not isinstance(appid, int | str) or not str(appid).isdigit():
        raise BadParameterError("Parameter 'ids' is not a list of appids")
    return int(appid)


def _unknown_item(appid: int) -> dict[str, Any]:
    """What Steam sends for an app that does not exist or is hidden: success 15, no name, appid 0."""
    return {
        "item_type": 0,
        "id": appid,
        "success": 15,
        "visible": False,
        "name": "",
        "store_url_path": "app/0/",
        "store_url_slug": "",
        "appid": 0,
    }
