"""Reads and writes `library_requests`."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.library import LibraryRequest
from steampulse_dagster.utils.db import execute, fetch_all


class LibraryRequestRepository:
    """Libraries that somebody wants imported."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert(self, *, request_key: str, steam_id: str, track_games: bool, source: str) -> bool:
        """Note a wish; False if one of this key is there already."""
        sql = """
            insert into library_requests (request_key, steam_id, track_games, source)
            values (%(request_key)s, %(steam_id)s, %(track_games)s, %(source)s)
            on conflict (request_key) do nothing
        """
        values = {"request_key": request_key, "steam_id": steam_id, "track_games": track_games, "source": source}
        return execute(self._conn, sql, values) > 0

    def list_waiting(self, *, limit: int) -> tuple[LibraryRequest, ...]:
        """Wishes that nobody took up, oldest first."""
        sql = """
            select request_id, steam_id, track_games from library_requests
            where taken_at is null order by request_id limit %(limit)s
        """
        return tuple(LibraryRequest(**row) for row in fetch_all(self._conn, sql, {"limit": limit}))

    def mark_taken(self, request_ids: Sequence[int], *, taken_at: datetime) -> int:
        """Note that runs were requested for these; how many there were."""
        sql = """
            update library_requests set taken_at = %(taken_at)s
            where request_id = any(%(ids)s::bigint[]) and taken_at is null
        """
        return execute(self._conn, sql, {"ids": list(request_ids), "taken_at": taken_at})
