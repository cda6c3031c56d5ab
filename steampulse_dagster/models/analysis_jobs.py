"""Re-analyses of games: rows of `analysis_jobs`."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.llm import Delivery


class AnalysisState(StrEnum):
    """Where a re-analysis stands."""

    QUEUED = "queued"
    """Its chunks are read and its report is to be written, or it failed and was asked for again."""
    RUNNING = "running"
    """At work, or was when its process died: the next run goes on with it."""
    WAITING_FOR_BATCH = "waiting_for_batch"
    DONE = "done"
    FAILED = "failed"
    """The next run tries again, on the same row."""


class AnalysisReason(StrEnum):
    """Why a game was analysed again."""

    FIRST = "first"
    MANUAL = "manual"
    NEW_REVIEWS = "new_reviews"
    """New or edited reviews, or facts of the game that its report rests on."""
    NEW_ANALYST = "new_analyst"
    """Another model, or other prompts."""


class AnalysisJob(Model):
    """A row of `analysis_jobs`: one re-analysis of one game that had something to do."""

    job_id: int
    appid: int
    game: str
    state: AnalysisState
    reason: AnalysisReason
    mode: Delivery
    run_id: str | None
    cost_usd: Decimal
    """Of the game's model calls since the job began, open reservations included."""
    error: str | None
    created_at: datetime
    changed_at: datetime


class OpenedJob(Model):
    """The job that work on a game counts to; `is_new` if it began just now."""

    job_id: int
    is_new: bool
