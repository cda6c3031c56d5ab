"""Reads libraries of Steam ids for pages: `imported_games`, `igdb_games` and theirs, `library_items`, `import_runs`."""

from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reading import LibraryGame, LibraryTotals
from steampulse_dagster.utils.db import fetch_all, fetch_one

_TOTALS = """
    select count(*) as games, coalesce(round(sum(playtime_forever) / 60.0, 1), 0) as hours_played
    from imported_games
    where steam_id = %(steam_id)s and removed_at is null
"""
_LAST_IMPORT = """
    select imported_count, skipped_count, finished_at as imported_at from import_runs
    where steam_id = %(steam_id)s order by import_id desc limit 1
"""
_GAMES = """
    select own.appid, own.name, own.classification, own.match_status, own.confidence,
        own.playtime_forever as minutes, own.last_played, own.igdb_id, igdb.name as igdb_name, igdb.first_release_date,
        array(select name from igdb_game_genres genre where genre.igdb_id = own.igdb_id order by genre_id) as genres,
        array(select name from igdb_game_platforms platform where platform.igdb_id = own.igdb_id
            order by platform_id) as platforms,
        item.status, tracked.appid is not null as is_tracked, head.report_id
    from imported_games own
    left join igdb_games igdb on igdb.igdb_id = own.igdb_id
    left join library_items item on item.steam_id = own.steam_id and item.igdb_id = own.igdb_id
        and item.removed_at is null
    left join tracked_games tracked on tracked.appid = own.appid
    left join report_heads head on head.appid = own.appid
    where own.steam_id = %(steam_id)s and own.removed_at is null
        and (%(minutes)s::integer is null or (-own.playtime_forever, own.appid) > (-%(minutes)s::integer, %(appid)s))
    order by -own.playtime_forever, own.appid limit %(limit)s
"""


class LibraryReadingRepository:
    """What imports brought, most played first."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get_totals(self, steam_id: str) -> LibraryTotals:
        """Sizes of the library, and what its last import did."""
        params = {"steam_id": steam_id}
        last = fetch_one(self._conn, _LAST_IMPORT, params) or {}
        return LibraryTotals(**(fetch_one(self._conn, _TOTALS, params) or {}), **last)

    def list_games(
        self, steam_id: str, *, limit: int, after: tuple[int, int] | None = None
    ) -> list[tuple[LibraryGame, int]]:
        """Games after that playtime (minutes) and appid, with their own playtime in minutes."""
        minutes, appid = after or (None, None)
        params = {"steam_id": steam_id, "limit": limit, "minutes": minutes, "appid": appid}
        rows = fetch_all(self._conn, _GAMES, params)
        return [(_build(row, minutes := row.pop("minutes")), minutes) for row in rows]


def _build(row: dict[str, Any], minutes: int) -> LibraryGame:
    return LibraryGame(**row, hours_played=round(minutes / 60, 1))
