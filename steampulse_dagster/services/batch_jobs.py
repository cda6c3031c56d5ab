"""Bulk jobs of language-model requests: submitted once whatever happens, watched, stopped.

Writes `llm_batches`, `llm_batch_records`, `llm_calls`; input and output are files in S3.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import IO, Protocol

import structlog

from steampulse_dagster.clients.bedrock_batch import (
    INPUT_NAME,
    BedrockBatch,
    JobConflictError,
    JobQuotaError,
    UnknownJobError,
)
from steampulse_dagster.errors import AnalystError, NotFoundError
from steampulse_dagster.models.batches import BatchJob, JobCounts, JobStatus, RemoteJob
from steampulse_dagster.models.costs import Reservation
from steampulse_dagster.repositories.llm_batches import BatchRepository
from steampulse_dagster.services.batch_pool import PoolPart
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Connection, Database

log = structlog.get_logger()

LEASE = timedelta(days=14)
"""How long a job's reservations live without a sign of life: a machine that was switched off for a holiday still finds
its answers, and a job that nobody will ever collect does not hold its money for good."""
RENEW_AFTER = timedelta(days=1)
RENEW_CALLS = 5_000
KNOWN_BY = timedelta(minutes=10)
"""A job of this age that the service does not know is lost; one that was made just now may not be listed yet."""
SHOWN_JOBS = 50


class JobFiles(Protocol):
    """Where input and output files are: an S3 bucket below a prefix. Every method blocks; raises ObjectStoreError."""

    def create(self, key: str, file: IO[bytes]) -> bool:
        """Store a file unless it is there."""
        ...

    def read_lines(self, key: str) -> Iterator[bytes]:
        """The lines of a file as they arrive."""
        ...

    def list_keys(self, prefix: str) -> list[str]:
        """Keys below a prefix."""
        ...

    def locate(self, key: str) -> str:
        """The s3:// address of a key."""
        ...


