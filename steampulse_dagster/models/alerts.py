"""Alerts: what a run did as far as people are told, what is wrong, and the messages about it."""

from collections.abc import Mapping
from datetime import datetime

from steampulse_dagster.models.base import Model


class FailedGame(Model):
    """A game that failed in a run."""

    appid: int
    stage: str
    code: str
    kind: str = ""
    reason: str

    @property
    def cause(self) -> str:
        """Failures of equal cause are told once: the stage and what went wrong there, whatever the game."""
        return " ".join(filter(None, (self.stage, self.code, self.kind)))


class RunReport(Model):
    """A run that has ended."""

    run_id: str
    job_name: str
    failed: bool
    message: str = ""
    """Why the run failed as a whole; of no interest where games failed."""
    games: int = 0
    """Games that the run was for; 0: unknown, or none."""
    failures: tuple[FailedGame, ...] = ()
    mended: Mapping[str, frozenset[int]]
    """Games that came through, by stage."""

    @property
    def job_cause(self) -> str:
        """The cause of a run that failed as a whole."""
        return f"job {self.job_name}"

    @property
    def failed_whole(self) -> bool:
        """Whether the run failed without naming games."""
        return self.failed and not self.failures


class Alert(Model):
    """A row of `alerts`: one cause, until it is mended."""

    alert_id: int
    cause: str
    job_name: str
    reason: str
    runs: int
    last_run_id: str
    opened_at: datetime
    last_seen_at: datetime
    told_at: datetime | None
    resolved_at: datetime | None = None
    games: int = 0
    """Games that are not mended."""


class Notice(Model):
    """A row of `alert_notices`: a message for one channel."""

    notice_id: int
    channel: str
    subject: str
    body: str
    attempts: int
    error: str | None
    created_at: datetime


class NewNotice(Model):
    """A message before it is stored. `key` says what it tells: told once on each channel."""

    key: str
    subject: str
    body: str
