"""Reads and writes `alerts`, `alert_games` and `alert_notices`."""

from collections.abc import Sequence
from datetime import timedelta

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.alerts import Alert, FailedGame, NewNotice, Notice
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

_COLUMNS = """
    alert_id, cause, job_name, reason, runs, last_run_id, opened_at, last_seen_at, told_at, resolved_at,
    (select count(*) from alert_games game where game.alert_id = alerts.alert_id) as games
"""


class AlertRepository:
    """What is wrong, and the messages about it."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def has_open(self) -> bool:
        """Whether anything waits to be mended."""
        row = fetch_one(self._conn, "select exists (select from alerts where resolved_at is null) as found")
        return bool(row and row["found"])

    def open(self, *, cause: str, job_name: str, reason: str, run_id: str) -> Alert:
        """The open alert of a cause, which this run has shown again, or a new one."""
        sql = f"""
            insert into alerts (cause, job_name, reason, last_run_id)
            values (%(cause)s, %(job_name)s, %(reason)s, %(run_id)s)
            on conflict (cause) where resolved_at is null do update set
                runs = alerts.runs + (alerts.last_run_id <> excluded.last_run_id)::int, reason = excluded.reason,
                job_name = excluded.job_name, last_run_id = excluded.last_run_id, last_seen_at = now()
            returning {_COLUMNS}
        """  # noqa: S608 - a constant of this module
        params = {"cause": cause, "job_name": job_name, "reason": reason, "run_id": run_id}
        return Alert(**(fetch_one(self._conn, sql, params) or {}))

    def add_games(self, alert_id: int, games: Sequence[FailedGame]) -> None:
        """The games that an alert is about."""
        sql = """
            insert into alert_games (alert_id, appid, stage, reason)
            select %(alert_id)s, * from unnest(%(appids)s::bigint[], %(stages)s::text[], %(reasons)s::text[])
            on conflict (alert_id, appid) do update set stage = excluded.stage, reason = excluded.reason
        """
        params = {
            "alert_id": alert_id,
            "appids": [game.appid for game in games],
            "stages": [game.stage for game in games],
            "reasons": [game.reason for game in games],
        }
        execute(self._conn, sql, params)

    def mark_told(self, alert_ids: Sequence[int]) -> None:
        """People are told of these now."""
        execute(
            self._conn,
            "update alerts set told_at = now() where alert_id = any(%(alert_ids)s::bigint[])",
            {"alert_ids": list(alert_ids)},
        )

    def list_quiet(self, alert_ids: Sequence[int], *, cooldown: timedelta) -> set[int]:
        """Of these, the ones that people were told of within the cool-down."""
        sql = """
            select alert_id from alerts
            where alert_id = any(%(alert_ids)s::bigint[]) and told_at > now() - %(cooldown)s
        """
        rows = fetch_all(self._conn, sql, {"alert_ids": list(alert_ids), "cooldown": cooldown})
        return {row["alert_id"] for row in rows}

    def mend_games(self, stage: str, appids: Sequence[int]) -> None:
        """Games that came through a stage: what was wrong with them there is over."""
        sql = """
            delete from alert_games where stage = %(stage)s and appid = any(%(appids)s::bigint[])
        """
        execute(self._conn, sql, {"stage": stage, "appids": list(appids)})

    def forget_untracked(self) -> None:
        """Games that nobody follows any more worry nobody."""
        sql = """
            delete from alert_games game
            where not exists (select from tracked_games tracked where tracked.appid = game.appid)
        """
        execute(self._conn, sql)

    def resolve(self, *, job_cause: str | None) -> tuple[Alert, ...]:
        """Close alerts about games that have none left, and the one of a job that runs again; those that were open."""
        sql = f"""
            update alerts set resolved_at = now()
            where resolved_at is null and (cause = %(job_cause)s or cause not like 'job %%' and not exists (
                select from alert_games game where game.alert_id = alerts.alert_id
            ))
            returning {_COLUMNS}
        """  # noqa: S608 - a constant of this module
        rows = fetch_all(self._conn, sql, {"job_cause": job_cause})
        return tuple(sorted((Alert(**row) for row in rows), key=lambda alert: alert.alert_id))

    def list_newest(self, *, limit: int, resolved: bool) -> tuple[Alert, ...]:
        """Open alerts, with the resolved ones if wanted, the newest first."""
        sql = f"""
            select {_COLUMNS} from alerts where %(resolved)s or resolved_at is null
            order by alert_id desc limit %(limit)s
        """  # noqa: S608 - a constant of this module
        return tuple(Alert(**row) for row in fetch_all(self._conn, sql, {"limit": limit, "resolved": resolved}))

    def list_names(self, appids: Sequence[int]) -> dict[int, str]:
        """Names of tracked games."""
        sql = "select appid, name from tracked_games where appid = any(%(appids)s::bigint[])"
        return {row["appid"]: row["name"] for row in fetch_all(self._conn, sql, {"appids": list(appids)})}

    def insert_notice(self, notice: NewNotice, channels: Sequence[str]) -> None:
        """A message on each channel, unless it was told there already."""
        sql = """
            insert into alert_notices (notice_key, channel, subject, body)
            select %(key)s, channel, %(subject)s, %(body)s from unnest(%(channels)s::text[]) as channel
            on conflict (notice_key, channel) do nothing
        """
        execute(self._conn, sql, {**notice.model_dump(), "channels": list(channels)})

    def list_due(self, channels: Sequence[str], *, limit: int, newer_than: timedelta) -> tuple[Notice, ...]:
        """Messages to be delivered now, the oldest first."""
        sql = """
            select notice_id, channel, subject, body, attempts, error, created_at from alert_notices
            where delivered_at is null and due_at <= now() and channel = any(%(channels)s::text[])
                and created_at > now() - %(newer_than)s
            order by notice_id limit %(limit)s
        """
        params = {"channels": list(channels), "limit": limit, "newer_than": newer_than}
        return tuple(Notice(**row) for row in fetch_all(self._conn, sql, params))

    def count_undelivered(self) -> int:
        """Messages that nobody got yet."""
        row = fetch_one(self._conn, "select count(*) as n from alert_notices where delivered_at is null")
        return int(row["n"]) if row else 0

    def mark_delivered(self, notice_id: int) -> None:
        """It arrived."""
        sql = """
            update alert_notices set delivered_at = now(), error = null, attempts = attempts + 1
            where notice_id = %(notice_id)s
        """
        execute(self._conn, sql, {"notice_id": notice_id})

    def mark_undelivered(self, notice_id: int, *, error: str, wait: timedelta) -> None:
        """It did not arrive; when it is tried again."""
        sql = """
            update alert_notices set attempts = attempts + 1, error = %(error)s, due_at = now() + %(wait)s
            where notice_id = %(notice_id)s
        """
        execute(self._conn, sql, {"notice_id": notice_id, "error": error, "wait": wait})
