"""Reads and writes `tracked_games`, the games that are `appid` partitions, and `untracked_games`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.catalog import TrackedGame, TrackReason, UntrackedGame
from steampulse_dagster.utils.db import fetch_all, fetch_column, fetch_one

CHOSEN_BY_RULE = frozenset({TrackReason.RULE, TrackReason.MIN_REVIEWS})
"""Reasons that nobody stands behind for a single game."""


class TrackingRepository:
    """Which games are followed."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert_many(
        self,
        names: Mapping[int, str],
        *,
        reason: TrackReason,
        tracked_at: datetime,
        rule_id: int | None = None,
    ) -> tuple[TrackedGame, ...]:
        """Follow games, given as names by appid; the ones that were not followed before, by appid.

        Games that a person stopped following are left out where a rule or a size chooses, and forgotten as such where
        somebody names them.
        """
        sql = """
            with wanted as (
                select appid, name from unnest(%(appids)s::bigint[], %(names)s::text[]) as game (appid, name)
            ), welcome_back as (
                delete from untracked_games where %(by_name)s and appid in (select appid from wanted)
            )
            insert into tracked_games (appid, name, reason, tracked_at, rule_id)
            select appid, name, %(reason)s, %(tracked_at)s, %(rule_id)s
            from wanted
            where %(by_name)s or not exists (select from untracked_games gone where gone.appid = wanted.appid)
            order by appid
            on conflict (appid) do nothing
            returning appid, name, reason, tracked_at
        """
        params = {
            "appids": list(names.keys()),
            "names": list(names.values()),
            "reason": reason.value,
            "tracked_at": tracked_at,
            "rule_id": rule_id,
            "by_name": reason not in CHOSEN_BY_RULE,
        }
        rows = fetch_all(self._conn, sql, params)
        return tuple(sorted((TrackedGame(**row) for row in rows), key=lambda game: game.appid))

    def delete_many(self, appids: Sequence[int], *, untracked_at: datetime) -> tuple[int, ...]:
        """Stop following games; the appids that were followed. What is stored of them stays."""
        sql = """
            with gone as (delete from tracked_games where appid = any(%(appids)s::bigint[]) returning appid, name)
            insert into untracked_games (appid, name, untracked_at)
            select appid, name, %(untracked_at)s from gone order by appid
            on conflict (appid) do update set untracked_at = excluded.untracked_at
            returning appid
        """
        params = {"appids": list(appids), "untracked_at": untracked_at}
        return tuple(sorted(row["appid"] for row in fetch_all(self._conn, sql, params)))

    def list_untracked(self) -> tuple[UntrackedGame, ...]:
        """Games that a person stopped following and nobody named since, the earliest first."""
        sql = "select appid, untracked_at from untracked_games order by untracked_at, appid"
        return tuple(UntrackedGame(**row) for row in fetch_all(self._conn, sql))

    def list_tracked(self) -> tuple[TrackedGame, ...]:
        """All followed games by appid."""
        sql = "select appid, name, reason, tracked_at from tracked_games order by appid"
        return tuple(TrackedGame(**row) for row in fetch_all(self._conn, sql))

    def list_appids(self) -> list[int]:
        """Appids of all followed games, ascending."""
        return fetch_column(self._conn, "select appid from tracked_games order by appid")

    def count(self) -> int:
        """Followed games."""
        row = fetch_one(self._conn, "select count(*) as n from tracked_games")
        return int(row["n"]) if row else 0
