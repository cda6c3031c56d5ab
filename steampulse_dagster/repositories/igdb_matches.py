"""Reads and writes `igdb_matches` and `igdb_overrides`: which of IGDB's games each app is, by IGDB and by hand."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.library import Confidence, IgdbMatch
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

_UPSERT = """
    insert into igdb_matches as kept (appid, igdb_id, confidence, checked_at)
    select appid, igdb_id, confidence, checked_at
    from unnest(%(appids)s::bigint[], %(ids)s::bigint[], %(confidences)s::text[], %(moments)s::timestamptz[])
        as match (appid, igdb_id, confidence, checked_at)
    order by appid
    on conflict (appid) do update set
        igdb_id = excluded.igdb_id, confidence = excluded.confidence, checked_at = excluded.checked_at,
        moved_from = case when kept.igdb_id <> excluded.igdb_id then kept.igdb_id else kept.moved_from end,
        moved_at = case when kept.igdb_id <> excluded.igdb_id then excluded.checked_at else kept.moved_at end
    where kept.checked_at <= excluded.checked_at
"""
_RECENT = """
    select appid, igdb_id, confidence, checked_at from igdb_matches
    where appid = any(%(appids)s::bigint[])
        and checked_at > case when igdb_id is null then %(misses_since)s
            when confidence = 'weak' then %(misses_since)s else %(hits_since)s end
"""


class IgdbMatchRepository:
    """Hits, misses and overrides."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def upsert_many(self, matches: Sequence[IgdbMatch]) -> None:
        """Remember answers; a game that took the place of another is noted as moved. Needs an open transaction."""
        params = {
            "appids": [match.appid for match in matches],
            "ids": [match.igdb_id for match in matches],
            "confidences": [match.confidence and match.confidence.value for match in matches],
            "moments": [match.checked_at for match in matches],
        }
        execute(self._conn, _UPSERT, params)

    def list_recent(
        self, appids: Sequence[int], *, hits_since: datetime, misses_since: datetime
    ) -> dict[int, IgdbMatch]:
        """Answers that are still good. Matches by title are no better than misses, and as short-lived."""
        params = {"appids": list(appids), "hits_since": hits_since, "misses_since": misses_since}
        return {row["appid"]: IgdbMatch(**row) for row in fetch_all(self._conn, _RECENT, params)}

    def list_overrides(self, appids: Sequence[int]) -> dict[int, IgdbMatch]:
        """What was decided by hand for these apps."""
        sql = """
            select appid, igdb_id, made_at as checked_at from igdb_overrides where appid = any(%(appids)s::bigint[])
        """
        rows = fetch_all(self._conn, sql, {"appids": list(appids)})
        return {row["appid"]: IgdbMatch(**row, confidence=Confidence.MANUAL) for row in rows}

    def set_override(self, appid: int, igdb_id: int | None, *, made_at: datetime) -> None:
        """Decide by hand which game an app is; None: none of IGDB's."""
        sql = """
            insert into igdb_overrides (appid, igdb_id, made_at) values (%(appid)s, %(igdb_id)s, %(made_at)s)
            on conflict (appid) do update set igdb_id = excluded.igdb_id, made_at = excluded.made_at
        """
        execute(self._conn, sql, {"appid": appid, "igdb_id": igdb_id, "made_at": made_at})

    def delete_override(self, appid: int) -> bool:
        """Take back what was decided by hand; whether there was anything."""
        sql = "delete from igdb_overrides where appid = %(appid)s"
        return execute(self._conn, sql, {"appid": appid}) > 0

    def get(self, appid: int) -> IgdbMatch | None:
        """What IGDB answered last for one app, however long ago."""
        sql = "select appid, igdb_id, confidence, checked_at from igdb_matches where appid = %(appid)s"
        row = fetch_one(self._conn, sql, {"appid": appid})
        return None if row is None else IgdbMatch(**row)
