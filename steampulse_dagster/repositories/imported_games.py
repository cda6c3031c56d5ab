"""Reads and writes `imported_games`, `library_items` and `import_runs`."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.library import (
    ImportCounts,
    ImportRun,
    LibraryGame,
    LibraryImport,
    LibraryMiss,
    LibraryRow,
    PlayStatus,
)
from steampulse_dagster.repositories.copying import copy_rows
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

_STAGE = """
    create temporary table staged_games (
        appid bigint, name text, classification text, classified_by text, match_status text, confidence text,
        igdb_id bigint, status text, playtime_forever integer, playtime_2weeks integer, last_played timestamptz,
        icon text
    ) on commit drop
"""
_COPY = """
    copy staged_games (appid, name, classification, classified_by, match_status, confidence, igdb_id, status,
        playtime_forever, playtime_2weeks, last_played, icon) from stdin
"""
_OLD = """(old.name, old.classification, old.classified_by, old.match_status, old.confidence, old.igdb_id, old.status,
    old.playtime_forever, old.playtime_2weeks, old.last_played, old.icon)"""
_NEW = _OLD.replace("old.", "staged.")
_COMPARE = f"""
    select
        count(*) filter (where old.appid is null) as new,
        count(*) filter (where old.fetched_at > %(fetched_at)s) as outdated,
        count(*) filter (where old.fetched_at <= %(fetched_at)s and old.removed_at is not null) as returned,
        count(*) filter (where old.fetched_at <= %(fetched_at)s and old.removed_at is null
            and {_OLD} is distinct from {_NEW}) as updated,
        count(*) filter (where old.fetched_at <= %(fetched_at)s and old.removed_at is null
            and {_OLD} is not distinct from {_NEW}) as unchanged
    from staged_games staged left join imported_games old on old.steam_id = %(steam_id)s and old.appid = staged.appid
"""  # noqa: S608 - constants of this module
_UPSERT = """
    insert into imported_games as old (
        steam_id, appid, name, classification, classified_by, match_status, confidence, igdb_id, status,
        playtime_forever, playtime_2weeks, last_played, icon, fetched_at
    )
    select %(steam_id)s, appid, name, classification, classified_by, match_status, confidence, igdb_id, status,
        playtime_forever, playtime_2weeks, last_played, icon, %(fetched_at)s
    from staged_games
    on conflict (steam_id, appid) do update set
        name = excluded.name, classification = excluded.classification, classified_by = excluded.classified_by,
        match_status = excluded.match_status, confidence = excluded.confidence, igdb_id = excluded.igdb_id,
        status = excluded.status, playtime_forever = excluded.playtime_forever,
        playtime_2weeks = excluded.playtime_2weeks, last_played = excluded.last_played, icon = excluded.icon,
        fetched_at = excluded.fetched_at, removed_at = null,
        changed_at = case when old.removed_at is not null or
            (old.name, old.classification, old.classified_by, old.match_status, old.confidence, old.igdb_id,
                old.status, old.playtime_forever, old.playtime_2weeks, old.last_played, old.icon)
            is distinct from
            (excluded.name, excluded.classification, excluded.classified_by, excluded.match_status,
                excluded.confidence, excluded.igdb_id, excluded.status, excluded.playtime_forever,
                excluded.playtime_2weeks, excluded.last_played, excluded.icon)
            then now() else old.changed_at end
    where old.fetched_at <= excluded.fetched_at
"""
_MARK_REMOVED = """
    update imported_games set removed_at = %(fetched_at)s, changed_at = now()
    where steam_id = %(steam_id)s and removed_at is null and fetched_at < %(fetched_at)s
        and appid <> all(%(keep)s::bigint[])
