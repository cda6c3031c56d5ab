"""Reads what is due from `tracked_games`, `crawl_state` and `app_catalog`; resets failures in `crawl_state`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.due import DueState, GameSchedule, Pulse
from steampulse_dagster.utils.db import fetch_all, fetch_one

CHANGE_SHARE = 4
LONGEST_AFTER_CHANGE = timedelta(days=1)
"""A game that changed in the catalogue after its last crawl is due after a quarter of its interval, at most a day."""

# A game that was never crawled is due since it is followed. A change counts only if it was seen after the app was
# first listed: the first walk of the catalogue is no news about its games.
SCHEDULE = """
    with planned as (
        select tracked.appid, tracked.name, state.due_every, state.reviews_per_day,
            coalesce(state.stored, 0) as stored, state.finished_at, state.last_failed_at,
            coalesce(state.consecutive_failures, 0) as failures, state.last_error, state.last_error_kind,
            state.dead_since, state.dead_reason,
            case
                when state.dead_since is not null then null
                when state.next_due_at is null then tracked.tracked_at
                when state.consecutive_failures = 0
                    and catalog.changed_at > greatest(state.finished_at, catalog.first_seen_at)
                then least(state.next_due_at, state.finished_at + greatest(%(fresh)s, least(
                    (state.next_due_at - state.finished_at) / %(change_share)s, %(longest_after_change)s
                )))
                else state.next_due_at
            end as due_at
        from tracked_games tracked
        left join crawl_state state using (appid)
        left join app_catalog catalog using (appid)
    ), schedule as (
        select appid, name, due_every as every, reviews_per_day, stored, finished_at, last_failed_at, failures,
            last_error, last_error_kind, dead_since, dead_reason, due_at,
            case
                when dead_since is not null then 'dead'
                when due_at <= %(now)s then 'due'
                when failures > 0 then 'backing off'
                else 'waiting'
            end as state
        from planned
    )
    select appid, name, every, reviews_per_day, stored, finished_at, last_failed_at, failures, last_error,
        last_error_kind, dead_since, dead_reason, due_at, state
    from schedule
"""
# Overdue in parts of the game's own interval: the interval is the time in which a useful number of reviews comes, so
# this is also the order of how much there is to fetch for the asking. New games count as the shortest interval.
_DUE = (
    SCHEDULE
    + """
    where state = 'due'
    order by extract(epoch from %(now)s - due_at) / extract(epoch from coalesce(every, %(shortest)s)) desc,
        stored desc, appid
    limit %(limit)s
"""
)
_BY_TIME = SCHEDULE + " where due_at is not null order by due_at, appid limit %(limit)s"
_FAILED = SCHEDULE + " where failures > 0 or dead_since is not null order by dead_since nulls last, due_at, appid"
_COUNTS = f"select state, count(*) as games from ({SCHEDULE}) as game group by state"  # noqa: S608  # one constant
_RESET = """
    update crawl_state set
        next_due_at = %(now)s, consecutive_failures = 0, dead_since = null, dead_reason = null
    where (consecutive_failures > 0 or dead_since is not null)
        and (%(appids)s::bigint[] is null or appid = any(%(appids)s::bigint[]))
        and (%(kind)s::text is null or last_error_kind = %(kind)s)
    returning appid
"""
_PULSE = """
    select recent.new_in_3_days, recent.new_in_30_days,
        (select release_date from games where appid = %(appid)s) as released_on,
        (select steam_last_modified from app_catalog where appid = %(appid)s) as modified_at
    from (
        select count(*) as new_in_30_days,
            count(*) filter (where timestamp_created > %(now)s - interval '3 days') as new_in_3_days
        from reviews
        where appid = %(appid)s and timestamp_created > %(now)s - interval '30 days'
    ) recent
"""


class DueRepository:
    """When each followed game is crawled next, as of `now`; `fresh` is the shortest interval."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_due(
        self, *, now: datetime, fresh: timedelta, shortest: timedelta, limit: int | None
    ) -> list[GameSchedule]:
        """What is due, longest overdue in parts of its own interval first; all of it if `limit` is None."""
        params = {**build_moment(now=now, fresh=fresh), "shortest": shortest, "limit": limit}
        return [GameSchedule(**row) for row in fetch_all(self._conn, _DUE, params)]

    def list_by_time(self, *, now: datetime, fresh: timedelta, limit: int | None) -> list[GameSchedule]:
        """Every game that is crawled by itself, next first."""
        params = {**build_moment(now=now, fresh=fresh), "limit": limit}
        return [GameSchedule(**row) for row in fetch_all(self._conn, _BY_TIME, params)]

    def list_all(self, *, now: datetime, fresh: timedelta) -> list[GameSchedule]:
        """Every followed game by appid."""
        rows = fetch_all(self._conn, SCHEDULE + " order by appid", build_moment(now=now, fresh=fresh))
        return [GameSchedule(**row) for row in rows]

    def list_failed(self, *, now: datetime, fresh: timedelta) -> list[GameSchedule]:
        """Games whose last crawl failed: dead ones first, longest dead on top, then by their next attempt."""
        return [GameSchedule(**row) for row in fetch_all(self._conn, _FAILED, build_moment(now=now, fresh=fresh))]

    def count_by_state(self, *, now: datetime, fresh: timedelta) -> dict[DueState, int]:
        """How many followed games stand where."""
        rows = fetch_all(self._conn, _COUNTS, build_moment(now=now, fresh=fresh))
        return {DueState(row["state"]): row["games"] for row in rows}

    def reset_failed(self, appids: Sequence[int] | None, *, kind: str | None, now: datetime) -> tuple[int, ...]:
        """Make failed and dead games due now, with a clean count; which ones they were. None means any.

        What went wrong stays readable until the next success.
        """
        params = {"appids": None if appids is None else list(appids), "kind": kind, "now": now}
        return tuple(sorted(row["appid"] for row in fetch_all(self._conn, _RESET, params)))

    def get_pulse(self, appid: int, *, stored: int, now: datetime) -> Pulse:
        """What the game's next interval rests on."""
        row = fetch_one(self._conn, _PULSE, {"appid": appid, "now": now}) or {}
        return Pulse(stored=stored, **row)


def build_moment(*, now: datetime, fresh: timedelta) -> dict[str, object]:
    """Parameters of SCHEDULE."""
    return {
        "now": now,
        "fresh": fresh,
        "change_share": CHANGE_SHARE,
        "longest_after_change": LONGEST_AFTER_CHANGE,
    }
