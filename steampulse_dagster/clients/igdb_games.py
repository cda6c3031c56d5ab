"""IGDB's rows to models. Any field but the id may be missing; a field that cannot be read never costs the game."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from steampulse_dagster.clients.steam_values import number_or_none, object_in, objects_in, text_or_empty
from steampulse_dagster.models.library import IgdbGame, NamedId
from steampulse_dagster.utils.text import clean_line, clean_text

MAX_NAME, MAX_SUMMARY, MAX_SLUG, MAX_IMAGE_ID = 1_000, 20_000, 1_000, 200
_YEAR_1950, _YEAR_2200 = -631_152_000, 7_258_118_400


def parse_link(row: Mapping[str, Any]) -> tuple[int, IgdbGame] | None:
    """The appid and the game of one row of external_games; None where either is missing."""
    uid = text_or_empty(row, "uid").strip()
    game = parse_game(object_in(row, "game"))
    return (int(uid), game) if game is not None and uid.isascii() and uid.isdigit() and len(uid) <= 10 else None


def parse_game(row: Mapping[str, Any]) -> IgdbGame | None:
    """One game; None for a row without id or name."""
    igdb_id, name = number_or_none(row, "id"), clean_line(text_or_empty(row, "name"))[:MAX_NAME]
    if not igdb_id or not name:
        return None
    return IgdbGame(
        igdb_id=igdb_id,
        name=name,
        slug=clean_line(text_or_empty(row, "slug"))[:MAX_SLUG],
        summary=clean_text(text_or_empty(row, "summary")).strip()[:MAX_SUMMARY],
        first_release_date=_day(row.get("first_release_date")),
        cover_image_id=clean_line(text_or_empty(object_in(row, "cover"), "image_id"))[:MAX_IMAGE_ID],
        genres=_named(row, "genres"),
        platforms=_named(row, "platforms"),
        game_type=number_or_none(row, "game_type"),
        version_parent=number_or_none(row, "version_parent"),
        parent_game=number_or_none(row, "parent_game"),
    )


def _named(row: Mapping[str, Any], field: str) -> tuple[NamedId, ...]:
    found = {
        number: NamedId(id=number, name=name)
        for entry in objects_in(row, field)
        if (number := number_or_none(entry, "id")) and (name := clean_line(text_or_empty(entry, "name"))[:200])
    }
    return tuple(found[number] for number in sorted(found))


def _day(seconds: Any) -> date | None:
    """Some games are older than 1970, so that seconds may be negative."""
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not _YEAR_1950 < seconds < _YEAR_2200:
        return None
    return datetime.fromtimestamp(seconds, UTC).date()
