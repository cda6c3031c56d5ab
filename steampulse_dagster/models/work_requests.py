"""Wishes that a game be crawled or analysed: rows of `work_requests`."""

from datetime import datetime
from enum import StrEnum

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.lineage import Stage


class WorkKind(StrEnum):
    """What is wished for."""

    CRAWL = "crawl"
    """Store data and reviews."""
    ANALYSIS = "analysis"
    """Chunk summaries and the report, from the reviews that are stored."""
    REFRESH = "refresh"
    """Both."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of the lineage that fulfil it, in order."""
        match self:
            case WorkKind.CRAWL:
                return (Stage.GAMES, Stage.REVIEWS)
            case WorkKind.ANALYSIS:
                return (Stage.CHUNK_SUMMARIES, Stage.REPORTS)
            case WorkKind.REFRESH:
                return tuple(Stage)


class WorkSource(StrEnum):
    """Who wished."""

    API = "api"
    QUEUE = "queue"
    CLI = "cli"


class WorkState(StrEnum):
    """Where a wish stands."""

    QUEUED = "queued"
    LAUNCHED = "launched"
    """A run was requested for it."""
    DONE = "done"
    FAILED = "failed"


class NewWorkRequest(Model):
    """A wish before it is stored. Equal keys mean the same wish, however often it arrives."""

    kind: WorkKind
    appid: int
    source: WorkSource
    request_key: str | None = None


class WorkRequest(NewWorkRequest):
    """A row of `work_requests`."""

    request_id: int
    state: WorkState
    run_id: str | None
    error: str | None
    created_at: datetime
    changed_at: datetime


class SubmittedRequest(Model):
    """The row that a wish ended in; not `is_new` if it was there before."""

    request: WorkRequest
    is_new: bool
