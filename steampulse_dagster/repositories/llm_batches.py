"""Reads and writes `llm_batches` and `llm_batch_records`; what became of a record is read from `llm_calls`."""

from collections.abc import Mapping, Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.batches import BatchJob, JobCounts, JobStatus
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import clean_text

MAX_ERROR_CHARACTERS = 1_000
_COLUMNS = """
    batch_id, digest, client_token, job_name, job_arn, model, status, records, input_uri, output_uri, error, renewed_at,
    created_at, finished_at, collected_at
"""


class BatchRepository:
    """Bulk jobs and their records."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def count_by_digest(self, digest: str) -> int:
        """How many jobs were made of exactly this set of requests."""
        sql = "select count(*) as jobs from llm_batches where digest = %(digest)s"
        row = fetch_one(self._conn, sql, {"digest": digest})
        return int(row["jobs"]) if row else 0

    def insert(
        self,
        *,
        digest: str,
        client_token: str,
        job_name: str,
        model: str,
        input_uri: str,
        output_uri: str,
        call_ids: Mapping[str, int],
    ) -> BatchJob:
        """A job that is intended, with the call of each record id."""
        sql = f"""
            insert into llm_batches (digest, client_token, job_name, model, status, records, input_uri, output_uri)
            values (%(digest)s, %(client_token)s, %(job_name)s, %(model)s, %(status)s, %(records)s, %(input_uri)s,
                %(output_uri)s)
            returning {_COLUMNS}
        """  # noqa: S608 - a constant of this module
        params = {
            "digest": digest,
            "client_token": client_token,
            "job_name": job_name,
            "model": model,
            "status": JobStatus.INTENDED.value,
            "records": len(call_ids),
            "input_uri": input_uri,
            "output_uri": output_uri,
        }
        job = BatchJob(**(fetch_one(self._conn, sql, params) or {}))
        self._insert_records(job.batch_id, call_ids)
        return job

    def get(self, batch_id: int) -> BatchJob | None:
        """One job."""
        sql = f"select {_COLUMNS} from llm_batches where batch_id = %(batch_id)s"  # noqa: S608 - a constant
        row = fetch_one(self._conn, sql, {"batch_id": batch_id})
        return BatchJob(**row) if row else None

    def list_open(self) -> tuple[BatchJob, ...]:
        """Jobs that are not collected, oldest first."""
        sql = f"select {_COLUMNS} from llm_batches where collected_at is null order by batch_id"  # noqa: S608
        return tuple(BatchJob(**row) for row in fetch_all(self._conn, sql))

    def list_counts(self, *, limit: int) -> tuple[JobCounts, ...]:
        """The open jobs and the newest of the others, newest first, with what became of their records."""
        sql = f"""
            with chosen as (
                select {_COLUMNS} from llm_batches
                order by collected_at is null desc, batch_id desc limit %(limit)s
            )
            select chosen.*, counted.* from chosen cross join lateral (
                select count(*) filter (where c.status in ('reserved', 'unknown')) as pending,
                    count(*) filter (where c.status = 'answered') as answered,
                    count(*) filter (where c.status = 'failed') as failed,
                    count(distinct c.appid) as games
                from llm_batch_records r join llm_calls c using (call_id) where r.batch_id = chosen.batch_id
            ) counted order by batch_id desc
        """  # noqa: S608 - a constant of this module
        names = ("pending", "answered", "failed", "games")
        return tuple(
            JobCounts(
                job=BatchJob(**{key: value for key, value in row.items() if key not in names}),
                **{name: row[name] for name in names},
            )
            for row in fetch_all(self._conn, sql, {"limit": limit})
        )

    def mark_submitted(self, batch_id: int, job_arn: str) -> bool:
        """The service has the job; False if it was given up meanwhile."""
        sql = """
            update llm_batches set job_arn = %(job_arn)s, error = null,
                status = case when status = 'Intended' then 'Submitted' else status end
            where batch_id = %(batch_id)s and collected_at is null
        """
        return execute(self._conn, sql, {"batch_id": batch_id, "job_arn": job_arn}) == 1

    def mark_status(self, batch_id: int, status: JobStatus, *, error: str | None) -> None:
        """What the service says of a job."""
        sql = """
            update llm_batches set status = %(status)s, error = %(error)s,
                finished_at = case when %(ended)s then coalesce(finished_at, now()) end
            where batch_id = %(batch_id)s and collected_at is null
        """
        clean = None if error is None else clean_text(error)[:MAX_ERROR_CHARACTERS]
        params = {"batch_id": batch_id, "status": status.value, "error": clean, "ended": status.ended}
        execute(self._conn, sql, params)

    def mark_renewed(self, batch_id: int) -> None:
        """The reservations of its calls were prolonged."""
        execute(
            self._conn,
            "update llm_batches set renewed_at = now() where batch_id = %(batch_id)s",
            {"batch_id": batch_id},
        )

    def mark_collected(self, batch_id: int) -> None:
        """Each record has its answer or its failure."""
        sql = """
            update llm_batches set collected_at = now()
            where batch_id = %(batch_id)s and collected_at is null
        """
        execute(self._conn, sql, {"batch_id": batch_id})

    def list_pending(self, batch_id: int) -> dict[str, int]:
        """The calls of a job that have neither answer nor failure, by record id."""
        sql = """
            select r.record_id, r.call_id from llm_batch_records r join llm_calls c using (call_id)
            where r.batch_id = %(batch_id)s and c.status in ('reserved', 'unknown')
        """
        return {row["record_id"]: row["call_id"] for row in fetch_all(self._conn, sql, {"batch_id": batch_id})}

    def list_record_ids(self, batch_id: int) -> set[str]:
        """Every record of a job."""
        sql = "select record_id from llm_batch_records where batch_id = %(batch_id)s"
        return {row["record_id"] for row in fetch_all(self._conn, sql, {"batch_id": batch_id})}

    def list_appids(self, batch_id: int) -> tuple[int, ...]:
        """The games that a job is about."""
        sql = """
            select distinct c.appid from llm_batch_records r join llm_calls c using (call_id)
            where r.batch_id = %(batch_id)s order by c.appid
        """
        return tuple(row["appid"] for row in fetch_all(self._conn, sql, {"batch_id": batch_id}))

    def count_failures(self, request_key: str) -> int:
        """In how many jobs that the service had a request ended without an answer."""
        sql = """
            select count(*) as failures from llm_calls c
            join llm_batch_records r using (call_id) join llm_batches b using (batch_id)
            where c.request_key = %(request_key)s and c.status = 'failed' and b.job_arn is not null
                and b.status not in ('Stopped', 'Expired')
        """
        row = fetch_one(self._conn, sql, {"request_key": request_key})
        return int(row["failures"]) if row else 0

    def _insert_records(self, batch_id: int, call_ids: Mapping[str, int]) -> None:
        sql = """
            insert into llm_batch_records (batch_id, record_id, call_id)
            select %(batch_id)s, record_id, call_id
            from unnest(%(record_ids)s::text[], %(call_ids)s::bigint[]) as r (record_id, call_id)
        """
        record_ids: Sequence[str] = list(call_ids)
        params = {"batch_id": batch_id, "record_ids": record_ids, "call_ids": [call_ids[one] for one in record_ids]}
        execute(self._conn, sql, params)
