"""Stages of a game's lineage and what came out of each."""

from datetime import datetime
from enum import StrEnum

from steampulse_dagster.errors import SteamErrorKind, advise
from steampulse_dagster.models.analysis import ChunkOutcome
from steampulse_dagster.models.base import Model
from steampulse_dagster.models.games import GameCrawlResult
from steampulse_dagster.models.reports import ReportOutcome
from steampulse_dagster.models.reviews import CrawlResult


class Stage(StrEnum):
    """The stages of one game in order; each is an asset of the same name."""

    GAMES = "games"
    REVIEWS = "reviews"
    CHUNK_SUMMARIES = "chunk_summaries"
    REPORTS = "reports"


class NothingToReport(Model):
    """A game without a usable review: there is no report to write, and nothing is wrong."""

    appid: int
    reason: str


StageResult = GameCrawlResult | CrawlResult | ChunkOutcome | ReportOutcome | NothingToReport


class StageSuccess(Model):
    """A stage that ended well for one game, with what it did."""

    appid: int
    stage: Stage
    result: StageResult
    seconds: float


class StageFailure(Model):
    """The first stage that failed for one game; the stages after it were not tried."""

    appid: int
    stage: Stage
    code: str
    """Stable code of the error, or UNEXPECTED_ERROR."""
    reason: str
    retryable: bool
    kind: str | None = None
    """For failures of Steam: a SteamErrorKind."""
    retry_at: datetime | None = None
    """From when another attempt makes sense, where Steam or its circuit says so."""

    @property
    def advice(self) -> str | None:
        """For failures of Steam: whether waiting helps."""
        return None if self.kind is None else advise(SteamErrorKind(self.kind), retry_at=self.retry_at)
