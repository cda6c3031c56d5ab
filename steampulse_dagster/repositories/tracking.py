"""Reads and writes `tracked_games`: the games that are `appid` partitions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.catalog import TrackedGame, TrackReason
from steampulse_dagster.utils.db import fetch_all, fetch_one


class TrackingRepository:
    """Which games are followed."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert_many(
        self, names: Mapping[int, str], *, reason: TrackReason, tracked_at: datetime
    ) -> tuple[TrackedGame, ...]:
        """Follow games, given as names by appid; the ones that were not followed before, by appid."""
        sql = """
            insert into tracked_games (appid, name, reason, tracked_at)
            select appid, name, %(reason)s, %(tracked_at)s
            from unnest(%(appids)s::bigint[], %(names)s::text[]) as game (appid, name)
            order by appid
            on conflict (appid) do nothing
            returning appid, name, reason, tracked_at
        """
        params = {
            "appids": list(names.keys()),
            "names": list(names.values()),
            "reason": reason.value,
            "tracked_at": tracked_at,
        }
        rows = fetch_all(self._conn, sql, params)
        return tuple(sorted((TrackedGame(**row) for row in rows), key=lambda game: game.appid))

    def delete_many(self, appids: Sequence[int]) -> tuple[int, ...]:
        """Stop following games; the appids that were followed. What is stored of them stays."""
        sql = "delete from tracked_games where appid = any(%(appids)s::bigint[]) returning appid"
        return tuple(sorted(row["appid"] for row in fetch_all(self._conn, sql, {"appids": list(appids)})))

    def list_tracked(self) -> tuple[TrackedGame, ...]:
        """All followed games by appid."""
        sql = "select appid, name, reason, tracked_at from tracked_games order by appid"
        return tuple(TrackedGame(**row) for row in fetch_all(self._conn, sql))

    def list_appids(self) -> list[int]:
        """Appids of all followed games, ascending."""
        return [row["appid"] for row in fetch_all(self._conn, "select appid from tracked_games order by appid")]

    def count(self) -> int:
        """Followed games."""
        row = fetch_one(self._conn, "select count(*) as n from tracked_games")
        return int(row["n"]) if row else 0
