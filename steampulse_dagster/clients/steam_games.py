"""appdetails answers to games. Any inner shape gives a value; only a wrong outer one is an error."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from steampulse_dagster.clients.steam_items import build_tags
from steampulse_dagster.clients.steam_values import (
    count_or_none,
    flag_or_false,
    number_or_none,
    object_in,
    objects_in,
    text_or_empty,
    texts_in,
)
from steampulse_dagster.errors import SteamApiError, SteamErrorKind
from steampulse_dagster.models.games import Game, GameCategory, GameGenre, GameState, StoreItem
from steampulse_dagster.utils.text import build_slug, clean_line, html_to_text, is_blank

EARLY_ACCESS_GENRE = "70"
_DATE_FORMATS = (
    "%d %b, %Y",
    "%b %d, %Y",
    "%d %B, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%Y-%m-%d",
    "%b %Y",
    "%B %Y",
    "%Y",
)
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
        raise SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid)
    data = entry.get("data")
    return data if entry.get("success") is True and isinstance(data, Mapping) and data else None


def parse_game(
    data: Mapping[str, Any], *, appid: int, item: StoreItem | None, tag_names: Mapping[int, str], crawled_at: datetime
) -> Game:
    """A game from appdetails, completed from its GetItems entry (tags, blank names, parents, exact dates)."""
    name = _name(data, item=item, appid=appid)
    steam_appid = number_or_none(data, "steam_appid")
    genres = _genres(data)
    price = object_in(data, "price_overview")
    release = object_in(data, "release_date")
    raw_date = clean_line(text_or_empty(release, "date"))
    coming_soon = flag_or_false(release, "coming_soon")
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
        release_date=parse_release_date(raw_date) or (None if coming_soon or item is None else item.release_date),
        price_currency=clean_line(text_or_empty(price, "currency")) or None,
        price_initial=count_or_none(price, "initial"),
        price_final=count_or_none(price, "final"),
        metacritic_score=count_or_none(object_in(data, "metacritic"), "score"),
        recommendations_total=count_or_none(object_in(data, "recommendations"), "total"),
        achievements_total=count_or_none(object_in(data, "achievements"), "total"),
        parent_appid=number_or_none(object_in(data, "fullgame"), "appid") or (item.parent_appid if item else None),
        dlc_appids=_appids(data.get("dlc")),
        tags=build_tags(item, tag_names),
        genres=genres,
        categories=_categories(data),
        crawled_at=crawled_at,
    )


def build_unavailable_game(
    *, appid: int, item: StoreItem | None, tag_names: Mapping[int, str], crawled_at: datetime
) -> Game:
    """A game that the store does not show (delisted, region-locked), with what GetItems still says of it."""
    name = item.name if item and item.name else f"App {appid}"
    return Game(
        appid=appid,
        name=name,
        slug=build_slug(name, appid=appid),
        type=item.type if item else "unknown",
        state=GameState.UNAVAILABLE,
        release_date=item.release_date if item else None,
        parent_appid=item.parent_appid if item else None,
        tags=build_tags(item, tag_names),
        crawled_at=crawled_at,
    )


def parse_release_date(text: str) -> date | None:
    """A day as it is, a month or year as its first day; None for quarters, seasons, "Coming soon" and free text."""
    for pattern in _DATE_FORMATS:
        try:
            # Parsed as UTC only to have a zone: the text names a day, nothing finer.
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def parse_languages(html: str) -> tuple[str, ...]:
    """Languages out of "English<strong>*</strong>, French<br><strong>*</strong>languages with full audio support"."""
    listed = _BREAK.split(html, maxsplit=1)[0]
    return _lines([_TAG.sub("", part).replace("*", "") for part in listed.split(",")])


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