"""
# Several apps may be one game: its playtimes add up, and its most active app says how it stands. "not in" is looked up
# in a hash whatever the planner guesses of `wanted`; as "not exists" it took a minute for 27,000 items.
_REFRESH_ITEMS = """
    with wanted as (
        select steam_id, igdb_id,
            coalesce((array_agg(status order by array_position(%(order)s::text[], status)))[1], 'unplayed') as status,
            array_agg(appid order by appid) as appids,
            least(sum(playtime_forever), 2147483647)::integer as playtime_forever,
            max(last_played) as last_played
        from imported_games
        where steam_id = any(%(steam_ids)s::text[]) and igdb_id is not null and removed_at is null
        group by steam_id, igdb_id
    ), gone as (
        update library_items item set removed_at = now(), changed_at = now()
        where steam_id = any(%(steam_ids)s::text[]) and removed_at is null
            and (steam_id, igdb_id) not in (select steam_id, igdb_id from wanted)
    )
    insert into library_items as item (steam_id, igdb_id, status, appids, playtime_forever, last_played)
    select steam_id, igdb_id, status, appids, playtime_forever, last_played from wanted
    order by steam_id, igdb_id
    on conflict (steam_id, igdb_id) do update set
        status = excluded.status, appids = excluded.appids, playtime_forever = excluded.playtime_forever,
        last_played = excluded.last_played, removed_at = null, changed_at = now()
    where (item.status, item.appids, item.playtime_forever, item.last_played, item.removed_at) is distinct from
        (excluded.status, excluded.appids, excluded.playtime_forever, excluded.last_played, null::timestamptz)
"""
_RECORD = """
    insert into import_runs (
        steam_id, source_key, imported_count, skipped_count, fetched_at, new_count, updated_count, unchanged_count,
        outdated_count, removed_count, returned_count, reasons, started_at
    )
    select %(steam_id)s, %(source_key)s, %(imported_count)s, %(skipped_count)s, %(fetched_at)s, %(new)s, %(updated)s,
        %(unchanged)s, %(outdated)s, %(removed)s, %(returned)s, %(reasons)s::jsonb, %(started_at)s
    where %(new)s + %(updated)s + %(removed)s + %(returned)s > 0
        or not exists (select from import_runs where source_key = %(source_key)s)
"""
_GAMES = """
    select appid, name, classification, match_status, confidence, igdb_id, coalesce(status, 'unplayed') as status,
        playtime_forever, last_played, removed_at
    from imported_games where steam_id = %(steam_id)s order by playtime_forever desc, appid
"""
_MISSES = """
    select game.appid, max(game.name) as name, game.match_status, game.confidence, game.igdb_id,
        count(*) as libraries, max(match.checked_at) as checked_at
    from imported_games game left join igdb_matches match using (appid)
    where game.removed_at is null and (%(steam_id)s::text is null or game.steam_id = %(steam_id)s)
        and ((game.match_status in ('UNMATCHED', 'PENDING') and game.confidence is distinct from 'manual')
            or (%(weak)s and game.confidence = 'weak'))
    group by game.appid, game.match_status, game.confidence, game.igdb_id
    order by libraries desc, max(game.playtime_forever) desc, game.appid
    limit %(limit)s
