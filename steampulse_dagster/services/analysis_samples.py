"""Which of a game's stored reviews are analysed when there is a cap: the rule of `sample_rules.py`, one step on. Pure.

The digest is the same, so the analysed reviews are a uniform sample of the stored ones, which may be a uniform sample
themselves.
"""

from collections.abc import Iterable

from steampulse_dagster.models.analysis import AnalysisSample
from steampulse_dagster.models.base import ReviewId
from steampulse_dagster.services.sample_rules import compute_rate, is_kept


def settle_sample(
    sample: AnalysisSample | None, *, appid: int, cap: int | None, readable: int, seated: int, stored_rate: float
) -> AnalysisSample:
    """The game's sample as the cap of now and `readable` reviews make it.

    A rate never falls, so what is in a chunk (`seated`) stays of use and a new review never takes another's place; a
    game that was begun without a cap stays whole. `stored_rate`: the share of the game's reviews that is stored.
    """
    share = compute_rate(cap, total=readable)
    rate = 1.0 if share >= 1 else share * stored_rate
    before = sample.rate if sample else (1.0 if seated else 0.0)
    return AnalysisSample(appid=appid, rate=max(rate, before), cap=cap)


def list_sampled(sample: AnalysisSample, ids: Iterable[ReviewId]) -> list[ReviewId]:
    """The reviews among these that are analysed."""
    return [review_id for review_id in ids if is_kept(sample.appid, review_id, rate=sample.rate)]


def get_analysed_share(sample: AnalysisSample | None, *, stored_rate: float) -> float:
    """The share of the stored reviews that is analysed."""
    return 1.0 if sample is None else min(1.0, sample.rate / stored_rate)
