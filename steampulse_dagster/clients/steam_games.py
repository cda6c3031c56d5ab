"""appdetails answers to games. Any inner shape gives a value; only a wrong outer one is an error."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from steampulse_dagster.clients.steam_dates import parse_release_date
from steampulse_dagster.clients.steam_items import build_tags
from steampulse_dagster.clients.steam_values import (
    amount_or_none,
    count_or_none,
    flag_or_false,
    number_or_none,
    object_in,
    objects_in,
    text_or_empty,
    texts_in,
)
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.games import (
    DatePrecision,
    Game,
    GameCategory,
    GameGenre,
    GameState,
    StoreItem,
    StoreMark,
)
from steampulse_dagster.utils.text import build_slug, clean_line, html_to_text, is_blank

EARLY_ACCESS_GENRE = "70"
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,3}")


def parse_app_data(answer: Mapping[str, Any], *, appid: int) -> Mapping[str, Any] | None:
    """The `data` of an appdetails answer; None where the store does not show the app.

    Raises SteamApiError unexpected_shape when the answer does not speak of the appid at all.
    """
    entry = answer.get(str(appid))
    if not isinstance(entry, Mapping):
        message = f"appdetails of {appid}: the answer does not name the appid."
        raise SteamApiError(
            message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid, payload=json.dumps(answer, sort_keys=True)
        )
    data = entry.get("data")
    return data if entry.get("success") is True and isinstance(data, Mapping) and data else None


def parse_game(
    data: Mapping[str, Any],
    *,
    appid: int,
    item: StoreItem | None,
    tag_names: Mapping[int, str],
    country: str,
    crawled_at: datetime,
) -> Game:
    """A game from appdetails, completed from its GetItems entry (tags, blank names, parents, exact dates)."""
    name = _name(data, item=item, appid=appid)
    steam_appid = number_or_none(data, "steam_appid")
    genres = _genres(data)
    price = object_in(data, "price_overview")
    release = object_in(data, "release_date")
    raw_date = clean_line(text_or_empty(release, "date"))
    coming_soon = flag_or_false(release, "coming_soon")
    release_date, precision = _release_date(raw_date, item=None if coming_soon else item)
    return Game(
        appid=appid,
        name=name,
        slug=build_slug(name, appid=appid),
        type=clean_line(text_or_empty(data, "type")).lower() or (item.type if item else "unknown"),
        state=GameState.COMING_SOON if coming_soon else GameState.AVAILABLE,
        redirected_to=steam_appid if steam_appid not in (None, appid) else None,
        is_free=flag_or_false(data, "is_free"),
        is_early_access=any(genre.genre_id == EARLY_ACCESS_GENRE for genre in genres)
        or bool(item and item.is_early_access),
        required_age=_required_age(data.get("required_age")),
        short_description=html_to_text(text_or_empty(data, "short_description")),
        about=html_to_text(text_or_empty(data, "about_the_game")),
        website=clean_line(text_or_empty(data, "website")) or None,
        header_image=clean_line(text_or_empty(data, "header_image")) or None,
        developers=_lines(texts_in(data, "developers")),
        publishers=_lines(texts_in(data, "publishers")),
        supported_languages=parse_languages(text_or_empty(data, "supported_languages")),
        platforms=tuple(
            name for name in ("windows", "mac", "linux") if flag_or_false(object_in(data, "platforms"), name)
        ),
        release_date_raw=raw_date,
        release_date=release_date,
        release_date_precision=precision,
        price_country=country,
        price_currency=clean_line(text_or_empty(price, "currency")) or None,
        price_initial=amount_or_none(price, "initial"),
        price_final=amount_or_none(price, "final"),
        price_discount_percent=min(count_or_none(price, "discount_percent") or 0, 100) if price else None,
        review_count=item.review_count if item else None,
        metacritic_score=count_or_none(object_in(data, "metacritic"), "score"),
        recommendations_total=count_or_none(object_in(data, "recommendations"), "total"),
        achievements_total=count_or_none(object_in(data, "achievements"), "total"),
        parent_appid=number_or_none(object_in(data, "fullgame"), "appid") or (item.parent_appid if item else None),
        dlc_appids=_appids(data.get("dlc")),
        tags=build_tags(item, tag_names),
        genres=genres,
        categories=_categories(data),
        crawled_at=crawled_at,
        details_at=crawled_at,
        store_mark=build_store_mark(item, country=country),
    )


def build_hidden_game(
    *, appid: int, item: StoreItem | None, tag_names: Mapping[int, str], country: str, crawled_at: datetime
) -> Game:
    """A game that the store has no page for (delisted, region-locked), with what GetItems still says of it."""
    name = item.name if item and item.name else f"App {appid}"
    return Game(
        appid=appid,
        name=name,
        slug=build_slug(name, appid=appid),
        type=item.type if item else "unknown",
        state=_hidden_state(item),
        is_early_access=bool(item and item.is_early_access),
        release_date=item.release_date if item else None,
        release_date_precision=DatePrecision.DAY if item and item.release_date else None,
        review_count=item.review_count if item else None,
        parent_appid=item.parent_appid if item else None,
        tags=build_tags(item, tag_names),
        crawled_at=crawled_at,
        details_at=crawled_at,
        store_mark=build_store_mark(item, country=country),
    )


def build_store_mark(item: StoreItem | None, *, country: str) -> StoreMark:
    """What GetItems says of an app, as far as a change of it asks for new details; `item` None: it is not named."""
    if item is None:
        return StoreMark(
            country=country, name="", type="unknown", is_shown=False, is_region_locked=False, is_coming_soon=False,
            is_early_access=False, is_free=False,
        )  # fmt: skip
    return StoreMark(
        country=country,
        name=item.name,
        type=item.type,
        is_shown=item.is_shown,
        is_region_locked=item.is_region_locked,
        is_coming_soon=item.is_coming_soon,
        is_early_access=item.is_early_access,
        is_free=item.is_free,
        regular_price=item.price.initial if item.price else None,
    )


def parse_languages(html: str) -> tuple[str, ...]:
    """Languages out of "English<strong>*</strong>, French<br><strong>*</strong>languages with full audio support"."""
    listed = _BREAK.split(html, maxsplit=1)[0]
    return _lines([_TAG.sub("", part).replace("*", "") for part in listed.split(",")])


def _release_date(text: str, *, item: StoreItem | None) -> tuple[date | None, DatePrecision | None]:
    """The date of the text; the exact day of GetItems where the text names none (`item` None: the game is not out)."""
    parsed = parse_release_date(text)
    if parsed is not None and parsed[1] is DatePrecision.DAY:
        return parsed
    if item is not None and item.release_date is not None:
        return item.release_date, DatePrecision.DAY
    return parsed or (None, None)


def _hidden_state(item: StoreItem | None) -> GameState:
    match item:
        case StoreItem(is_region_locked=True):
            return GameState.REGION_LOCKED
        case None | StoreItem(is_shown=False):
            return GameState.DELISTED
        case _:
            return GameState.UNAVAILABLE


def _name(data: Mapping[str, Any], *, item: StoreItem | None, appid: int) -> str:
    name = clean_line(text_or_empty(data, "name"))
    if not is_blank(name):
        return name
    return item.name if item and item.name else f"App {appid}"


def _genres(data: Mapping[str, Any]) -> tuple[GameGenre, ...]:
    found = {
        str(raw["id"]): GameGenre(genre_id=str(raw["id"]), name=clean_line(text_or_empty(raw, "description")))
        for raw in objects_in(data, "genres")
        if isinstance(raw.get("id"), str | int) and not isinstance(raw["id"], bool)
    }
    return tuple(found[key] for key in sorted(found))


def _categories(data: Mapping[str, Any]) -> tuple[GameCategory, ...]:
    found = {
        category_id: GameCategory(category_id=category_id, name=clean_line(text_or_empty(raw, "description")))
        for raw in objects_in(data, "categories")
        if (category_id := count_or_none(raw, "id")) is not None
    }
    return tuple(found[key] for key in sorted(found))


def _required_age(value: object) -> int:
    """0 or 18 as a number, or text such as "18" and "18+"."""
    match value:
        case int() if not isinstance(value, bool):
            return max(0, min(value, 100))
        case str() if found := _DIGITS.search(value):
            return min(int(found.group()), 100)
        case _:
            return 0


def _lines(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if not is_blank(line := clean_line(text))))


def _appids(value: object) -> tuple[int, ...]:
    numbers = value if isinstance(value, list) else []
    return tuple(sorted({n for n in numbers if isinstance(n, int) and not isinstance(n, bool) and n > 0}))
