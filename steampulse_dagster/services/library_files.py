"""The two files of a library: their keys, their columns, and rows to models and back. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache

from pydantic import ValidationError as ModelError

from steampulse_dagster.clients.steam_values import LAST_MOMENT
from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.library import IgdbGame, LibraryRow, MatchStatus, NamedId, OwnedGame
from steampulse_dagster.utils.clock import read_moment
from steampulse_dagster.utils.steam_ids import is_steam_id
from steampulse_dagster.utils.text import clean_line, clean_text

_TIME = "%Y%m%dT%H%M%S"
_RAW_KEY = re.compile(r"raw/steam-library-(?P<steam_id>\d{17})-(?P<time>\d{8}T\d{6}\.\d{6}Z)\.csv")
_ENRICHED_KEY = re.compile(r"enriched/steam-library-(?P<steam_id>\d{17})-(?P<time>\d{8}T\d{6}\.\d{6}Z)-enriched\.csv")
_PLAYED = (
    "playtime_forever", "playtime_2weeks", "playtime_windows_forever", "playtime_mac_forever",
    "playtime_linux_forever", "playtime_deck_forever",
)  # fmt: skip
RAW_COLUMNS = ("appid", "name", *_PLAYED, "rtime_last_played", "img_icon_url")
"""GetOwnedGames' own names; times in Unix seconds, playtimes in minutes."""
ENRICHED_COLUMNS = (
    "appid", "name", "playtime_forever", "playtime_2weeks", "rtime_last_played", "img_icon_url",
    "classification", "classified_by", "match_status", "confidence",
    "igdb_id", "igdb_slug", "igdb_name", "igdb_summary", "igdb_release_date", "igdb_cover_image_id", "igdb_genres",
    "igdb_platforms",
)  # fmt: skip
"""igdb_genres and igdb_platforms are JSON objects of names by id."""


def raw_key(steam_id: str, fetched_at: datetime) -> str:
    """`raw/steam-library-{steam_id}-{timestamp}.csv`; keys of one profile sort by time."""
    moment = fetched_at.astimezone(UTC)
    return f"raw/steam-library-{steam_id}-{moment:{_TIME}}.{moment.microsecond:06d}Z.csv"


def enriched_key(source_key: str) -> str:
    """The key of the enriched file of a raw one."""
    return source_key.replace("raw/", "enriched/", 1).removesuffix(".csv") + "-enriched.csv"


def read_raw_key(key: str) -> tuple[str, datetime]:
    """SteamID64 and time of fetching. Raises ValidationError for another key."""
    return _read_key(key, _RAW_KEY, "raw/steam-library-{steam_id}-{timestamp}.csv")


def read_enriched_key(key: str) -> tuple[str, datetime]:
    """SteamID64 and time of fetching. Raises ValidationError for another key."""
    return _read_key(key, _ENRICHED_KEY, "enriched/steam-library-{steam_id}-{timestamp}-enriched.csv")


def _read_key(key: str, pattern: re.Pattern[str], form: str) -> tuple[str, datetime]:
    found = pattern.fullmatch(key)
    try:
        if found is None or not is_steam_id(found["steam_id"]):
            raise ValueError
        return found["steam_id"], datetime.strptime(found["time"], f"{_TIME}.%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise ValidationError(f"{key[:120]!r} is not the key of such a file: {form}.") from None


def to_raw_cells(game: OwnedGame) -> tuple[str, ...]:
    """The row of a raw file."""
    played = (str(getattr(game, field)) for field in _PLAYED)
    return (str(game.appid), game.name, *played, _to_seconds(game.last_played), game.icon)


def parse_raw(cells: Mapping[str, str]) -> OwnedGame | str:
    """The game of a raw row; what is wrong with it, in words, if it cannot be read."""
    try:
        return OwnedGame(
            appid=_whole(cells["appid"]),
            name=clean_text(cells["name"]),
            last_played=_moment(cells["rtime_last_played"]),
            icon=clean_text(cells["img_icon_url"]),
            **{field: _whole(cells[field] or "0") for field in _PLAYED},
        )
    except (ModelError, ValueError) as error:
        return _explain(error)


def to_cells(row: LibraryRow) -> tuple[str, ...]:
    """The row of an enriched file."""
    game = row.igdb
    about_game = ("",) * 8 if game is None else (
        str(game.igdb_id), game.slug, game.name, game.summary,
        "" if game.first_release_date is None else game.first_release_date.isoformat(),
        game.cover_image_id, _to_json(game.genres), _to_json(game.platforms),
    )  # fmt: skip
    return (
        str(row.appid), row.name, str(row.playtime_forever), str(row.playtime_2weeks), _to_seconds(row.last_played),
        row.icon, row.classification.value, row.classified_by.value, row.match_status.value, row.confidence or "",
        *about_game,
    )  # fmt: skip


def parse_row(cells: Mapping[str, str]) -> LibraryRow | str:
    """The model of an enriched row; what is wrong with it, in words, if it cannot be read."""
    try:
        row = LibraryRow.model_validate(
            {
                "appid": _whole(cells["appid"]),
                "name": clean_line(cells["name"]),
                "classification": cells["classification"],
                "classified_by": cells["classified_by"],
                "match_status": cells["match_status"],
                "confidence": cells["confidence"] or None,
                "igdb": _parse_game(cells) if cells["igdb_id"] else None,
                "playtime_forever": _whole(cells["playtime_forever"] or "0"),
                "playtime_2weeks": _whole(cells["playtime_2weeks"] or "0"),
                "last_played": _moment(cells["rtime_last_played"]),
                "icon": clean_line(cells["img_icon_url"]),
            }
        )
    except KeyError as error:
        return f"{error.args[0]} is missing"
    except (ModelError, ValueError) as error:
        return _explain(error)
    if (row.match_status is MatchStatus.MATCHED) != (row.igdb is not None):
        return "match_status and igdb_id contradict each other"
    return row


def _parse_game(cells: Mapping[str, str]) -> IgdbGame:
    released = cells["igdb_release_date"]
    return IgdbGame(
        igdb_id=_whole(cells["igdb_id"]),
        name=clean_line(cells["igdb_name"]),
        slug=clean_line(cells["igdb_slug"]),
        summary=clean_text(cells["igdb_summary"]),
        first_release_date=date.fromisoformat(released) if released else None,
        cover_image_id=clean_line(cells["igdb_cover_image_id"]),
        genres=_parse_named(cells["igdb_genres"]),
        platforms=_parse_named(cells["igdb_platforms"]),
    )


def _to_json(named: tuple[NamedId, ...]) -> str:
    return json.dumps({str(each.id): each.name for each in named}, ensure_ascii=False) if named else ""


@lru_cache(maxsize=256)  # a few dozen genres and platforms in a few hundred combinations
def _parse_named(text: str) -> tuple[NamedId, ...]:
    match json.loads(text) if text else {}:
        case dict(found):
            return tuple(NamedId(id=_whole(number), name=clean_line(str(name))) for number, name in found.items())
    raise ValueError("genres and platforms are no JSON object")


def _to_seconds(moment: datetime | None) -> str:
    return "" if moment is None else str(int(moment.timestamp()))


def _moment(seconds: str) -> datetime | None:
    number = _whole(seconds or "0")
    if number >= LAST_MOMENT:
        raise ValueError(f"{number} is no time in seconds")
    return read_moment(number) if number else None


def _whole(text: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 19):
        raise ValueError(f"{plain[:40]!r} is no whole number")
    return int(plain)


def _explain(error: ModelError | ValueError) -> str:
    if isinstance(error, ModelError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error) or type(error).__name__
