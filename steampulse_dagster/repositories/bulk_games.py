"""Reads and writes `bulk_games`; which of them wait for an open job is read from `llm_batches` and `llm_calls`."""

from collections.abc import Mapping, Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.bulk_games import BulkState
from steampulse_dagster.utils.db import execute, fetch_all
from steampulse_dagster.utils.text import clean_text

MAX_ERROR_CHARACTERS = 1_000


class BulkGameRepository:
    """Games on their way through bulk jobs."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def queue(self, appids: Sequence[int]) -> int:
        """Send tracked games on their way, unless they are on it; how many are new."""
        sql = """
            insert into bulk_games as game (appid, state)
            select appid, 'queued' from tracked_games where appid = any(%(appids)s::bigint[]) order by appid
            on conflict (appid) do update set state = 'queued', run_key = null, attempts = 0, error = null,
                requested_at = now(), changed_at = now()
            where game.state in ('done', 'failed')
        """
        return execute(self._conn, sql, {"appids": list(appids)})

    def list_to_advance(self) -> tuple[int, ...]:
        """Queued games, and waiting ones none of whose requests is in a job that is not collected."""
        sql = """
            select game.appid from bulk_games game
            where game.state = 'queued' or game.state = 'waiting' and not exists (
                select from llm_calls call
                join llm_batch_records record using (call_id) join llm_batches job using (batch_id)
                where call.appid = game.appid and job.collected_at is null
            )
            order by game.appid
        """
        return tuple(row["appid"] for row in fetch_all(self._conn, sql))

    def list_by_state(self, state: BulkState) -> tuple[int, ...]:
        """Games in one state."""
        sql = "select appid from bulk_games where state = %(state)s order by appid"
        return tuple(row["appid"] for row in fetch_all(self._conn, sql, {"state": state.value}))

    def list_recording(self) -> dict[str, tuple[int, ...]]:
        """Games that a run is to record, by the key of that run."""
        sql = """
            select run_key, array_agg(appid order by appid) as appids from bulk_games
            where state = 'recording' group by run_key order by run_key
        """
        return {row["run_key"]: tuple(row["appids"]) for row in fetch_all(self._conn, sql)}

    def count_by_state(self) -> dict[BulkState, int]:
        """How many games stand where."""
        rows = fetch_all(self._conn, "select state, count(*) as games from bulk_games group by state")
        return {BulkState(row["state"]): row["games"] for row in rows}

    def mark(self, appids: Sequence[int], state: BulkState, *, run_key: str | None = None) -> None:
        """Where games stand now."""
        sql = """
            update bulk_games set state = %(state)s, run_key = %(run_key)s, changed_at = now()
            where appid = any(%(appids)s::bigint[])
        """
        execute(self._conn, sql, {"appids": list(appids), "state": state.value, "run_key": run_key})

    def mark_recorded(self, run_key: str, appids: Sequence[int]) -> None:
        """Games whose report the run of that key recorded."""
        sql = """
            update bulk_games set state = 'done', error = null, changed_at = now()
            where appid = any(%(appids)s::bigint[]) and run_key = %(run_key)s and state = 'recording'
        """
        execute(self._conn, sql, {"appids": list(appids), "run_key": run_key})

    def mark_failed(self, run_key: str, reasons: Mapping[int, str]) -> None:
        """Games that failed in the run of that key, with the reason."""
        sql = """
            update bulk_games game set state = 'failed', error = told.reason, changed_at = now()
            from unnest(%(appids)s::bigint[], %(reasons)s::text[]) as told (appid, reason)
            where game.appid = told.appid and game.run_key = %(run_key)s and game.state = 'recording'
        """
        clean = [clean_text(reason)[:MAX_ERROR_CHARACTERS] for reason in reasons.values()]
        execute(self._conn, sql, {"appids": list(reasons), "reasons": clean, "run_key": run_key})

    def mark_unreached(self, run_key: str, *, most: int, reason: str) -> None:
        """What is left of a run that ended early: once more, or given up after so many."""
        sql = """
            update bulk_games set attempts = attempts + 1, changed_at = now(), run_key = null,
                state = case when attempts + 1 < %(most)s then 'ready' else 'failed' end,
                error = case when attempts + 1 < %(most)s then error else %(reason)s end
            where run_key = %(run_key)s and state = 'recording'
        """
        execute(self._conn, sql, {"run_key": run_key, "most": most, "reason": reason})

    def delete_untracked(self) -> int:
        """Forget games that nobody follows any more, save those of a run; how many."""
        sql = """
            delete from bulk_games game where state in ('queued', 'waiting', 'ready')
                and not exists (select from tracked_games tracked where tracked.appid = game.appid)
        """
        return execute(self._conn, sql)
