"""GetItems entries to models: what the store says of many apps at once, and the user tags of each."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from steampulse_dagster.clients.steam_values import (
    amount_or_none,
    count_or_none,
    flag_or_false,
    number_or_none,
    object_in,
    objects_in,
    text_or_empty,
)
from steampulse_dagster.models.games import GameTag, StoreItem, StoreItemTag, StorePrice
from steampulse_dagster.utils.text import clean_line, is_blank

MAX_TAG_COUNT = 20
"""Steam shows 20 tags; GetItems is asked for as many."""
MAX_DEVELOPERS = 20
"""More names than any game has; a list without end is cut."""
ITEM_TYPES: Mapping[int, str] = {
    0: "game",
    1: "demo",
    2: "mod",
    3: "movie",
    4: "dlc",
    5: "guide",
    6: "software",
    7: "video",
    8: "series",
    9: "episode",
    10: "hardware",
    11: "music",
    12: "beta",
    13: "tool",
    14: "advertising",
}
"""EStoreAppType of Valve's store protobufs, as the words that appdetails uses."""


def parse_store_item(raw: Mapping[str, Any]) -> StoreItem | None:
    """One entry of GetItems; None where it stands for an app that Steam does not know or name.

    `success` is 1 for an app that exists. Others (15: no access) are unknown or hidden, unless a country is the reason.
    """
    appid = number_or_none(raw, "appid") or number_or_none(raw, "id")
    name = clean_line(text_or_empty(raw, "name"))
    # Spelt as Steam spells it.
    is_region_locked = flag_or_false(raw, "unvailable_for_country_restriction")
    succeeded = number_or_none(raw, "success") == 1
    if not appid or not (succeeded or name or is_region_locked):
        return None
    release = object_in(raw, "release")
    reviews = object_in(raw, "reviews")
    summary = object_in(reviews, "summary_unfiltered") or object_in(reviews, "summary_filtered")
    return StoreItem(
        appid=appid,
        name="" if is_blank(name) else name,
        type=ITEM_TYPES.get(number_or_none(raw, "type") or 0, "unknown") if succeeded or "type" in raw else "unknown",
        is_shown=succeeded and raw.get("visible") is not False,
        is_region_locked=is_region_locked,
        is_free=flag_or_false(raw, "is_free"),
        is_early_access=flag_or_false(raw, "is_early_access"),
        is_coming_soon=flag_or_false(raw, "is_coming_soon") or flag_or_false(release, "is_coming_soon"),
        release_date=_day(release, "steam_release_date"),
        parent_appid=number_or_none(object_in(raw, "related_items"), "parent_appid") or None,
        review_count=count_or_none(summary, "review_count"),
        price=_price(object_in(raw, "best_purchase_option")),
        tags=_item_tags(raw),
        developers=_developers(object_in(raw, "basic_info")),
    )


def build_tags(item: StoreItem | None, tag_names: Mapping[int, str]) -> tuple[GameTag, ...]:
    """Tags with names, heaviest first. A tag that the tag list does not name is left out."""
    tags = [
        GameTag(tagid=tag.tagid, name=tag_names[tag.tagid], weight=tag.weight)
        for tag in (item.tags if item else ())
        if tag.tagid in tag_names
    ]
    return tuple(sorted(tags, key=lambda tag: (-tag.weight, tag.tagid)))


def _item_tags(raw: Mapping[str, Any]) -> tuple[StoreItemTag, ...]:
    found = {
        tagid: StoreItemTag(tagid=tagid, weight=count_or_none(tag, "weight") or 0)
        for tag in objects_in(raw, "tags")
        if (tagid := number_or_none(tag, "tagid")) is not None
    }
    return tuple(found.values())


def _developers(basic_info: Mapping[str, Any]) -> tuple[str, ...]:
    names = (clean_line(text_or_empty(developer, "name")) for developer in objects_in(basic_info, "developers"))
    return tuple(dict.fromkeys(name for name in names if not is_blank(name)))[:MAX_DEVELOPERS]


def _price(option: Mapping[str, Any]) -> StorePrice | None:
    """The price of the option that the store offers first; None for a bundle, whose price is that of other apps too."""
    final = amount_or_none(option, "final_price_in_cents")
    if final is None or (number_or_none(option, "bundleid") and not number_or_none(option, "packageid")):
        return None
    discount = min(count_or_none(option, "discount_pct") or 0, 100)
    original = amount_or_none(option, "original_price_in_cents")
    if original is None and not discount:
        original = final
    return StorePrice(final=final, initial=original, discount_percent=discount)


def _day(raw: Mapping[str, Any], field: str) -> date | None:
    seconds = number_or_none(raw, field)
    if not seconds or seconds > 32_503_680_000:
        return None
    return datetime.fromtimestamp(seconds, UTC).date()
