"""Reads and writes `work_requests`."""

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.work_requests import NewWorkRequest, WorkRequest
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

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
