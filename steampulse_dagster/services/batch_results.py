"""Reads the output of an ended bulk job into the ledger; marks what has no answer, so that it can be asked again."""

from collections.abc import Iterable, Iterator
from itertools import islice

import structlog

from steampulse_dagster.clients.bedrock_batch import OUTPUT_NAME, parse_results
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.batches import BatchJob, CollectOutcome, RecordResult
from steampulse_dagster.repositories.llm_batches import BatchRepository
from steampulse_dagster.services.batch_jobs import JobFiles
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

ROWS = 200
"""Answers that are stored in one transaction: few enough that other callers of the ledger hardly wait."""
NO_WORD = "The job ended without a word about this record."


class BatchResultService:
    """Safe to kill, to repeat and to run twice at once: an answer that is stored stays, and is not stored twice."""

    def __init__(self, database: Database, *, ledger: Ledger, files: JobFiles) -> None:
        self._db = database
        self._ledger = ledger
        self._files = files

    def collect(self, job: BatchJob) -> CollectOutcome:
        """Store every answer of a job that has ended, then fail the rest of its records. Blocks.

        Raises ObjectStoreError, and AnalystError if a job that has answers shows none: nothing is given up then.
        """
        with self._db.connection() as conn:
            pending = BatchRepository(conn).list_pending(job.batch_id)
            known = BatchRepository(conn).list_record_ids(job.batch_id)
        errors: dict[int, str] = {}
        answered = stray = 0
        for results in _slice(parse_results(self._read_lines(job)) if job.job_arn else ()):
            answered += self._settle(results, pending)
            stray += sum(result is None or result.record_id not in known for result in results)
            errors |= {
                pending[result.record_id]: result.error
                for result in results
                if result is not None and result.error is not None and result.record_id in pending
            }
        return self._close(job, pending, errors, answered=answered, stray=stray)

    def _close(
        self, job: BatchJob, pending: dict[str, int], errors: dict[int, str], *, answered: int, stray: int
    ) -> CollectOutcome:
        lost = dict.fromkeys(pending.values(), NO_WORD)
        # An answer counts wherever it stands in the file: an error of a record that was answered too is none.
        reasons = {call_id: errors.get(call_id, word) for call_id, word in lost.items()}
        self._ledger.fail_many(reasons)
        with self._db.transaction() as conn:
            batches = BatchRepository(conn)
            batches.mark_collected(job.batch_id)
            appids = batches.list_appids(job.batch_id)
        failed = sum(call_id in errors for call_id in reasons)
        outcome = CollectOutcome(
            batch_id=job.batch_id,
            status=job.status,
            answered=answered,
            failed=failed,
            missing=len(reasons) - failed,
            stray=stray,
            appids=appids,
        )
        log.info("job_collected", **outcome.model_dump(mode="json", exclude={"appids"}), games=len(appids))
        return outcome

    def _settle(self, results: list[RecordResult | None], pending: dict[str, int]) -> int:
        """Store the answers among these and take their records from `pending`; how many were new."""
        replies = {
            result.record_id: result.reply
            for result in results
            if result is not None and result.reply is not None and result.record_id in pending
        }
        held = self._ledger.list_reservations([pending[record_id] for record_id in replies])
        answers = [
            (held[pending[record_id]], reply) for record_id, reply in replies.items() if pending[record_id] in held
        ]
        stored = self._ledger.settle_many(answers) if answers else 0
        for record_id in replies:
            del pending[record_id]
        return stored

    def _read_lines(self, job: BatchJob) -> Iterator[bytes]:
        keys = [key for key in self._files.list_keys(f"out/{job.client_token}/") if key.endswith(f"/{OUTPUT_NAME}")]
        if not keys and job.status.has_output:
            raise AnalystError(
                f"Bulk job {job.batch_id} is {job.status.value}, but there is no {OUTPUT_NAME} below {job.output_uri}. "
                "See whether these credentials may list and read that bucket.",
                retryable=True,
            )
        for key in keys:
            yield from self._files.read_lines(key)


def _slice(results: Iterable[RecordResult | None]) -> Iterator[list[RecordResult | None]]:
    left = iter(results)
    while rows := list(islice(left, ROWS)):
        yield rows
