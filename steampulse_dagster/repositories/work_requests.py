"""Reads and writes `work_requests`."""

from collections.abc import Mapping, Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.work_requests import NewWorkRequest, WorkRequest
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import clean_text

MAX_ERROR_CHARACTERS = 1_000

_COLUMNS = "request_id, request_key, kind, appid, source, state, run_id, error, created_at, changed_at"


class WorkRequestRepository:
    """Wishes of people and programs."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert(self, request: NewWorkRequest) -> WorkRequest | None:
        """The new row; None if its key, or without a key an equal waiting wish, is there already."""
        sql = f"""
            insert into work_requests (request_key, kind, appid, source)
            values (%(request_key)s, %(kind)s, %(appid)s, %(source)s)
            on conflict do nothing
            returning {_COLUMNS}
        """  # noqa: S608 - a constant of this module
        row = fetch_one(self._conn, sql, request.model_dump(mode="json"))
        return None if row is None else WorkRequest(**row)

    def get_equal(self, request: NewWorkRequest) -> WorkRequest | None:
        """The row of the same key; without a key the equal wish that waits."""
        sql = f"""
            select {_COLUMNS} from work_requests
            where request_key = %(request_key)s
                or %(request_key)s is null and request_key is null
                and kind = %(kind)s and appid = %(appid)s and state = 'queued'
        """  # noqa: S608 - a constant of this module
        row = fetch_one(self._conn, sql, request.model_dump(mode="json"))
        return None if row is None else WorkRequest(**row)

    def get(self, request_id: int) -> WorkRequest | None:
        """One row."""
        sql = f"select {_COLUMNS} from work_requests where request_id = %(request_id)s"  # noqa: S608
        row = fetch_one(self._conn, sql, {"request_id": request_id})
        return None if row is None else WorkRequest(**row)

    def list_queued(self, *, limit: int) -> tuple[WorkRequest, ...]:
        """Waiting wishes, the oldest first."""
        sql = f"""
            select {_COLUMNS} from work_requests where state = 'queued' order by request_id limit %(limit)s
        """  # noqa: S608 - a constant of this module
        return tuple(WorkRequest(**row) for row in fetch_all(self._conn, sql, {"limit": limit}))

    def mark_launched(self, request_ids: Sequence[int], *, run_id: str) -> int:
        """Note the run that was requested for waiting wishes; how many there were."""
        sql = """
            update work_requests set state = 'launched', run_id = %(run_id)s, error = null, changed_at = now()
            where request_id = any(%(request_ids)s::bigint[]) and state = 'queued'
        """
        return execute(self._conn, sql, {"request_ids": list(request_ids), "run_id": run_id})

    def list_launched_runs(self, *, limit: int) -> tuple[str, ...]:
        """Runs that wishes wait for, those of the oldest first."""
        sql = """
            select run_id from work_requests where state = 'launched'
            group by run_id order by min(request_id) limit %(limit)s
        """
        return tuple(row["run_id"] for row in fetch_all(self._conn, sql, {"limit": limit}))

    def list_by_run(self, run_id: str) -> tuple[WorkRequest, ...]:
        """Wishes that wait for a run."""
        sql = f"""
            select {_COLUMNS} from work_requests where state = 'launched' and run_id = %(run_id)s order by request_id
        """  # noqa: S608 - a constant of this module
        return tuple(WorkRequest(**row) for row in fetch_all(self._conn, sql, {"run_id": run_id}))

    def list_newest(self, *, limit: int, appid: int | None = None) -> tuple[WorkRequest, ...]:
        """Wishes in any state, the newest first."""
        sql = f"""
            select {_COLUMNS} from work_requests where %(appid)s is null or appid = %(appid)s
            order by request_id desc limit %(limit)s
        """  # noqa: S608 - a constant of this module
        return tuple(WorkRequest(**row) for row in fetch_all(self._conn, sql, {"limit": limit, "appid": appid}))

    def mark_done(self, request_ids: Sequence[int]) -> int:
        """Fulfilled; how many were not yet."""
        sql = """
            update work_requests set state = 'done', error = null, changed_at = now()
            where request_id = any(%(request_ids)s::bigint[]) and state = 'launched'
        """
        return execute(self._conn, sql, {"request_ids": list(request_ids)})

    def mark_failed(self, reasons: Mapping[int, str]) -> int:
        """Wishes that cannot be or were not fulfilled, with the reason; how many were open."""
        sql = """
            update work_requests wish set state = 'failed', error = told.reason, changed_at = now()
            from unnest(%(request_ids)s::bigint[], %(reasons)s::text[]) as told (request_id, reason)
            where wish.request_id = told.request_id and wish.state in ('queued', 'launched')
        """
        clean = [clean_text(reason)[:MAX_ERROR_CHARACTERS] for reason in reasons.values()]
        return execute(self._conn, sql, {"request_ids": list(reasons), "reasons": clean})

    def requeue(self, request_ids: Sequence[int]) -> tuple[int, ...]:
        """Wishes whose run ended without a word about them wait again; `run_id` keeps the run that failed them.

        Those that wait; a wish without a key for which an equal one waits already does not.
        """
        sql = """
            update work_requests wish set state = 'queued', changed_at = now()
            where request_id = any(%(request_ids)s::bigint[]) and state = 'launched' and (
                request_key is not null or request_id in (
                    select min(request_id) from work_requests
                    where request_id = any(%(request_ids)s::bigint[]) and request_key is null group by kind, appid
                ) and not exists (
                    select from work_requests other where other.state = 'queued' and other.request_key is null
                        and other.kind = wish.kind and other.appid = wish.appid
                )
            ) returning request_id
        """
        return tuple(row["request_id"] for row in fetch_all(self._conn, sql, {"request_ids": list(request_ids)}))

    def refuse_untracked(self) -> int:
        """End waiting wishes about games that nobody follows; how many."""
        sql = """
            update work_requests wish set state = 'failed', changed_at = now(),
                error = format('%%s is not tracked: `steampulse track %%s` first.', appid, appid)
            where state = 'queued'
                and not exists (select from tracked_games tracked where tracked.appid = wish.appid)
        """
        return execute(self._conn, sql, {})
