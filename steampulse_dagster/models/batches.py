"""Bulk jobs of language-model requests: rows of `llm_batches` and `llm_batch_records`."""

from datetime import datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.llm import ModelReply


class JobStatus(StrEnum):
    """Where a bulk job stands. The first is the product's own, the rest are the service's words."""

    INTENDED = "Intended"
    """Written down before the service is asked, so that a killed submit is found again."""
    SUBMITTED = "Submitted"
    VALIDATING = "Validating"
    SCHEDULED = "Scheduled"
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    COMPLETED = "Completed"
    PARTIALLY_COMPLETED = "PartiallyCompleted"
    """Time ran out; what was done has answers."""
    FAILED = "Failed"
    STOPPED = "Stopped"
    EXPIRED = "Expired"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen at the service."""
        return self in (
            JobStatus.COMPLETED,
            JobStatus.PARTIALLY_COMPLETED,
            JobStatus.FAILED,
            JobStatus.STOPPED,
            JobStatus.EXPIRED,
        )

    @property
    def has_output(self) -> bool:
        """Whether the service must have written answers; of other ended jobs it may have."""
        return self in (JobStatus.COMPLETED, JobStatus.PARTIALLY_COMPLETED)


class BatchLimits(Model):
    """What the service takes as one job."""

    minimum_records: int
    maximum_records: int
    maximum_bytes: int
    """Of the input file."""


class BatchJob(Model):
    """A row of `llm_batches`."""

    batch_id: int
    digest: str
    client_token: str
    job_name: str
    job_arn: str | None
    model: str
    status: JobStatus
    records: int
    input_uri: str
    output_uri: str
    error: str | None = None
    renewed_at: datetime
    created_at: datetime
    finished_at: datetime | None = None
    collected_at: datetime | None = None


class JobCounts(Model):
    """A job with what became of its records. `failed` have no answer and may be asked again."""

    job: BatchJob
    pending: int
    answered: int
    failed: int
    games: int


class RemoteJob(Model):
    """What the service says of a job."""

    job_arn: str
    status: JobStatus
    message: str | None = None


class RecordResult(Model):
    """One line of a job's output: an answer, or the reason why there is none."""

    record_id: str
    reply: ModelReply | None = None
    error: str | None = None


class CollectOutcome(Model):
    """What one job's output held."""

    batch_id: int
    status: JobStatus
    answered: int
    """Answers that were stored now, not by an earlier attempt."""
    failed: int
    missing: int
    """Records that the job ended without a word about."""
    stray: int
    """Lines that could not be read, or that belong to no record of the job."""
    appids: tuple[int, ...]


class GameState(StrEnum):
    """Where a game stands after a look at what it needs."""

    DONE = "done"
    WAITING = "waiting"
    """Its requests are in bulk jobs."""
    TOO_FEW = "too_few"
    """Its requests would not fill a job: they are asked in real time."""
    FAILED = "failed"


class GameStep(Model):
    """What was done for one game, and what it waits for."""

    appid: int
    state: GameState
    error: str | None = None


class SubmitOutcome(Model):
    """What became of a set of games, and the jobs that were made for them."""

    jobs: tuple[BatchJob, ...]
    games: tuple[GameStep, ...]

    def list_appids(self, state: GameState) -> tuple[int, ...]:
        """Games in one state."""
        return tuple(game.appid for game in self.games if game.state is state)
