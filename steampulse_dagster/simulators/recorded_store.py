"""Store answers in today's shape made from recorded ones; only what the recording says, nothing invented. No I/O."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_ITEM_TYPES = {
    "game": 0,
    "demo": 1,
    "mod": 2,
    "movie": 3,
    "dlc": 4,
    "guide": 5,
    "software": 6,
    "video": 7,
    "series": 8,
    "episode": 9,
    "hardware": 10,
    "music": 11,
    "beta": 12,
    "tool": 13,
    "advertising": 14,
}
_PLAYER_CATEGORIES = frozenset({1, 2, 9, 20, 24, 27, 36, 37, 38, 39, 44, 47, 48, 49})
_CONTROLLER_CATEGORIES = frozenset({18, 28, 55, 56, 57, 58, 59})
_EARLY_ACCESS_GENRE = "70"


def build_minimal_details(appid: int, name: str) -> dict[str, Any]:
    """appdetails of a game that has recorded reviews but no recorded store page, which the real store would have.

    Only the name is known; the release date stays empty, as the store writes it where there is none.
    """
    data = {
        "type": "game",
        "name": name,
        "steam_appid": appid,
        "required_age": 0,
        "is_free": False,
        "release_date": {"coming_soon": False, "date": ""},
    }
    return {"success": True, "data": data}


def build_store_item(
    appid: int, *, name: str, data: Mapping[str, Any], summary: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A GetItems store_item from appdetails `data` (may be empty) and review totals."""
    slug = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    item: dict[str, Any] = {
        "item_type": 0,
        "id": appid,
        "success": 1,
        "visible": True,
        "name": name,
        "store_url_path": f"app/{appid}/{slug}".rstrip("/"),
        "store_url_slug": slug,
        "appid": appid,
        "type": _ITEM_TYPES.get(str(data.get("type", "game")), 0),
        "is_free": bool(data.get("is_free")) or None,
        "is_early_access": _is_early_access(data) or None,
        "is_coming_soon": _is_coming_soon(data) or None,
        "related_items": _related(data),
        "content_descriptorids": (data.get("content_descriptors") or {}).get("ids") or None,
        "categories": _categories(data),
        "reviews": _reviews(summary),
        "basic_info": _basic_info(data),
        "release": _release(data),
        "platforms": _platforms(data),
        "best_purchase_option": _price(data),
    }
    return {key: value for key, value in item.items() if value is not None}


def build_locked_item(appid: int) -> dict[str, Any]:
    """A GetItems store_item of an app that is not offered in the caller's country; spelt as Steam spells it."""
    return {
        "item_type": 0,
        "id": appid,
        "success": 15,
        "visible": False,
        "unvailable_for_country_restriction": True,
        "name": "",
        "store_url_path": "app/0/",
        "appid": appid,
    }


def _is_early_access(data: Mapping[str, Any]) -> bool:
    return any(str(genre.get("id")) == _EARLY_ACCESS_GENRE for genre in data.get("genres") or ())


def _is_coming_soon(data: Mapping[str, Any]) -> bool:
    return bool((data.get("release_date") or {}).get("coming_soon"))


def _related(data: Mapping[str, Any]) -> dict[str, Any] | None:
    parent = str((data.get("fullgame") or {}).get("appid") or "")
    return {"parent_appid": int(parent)} if parent.isdigit() else None


def _categories(data: Mapping[str, Any]) -> dict[str, Any] | None:
    ids = [category["id"] for category in data.get("categories") or ()]
    groups = {
        "supported_player_categoryids": [x for x in ids if x in _PLAYER_CATEGORIES],
        "feature_categoryids": [x for x in ids if x not in _PLAYER_CATEGORIES | _CONTROLLER_CATEGORIES],
        "controller_categoryids": [x for x in ids if x in _CONTROLLER_CATEGORIES],
    }
    return {key: found for key, found in groups.items() if found} or None


def _reviews(summary: Mapping[str, Any] | None) -> dict[str, Any] | None:
    total = (summary or {}).get("total_reviews", 0)
    if not summary or total < 1:
        return None
    counted = {
        "review_count": total,
        "percent_positive": round(100 * summary.get("total_positive", 0) / total),
        "review_score": summary.get("review_score", 0),
        "review_score_label": summary.get("review_score_desc", ""),
    }
    return {"summary_filtered": counted}


def _basic_info(data: Mapping[str, Any]) -> dict[str, Any] | None:
    info: dict[str, Any] = {"short_description": data.get("short_description")}
    for key in ("publishers", "developers"):
        info[key] = [{"name": name} for name in data.get(key) or () if name]
    return {key: value for key, value in info.items() if value} or None


def _release(data: Mapping[str, Any]) -> dict[str, Any] | None:
    text = str((data.get("release_date") or {}).get("date") or "")
    if _is_coming_soon(data):
        return {"is_coming_soon": True, "custom_release_date_message": text} if text else {"is_coming_soon": True}
    try:
        released = datetime.strptime(text, "%d %b, %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
    return {"steam_release_date": int(released.timestamp())}


def _platforms(data: Mapping[str, Any]) -> dict[str, bool] | None:
    names = {"windows": "windows", "mac": "mac", "linux": "steamos_linux"}
    known = data.get("platforms") or {}
    return {new: True for old, new in names.items() if known.get(old)} or None


def _price(data: Mapping[str, Any]) -> dict[str, Any] | None:
    price = data.get("price_overview")
    if not isinstance(price, Mapping):
        return None
    option: dict[str, Any] = {
        "final_price_in_cents": str(price.get("final")),
        "formatted_final_price": price.get("final_formatted"),
        "purchase_option_name": data.get("name"),
    }
    if price.get("discount_percent"):
        option |= {"original_price_in_cents": str(price.get("initial")), "discount_pct": price["discount_percent"]}
    return option
