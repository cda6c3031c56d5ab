"""When the analysis of a game is worth while, how much there is to read, and what it costs. Pure: no clock, no SQL."""

import math
from datetime import datetime, timedelta
from decimal import Decimal

from steampulse_dagster.analyzer.tree import FAN_IN
from steampulse_dagster.models.analysis_jobs import AnalysisState
from steampulse_dagster.models.nights import CallPrices, Candidate
from steampulse_dagster.services.due_rules import count_useful

REVIEWS_PAGE = 100
CHUNK_REVIEWS = 50
STALLED = timedelta(hours=6)
"""An analysis that is at work and has not moved for so long is that of a dead process."""
FAILED_PAUSE = timedelta(hours=6)
"""So long an analysis that failed is left alone; `steampulse retry` ends it."""


def needs_analysis(game: Candidate, *, now: datetime, expected: float = 0.0) -> bool:
    """Whether its stored reviews, and those `expected` from a crawl before it, make an analysis worth while."""
    if is_resting(game.job, game.job_changed_at, now=now):
        return False
    if game.job == AnalysisState.QUEUED and game.stored:
        return True  # begun and not ended, or asked for again by hand
    unread = game.stored + expected - (game.analysed or 0)
    return unread > 0 if game.analysed is None else unread >= count_useful(game.analysed)


def is_resting(job: str | None, changed_at: datetime | None, *, now: datetime) -> bool:
    """Whether an analysis that is not done is at work, waits for a bulk job, or failed a short while ago."""
    match job:
        case AnalysisState.WAITING_FOR_BATCH:
            return True
        case AnalysisState.RUNNING:
            return not _is_over(changed_at, STALLED, now=now)
        case AnalysisState.FAILED:
            return not _is_over(changed_at, FAILED_PAUSE, now=now)
        case _:
            return False


def measure_effort(*, requests: float, unread: float) -> float:
    """Of a game with so many requests to make and so many reviews to read: the square root of the pages of 100 reviews,
    at least 1."""
    return math.sqrt(max(1.0, requests, unread / REVIEWS_PAGE))


def count_dollars(*, known: int, unread: float, prices: CallPrices, most: int | None = None) -> Decimal:
    """What an analysis is expected to cost that finds so many reviews beside those its report knows. `most`: about how
    many of a game are analysed at all."""
    if most is not None:
        unread = min(unread, max(most - known, CHUNK_REVIEWS))
    chunks = math.ceil(unread / CHUNK_REVIEWS) + (1 if known else 0)  # the open chunk is read again
    return chunks * prices.chunk + (chunks // FAN_IN) * prices.join + prices.report


def _is_over(since: datetime | None, pause: timedelta, *, now: datetime) -> bool:
    return since is None or now - since >= pause