"""


class ImportedGameRepository:
    """Libraries as imported, what they mean as a collection of games, and the imports."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def lock(self, steam_id: str) -> None:
        """Let imports of one library take turns, to the end of the transaction."""
        sql = "select pg_advisory_xact_lock(hashtextextended('library import ' || %(steam_id)s, 0))"
        execute(self._conn, sql, {"steam_id": steam_id})

    def begin(self) -> None:
        """Make the place that rows are gathered in; gone with the transaction."""
        execute(self._conn, _STAGE)

    def stage_many(self, rows: Iterable[tuple[LibraryRow, PlayStatus]]) -> None:
        """Gather rows (each appid once in all) with their suggested status."""
        copy_rows(
            self._conn,
            _COPY,
            (
                (
                    row.appid, row.name, row.classification.value, row.classified_by.value, row.match_status.value,
                    None if row.confidence is None else row.confidence.value,
                    None if row.igdb is None else row.igdb.igdb_id,
                    status.value,
                    row.playtime_forever, row.playtime_2weeks, row.last_played, row.icon,
                )
                for row, status in rows
            ),
        )  # fmt: skip

    def merge(self, steam_id: str, *, fetched_at: datetime, keep: Sequence[int], may_mark: bool) -> ImportCounts:
        """Bring the gathered rows into the library. Apps that are not among them nor among `keep` (rows that came and
        could not be read) are marked as removed if `may_mark`. What a newer file brought stays."""
        params = {"steam_id": steam_id, "fetched_at": fetched_at, "keep": list(keep)}
        counts = fetch_one(self._conn, _COMPARE, params) or {}
        execute(self._conn, _UPSERT, params)
        removed = execute(self._conn, _MARK_REMOVED, params) if may_mark else 0
        self.refresh_items([steam_id])
        return ImportCounts(**counts, removed=removed)

    def refresh_items(self, steam_ids: Sequence[str]) -> None:
        """Bring `library_items` in line with what was imported. Needs an open transaction."""
        order = [status.value for status in PlayStatus]
        execute(self._conn, _REFRESH_ITEMS, {"steam_ids": list(steam_ids), "order": order})

    def record(self, run: LibraryImport, *, started_at: datetime) -> None:
        """Note an import, unless the file was imported before and this time nothing changed."""
        values = {**run.model_dump(), **run.counts.model_dump(), "reasons": json.dumps(run.reasons)}
        execute(self._conn, _RECORD, {**values, "started_at": started_at})

    def set_match(self, appid: int, *, match_status: str, confidence: str | None, igdb_id: int | None) -> list[str]:
        """Match an app in every library; those libraries. What is no game is ignored where it has no match."""
        sql = """
            update imported_games set confidence = %(confidence)s, igdb_id = %(igdb_id)s, changed_at = now(),
                match_status = case when %(igdb_id)s is null and classification not in ('game', 'mod')
                    then 'IGNORED' else %(match_status)s end
            where appid = %(appid)s
            returning steam_id
        """
        params = {"appid": appid, "match_status": match_status, "confidence": confidence, "igdb_id": igdb_id}
        return [row["steam_id"] for row in fetch_all(self._conn, sql, params)]

    def list_games(self, steam_id: str) -> tuple[LibraryGame, ...]:
        """A library, most played first, removed ones included."""
        return tuple(LibraryGame(**row) for row in fetch_all(self._conn, _GAMES, {"steam_id": steam_id}))

    def list_misses(self, *, steam_id: str | None, weak: bool, limit: int | None) -> tuple[LibraryMiss, ...]:
        """Games that IGDB does not know or was not asked for, and with `weak` those matched by title alone."""
        params = {"steam_id": steam_id, "weak": weak, "limit": limit}
        return tuple(LibraryMiss(**row) for row in fetch_all(self._conn, _MISSES, params))

    def list_trackable(self, steam_id: str) -> dict[int, str]:
        """Names by appid of a library's games that Steam's store is known to have."""
        sql = """
            select appid, name from imported_games
            where steam_id = %(steam_id)s and removed_at is null and classification = 'game'
                and classified_by <> 'name'
            order by appid
        """
        return {row["appid"]: row["name"] for row in fetch_all(self._conn, sql, {"steam_id": steam_id})}

    def list_runs(self, steam_id: str, *, limit: int) -> tuple[ImportRun, ...]:
        """The newest imports of a library."""
        sql = """
            select import_id, steam_id, source_key, fetched_at, finished_at, imported_count, skipped_count, new_count,
                updated_count, unchanged_count, removed_count, returned_count, reasons
            from import_runs where steam_id = %(steam_id)s order by import_id desc limit %(limit)s
        """
        return tuple(ImportRun(**row) for row in fetch_all(self._conn, sql, {"steam_id": steam_id, "limit": limit}))

    def list_genres(self, steam_id: str) -> dict[str, int]:
        """Games of a library by genre, most common first."""
        sql = """
            select genre.name, count(*) as games
            from library_items item join igdb_game_genres genre using (igdb_id)
            where item.steam_id = %(steam_id)s and item.removed_at is null
            group by genre.name order by games desc, genre.name
        """
        return {row["name"]: row["games"] for row in fetch_all(self._conn, sql, {"steam_id": steam_id})}

    def list_libraries(self) -> tuple[tuple[str, int], ...]:
        """Imported profiles with the number of their games."""
        sql = """
            select steam_id, count(*) filter (where removed_at is null) as apps
            from imported_games group by steam_id order by steam_id
        """
        return tuple((row["steam_id"], row["apps"]) for row in fetch_all(self._conn, sql))
