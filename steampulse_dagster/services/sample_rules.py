"""Which reviews of a game are kept when there is a cap. Pure.

A review is in the sample if its digest lies below the game's rate. The digest hangs on the review alone, so a review
once in stays in, a new one never evicts, a higher rate only adds, and every subset (a language, a month, the negative
ones) is sampled at the same rate: shares and their intervals stay right. The newest N would be none of that.
"""

from collections.abc import Iterable
from hashlib import blake2b

from steampulse_dagster.models.base import ReviewId
from steampulse_dagster.models.reviews import CrawlPhase, CrawlState, ReviewRow

_DIGESTS = 2**64


def is_kept(appid: int, recommendationid: ReviewId, *, rate: float) -> bool:
    """Whether the review belongs to the sample of `rate`; a sample holds every sample of a lower rate."""
    if rate >= 1:
        return True
    digest = blake2b(f"{appid}:{recommendationid}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < rate * _DIGESTS


def list_kept(reviews: Iterable[ReviewRow], *, rate: float) -> list[ReviewRow]:
    """The reviews of a page that belong to the sample."""
    if rate >= 1:
        return list(reviews)
    return [review for review in reviews if is_kept(review.appid, review.recommendationid, rate=rate)]


def compute_rate(cap: int | None, *, total: int) -> float:
    """The rate at which `total` reviews make about `cap`; 1 without a cap."""
    return 1.0 if cap is None or total <= cap else cap / total


def is_unsettled(state: CrawlState | None) -> bool:
    """Whether nothing is stored or under way, so that the rate can be chosen freely."""
    return state is None or (state.stored == 0 and not state.under_way)


def may_grow(state: CrawlState, cap: int | None) -> bool:
    """Whether the setting now asks for more than the game's rate was chosen by. A lower cap throws nothing away."""
    return state.sample_cap is not None and (cap is None or cap > state.sample_cap)


def settle(state: CrawlState, *, cap: int | None, total: int) -> CrawlState:
    """The state with its rate chosen by `cap`. A rate never falls; where it rises, all reviews are walked again."""
    rate = compute_rate(cap, total=total)
    if is_unsettled(state):
        return state.model_copy(update={"sample_rate": rate, "sample_cap": cap})
    if rate <= state.sample_rate:
        return state.model_copy(update={"sample_cap": cap})
    return restart(state.model_copy(update={"sample_rate": rate, "sample_cap": cap}))


def restart(state: CrawlState) -> CrawlState:
    """The state before a walk over all reviews from the start. What is stored stays."""
    return state.model_copy(
        update={
            "phase": CrawlPhase.FIRST,
            "cursor": None,
            "window_end": None,
            "walked_to": None,
            "doubtful_ends": 0,
            "high_water": None,
            "pending_high_water": None,
        }
    )
