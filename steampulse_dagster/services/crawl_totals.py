"""What Steam's total of a game's reviews tells: how complete the stored ones are, whether many are missing. Pure."""

from steampulse_dagster.models.reviews import CrawlState, QuerySummary
from steampulse_dagster.services.crawl_trail import Trail

MISSING_IS_NORMAL = 50
"""Steam counts reviews that it never hands out; up to so many (or 5 %) missing, nothing is missed."""
MISSING_SHARE_IS_NORMAL = 0.05
SAMPLE_NOISE = 4
"""Standard errors within which the size of a sample says nothing."""


def compute_completeness(stored: float, reported: QuerySummary | None) -> float | None:
    """stored / reported, where `stored` is what a sample stands for; 1 when Steam reports none, None when it reports
    nothing. Above 1 is seen and kept."""
    if reported is None:
        return None
    return stored / reported.total_reviews if reported.total_reviews else 1.0


def misses_many(state: CrawlState) -> bool:
    """Whether more is missing than Steam never hands out."""
    if state.reported is None:
        return True
    total = state.reported.total_reviews
    missing = total - state.spoken_for - SAMPLE_NOISE * _sampling_error(state)
    return missing > max(MISSING_IS_NORMAL, total * MISSING_SHARE_IS_NORMAL)


def fell_behind(state: CrawlState) -> bool:
    """Whether far more reviews are missing than when a walk last ended: the total grew by more than was handed out."""
    completeness = compute_completeness(state.spoken_for, state.reported)
    if state.completeness is None or completeness is None:
        return False
    return misses_many(state) and completeness < state.completeness - MISSING_SHARE_IS_NORMAL


def saw_all(state: CrawlState, trail: Trail) -> bool:
    """Whether a walk met as many different reviews as the game has stored, or more."""
    return trail.distinct is not None and trail.distinct >= state.spoken_for + SAMPLE_NOISE * _sampling_error(state)


def saw_reported(state: CrawlState, trail: Trail) -> bool:
    """Whether a walk met as many different reviews as Steam reports; where it reports nothing, that is no objection."""
    total = get_total(state)
    return total is None or (trail.distinct is not None and trail.distinct >= total)


def get_total(state: CrawlState) -> int | None:
    """Steam's own number of the game's reviews."""
    return state.reported.total_reviews if state.reported else None


def _sampling_error(state: CrawlState) -> float:
    """Standard error of the number of reviews that a sample stands for; 0 where all are kept."""
    rate = state.sample_rate
    return float((state.stored * (1 - rate)) ** 0.5 / rate)