class BatchJobReader:
    """Reads jobs as they were last seen. Blocks on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_open(self) -> tuple[BatchJob, ...]:
        """Jobs that are not collected, oldest first."""
        with self._db.connection() as conn:
            return BatchRepository(conn).list_open()

    def list_counts(self, *, limit: int = SHOWN_JOBS) -> tuple[JobCounts, ...]:
        """Open and newest jobs with what became of their records."""
        with self._db.connection() as conn:
            return BatchRepository(conn).list_counts(limit=limit)

    def require(self, batch_id: int) -> BatchJob:
        """One job. Raises NotFoundError."""
        with self._db.connection() as conn:
            job = BatchRepository(conn).get(batch_id)
        if job is None:
            raise NotFoundError(f"There is no bulk job {batch_id}: `steampulse batch status` lists them.")
        return job

    def count_failures(self, request_key: str) -> int:
        """In how many jobs a request ended without an answer."""
        with self._db.connection() as conn:
            return BatchRepository(conn).count_failures(request_key)


class BatchJobService(BatchJobReader):
    """Every step may be killed and repeated, by any number of processes: the row of a job, the token made from its
    digest and the ledger's one reservation for each request keep each of them from happening twice."""

    def __init__(self, database: Database, *, ledger: Ledger, service: BedrockBatch, files: JobFiles) -> None:
        super().__init__(database)
        self._ledger = ledger
        self._service = service
        self._files = files

    async def submit(self, part: PoolPart, *, run_id: str, minimum: int) -> BatchJob | None:
        """One job of these requests; None if so many are answered or under way by now that too few are left.

        First the input file, then the row with the money for every record in one transaction, then the service: a
        submit that is killed leaves nothing, or a row that the next `push` goes on with. Raises BudgetError,
        ObjectStoreError, AnalystError; where no place for a job is free, it waits as Intended.
        """
        job = await asyncio.to_thread(self._intend, part, run_id, minimum)
        return None if job is None else await self._push(job)

    async def watch(self) -> tuple[BatchJob, ...]:
        """Ask how the open jobs stand, and bring those to the service that it does not have yet; the open jobs.

        Raises AnalystError once all were asked.
        """
        jobs: list[BatchJob] = []
        failures: list[AnalystError] = []
        for job in await asyncio.to_thread(self.list_open):
            try:
                jobs.append(await self._watch_one(job))
            except AnalystError as error:
                log.info("job_not_watched", batch_id=job.batch_id, reason=error.message)
                failures.append(error)
        if failures:
            raise failures[0]
        return tuple(jobs)

    async def stop(self, batch_id: int) -> BatchJob:
        """Ask the service to stop a job: what it has done is charged and collected, the rest is free again. A job that
        the service never got ends here. Raises NotFoundError, AnalystError."""
        job = await asyncio.to_thread(self.require, batch_id)
        if job.collected_at is not None or job.status.ended:
            return job
        if job.job_arn is None and (found := await self._find(job)) is None:
            return await asyncio.to_thread(self._end, job, JobStatus.STOPPED, "Stopped before the service had it.")
        if job.job_arn is None and found is not None:
            job = await asyncio.to_thread(self._adopt, job, found.job_arn)
        await self._service.stop_job(str(job.job_arn))
        return await self._watch_one(job)

    def forget(self, batch_id: int) -> BatchJob:
        """Give a job up without asking the service: answers that it has or will have are lost, though charged.

        For jobs that the service knows no longer. Raises NotFoundError.
        """
        job = self.require(batch_id)
        return job if job.collected_at is not None else self._end(job, JobStatus.STOPPED, "Given up by hand.")

    def _intend(self, part: PoolPart, run_id: str, minimum: int) -> BatchJob | None:
        while len(part.requests) >= max(1, minimum):
            digest = part.digest
            # Before the row: whoever finds the row can rely on the file. Equal digest, equal file: it may be there.
            self._files.create(f"in/{digest}/{INPUT_NAME}", part.file)
            wanted = [(pooled.request, pooled.estimate) for pooled in part.requests]

            def note(conn: Connection, held: Sequence[Reservation], digest: str = digest) -> BatchJob:
                return self._insert(conn, part, digest, held)

            job = self._ledger.claim_all(wanted, run_id=run_id, lease=LEASE, note=note)
            if isinstance(job, BatchJob):
                log.info("job_intended", batch_id=job.batch_id, records=job.records, model=job.model)
                return job
            part.drop(job)
        return None

    def _insert(self, conn: Connection, part: PoolPart, digest: str, held: Sequence[Reservation]) -> BatchJob:
        batches = BatchRepository(conn)
        earlier = batches.count_by_digest(digest)
        # The ledger lets nobody intend the same requests while they are under way, so earlier jobs have ended: with
        # their token the service would give back the old job.
        token = f"{digest}-{earlier + 1}" if earlier else digest
        return batches.insert(
            digest=digest,
            client_token=token,
            job_name=f"steampulse-{token}",
            model=part.model,
            input_uri=self._files.locate(f"in/{digest}/{INPUT_NAME}"),
            output_uri=self._files.locate(f"out/{token}") + "/",
            call_ids={pooled.record_id: one.call_id for pooled, one in zip(part.requests, held, strict=True)},
        )

    async def _push(self, job: BatchJob) -> BatchJob:
        """Bring an intended job to the service, or find that an earlier attempt has."""
        found = await self._find(job)
        try:
            job_arn = found.job_arn if found else await self._create(job)
        except JobQuotaError as full:
            log.info("job_waits_for_a_place", batch_id=job.batch_id)
            return await asyncio.to_thread(self._note_status, job, JobStatus.INTENDED, full.message)
        except AnalystError as refusal:
            if not refusal.retryable:
                await asyncio.to_thread(self._end, job, JobStatus.FAILED, refusal.message)
            raise
        job = await asyncio.to_thread(self._adopt, job, job_arn)
        if job.collected_at is not None:
            await self._service.stop_job(job_arn)  # somebody gave it up while it was on its way
        return job

    async def _create(self, job: BatchJob) -> str:
        try:
            return await self._service.create_job(
                name=job.job_name,
                token=job.client_token,
                model=job.model,
                input_uri=job.input_uri,
                output_uri=job.output_uri,
            )
        except JobConflictError:
            # Somebody else brought it between our looking and our asking.
            found = await self._find(job)
            if found is None:
                raise
            return found.job_arn

    async def _find(self, job: BatchJob) -> RemoteJob | None:
        return await self._service.find_job(name=job.job_name, token=job.client_token)

    async def _watch_one(self, job: BatchJob) -> BatchJob:
        if job.status.ended:
            return job
        if job.job_arn is None:
            job = await self._push(job)
        if utc_now() - job.renewed_at > RENEW_AFTER:
            await asyncio.to_thread(self._renew, job)
        if job.job_arn is None:
            return job
        try:
            remote = await self._service.fetch_job(job.job_arn)
        except UnknownJobError as error:
            if utc_now() - job.created_at < KNOWN_BY:
                raise
            # Its output is read if there is any; the rest is asked again.
            return await asyncio.to_thread(self._note_status, job, JobStatus.EXPIRED, error.message)
        return await asyncio.to_thread(self._note_status, job, remote.status, remote.message)

    def _adopt(self, job: BatchJob, job_arn: str) -> BatchJob:
        with self._db.transaction() as conn:
            if not BatchRepository(conn).mark_submitted(job.batch_id, job_arn):
                log.warning("job_was_given_up", batch_id=job.batch_id, job_arn=job_arn)
        log.info("job_submitted", batch_id=job.batch_id, job_arn=job_arn)
        return self.require(job.batch_id)

    def _note_status(self, job: BatchJob, status: JobStatus, message: str | None) -> BatchJob:
        if (status, message) != (job.status, job.error):
            with self._db.transaction() as conn:
                BatchRepository(conn).mark_status(job.batch_id, status, error=message)
            log.info("job_status", batch_id=job.batch_id, status=status.value, message=message)
        return self.require(job.batch_id)

    def _end(self, job: BatchJob, status: JobStatus, reason: str) -> BatchJob:
        """End a job that the service never took: its records are free and cost nothing."""
        with self._db.transaction() as conn:
            BatchRepository(conn).mark_status(job.batch_id, status, error=reason)
        pending = self._list_pending(job)
        self._ledger.fail_many(dict.fromkeys(pending.values(), reason))
        with self._db.transaction() as conn:
            BatchRepository(conn).mark_collected(job.batch_id)
        return self.require(job.batch_id)

    def _renew(self, job: BatchJob) -> None:
        call_ids = list(self._list_pending(job).values())
        for start in range(0, len(call_ids), RENEW_CALLS):
            self._ledger.renew(call_ids[start : start + RENEW_CALLS], lease=LEASE)
        with self._db.transaction() as conn:
            BatchRepository(conn).mark_renewed(job.batch_id)

    def _list_pending(self, job: BatchJob) -> dict[str, int]:
        with self._db.connection() as conn:
            return BatchRepository(conn).list_pending(job.batch_id)
