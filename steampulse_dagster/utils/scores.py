"""Sentiment, hidden gem and sentiment trend from counts alone. Pure: no clock, no sample beyond what is handed in."""

from collections.abc import Iterable
from math import log

from steampulse_dagster.models.reviews import WindowCount
from steampulse_dagster.models.scores import HiddenGemScore, SentimentScore, SentimentTrend, TrendDirection
from steampulse_dagster.utils.stats import DIGITS, build_share, newcombe_interval, wilson_interval

MIN_REVIEWS = 10
"""Below this nothing is said: Steam itself gives no word for fewer than 10 reviews."""

INSUFFICIENT_LABEL = "Insufficient"

GEM_QUALITY_FROM = 0.80
"""Steam's own border of "Positive"; the lower bound of the share has to lie above it."""
GEM_QUALITY_FULL = 0.97
"""Lower bound at which quality counts in full: reached by 100 % of about 125 reviews or 98 % of about 1,200."""
GEM_UNKNOWN_UP_TO = 50
"""Steam calls a game "Very Positive" from 50 reviews on; up to there it is as obscure as can be."""
GEM_KNOWN_FROM = 10_000
"""From here on a game is no longer hidden."""


def compute_sentiment_score(*, positive: int, total: int, population: str) -> SentimentScore:
    """The positive share of `total` reviews, with Steam's own word for it.

    score = positive / total, None below 10 reviews. Words and limits: `describe_sentiment`.
    `population` says which reviews were counted; never mix counts of two populations in one call.
    """
    share = build_share(positive, total, population)
    if total < MIN_REVIEWS:
        return SentimentScore(score=None, label=INSUFFICIENT_LABEL, positive=share, insufficient=_too_few(total))
    return SentimentScore(score=share.share, label=describe_sentiment(positive=positive, total=total), positive=share)


def describe_sentiment(*, positive: int, total: int) -> str:
    """Steam's word for a positive share, by the rule that players derived from the store (Valve publishes none).

    At least 95 % of 500: Overwhelmingly Positive; 80 % of 50: Very Positive; 80 %: Positive; 70 %: Mostly Positive;
    40 %: Mixed; 20 %: Mostly Negative; below 20 %: Negative, of 50: Very, of 500: Overwhelmingly Negative.
    """
    if total < MIN_REVIEWS:
        return INSUFFICIENT_LABEL
    percent = 100 * positive / total
    match percent:
        case _ if percent >= 95 and total >= 500:
            return "Overwhelmingly Positive"
        case _ if percent >= 80:
            return "Very Positive" if total >= 50 else "Positive"
        case _ if percent >= 70:
            return "Mostly Positive"
        case _ if percent >= 40:
            return "Mixed"
        case _ if percent >= 20:
            return "Mostly Negative"
        case _ if total >= 500:
            return "Overwhelmingly Negative"
        case _:
            return "Very Negative" if total >= 50 else "Negative"


def compute_hidden_gem_score(*, positive: int, total: int, population: str) -> HiddenGemScore:
    """How good and how unknown a game is at once: quality x obscurity, each 0..1.

    quality   = (low - 0.80) / (0.97 - 0.80) within 0..1, where `low` is the lower end of the Wilson 95 % interval of
                the positive share: luck with a handful of reviews proves nothing.
    obscurity = 1 up to 50 reviews, 0 from 10,000 on, in between 1 - ln(total / 50) / ln(10,000 / 50).

    `total` has to be all reviews of the game in all languages (Steam's own total), not a sample: a sample is always
    "unknown". None below 10 reviews.
    """
    if total < MIN_REVIEWS:
        return HiddenGemScore(score=None, reviews=total, population=population, insufficient=_too_few(total))
    low, _ = wilson_interval(positive, total)
    quality = _within_0_1((low - GEM_QUALITY_FROM) / (GEM_QUALITY_FULL - GEM_QUALITY_FROM))
    score = quality * compute_obscurity(total)
    return HiddenGemScore(score=round(score, DIGITS), reviews=total, population=population)


def compute_obscurity(total: int) -> float:
    """1 for a game with up to 50 reviews, 0 from 10,000 on, falling with the logarithm of the count in between."""
    reviews = max(total, GEM_UNKNOWN_UP_TO)
    return _within_0_1(1 - log(reviews / GEM_UNKNOWN_UP_TO) / log(GEM_KNOWN_FROM / GEM_UNKNOWN_UP_TO))


def compute_sentiment_trends(windows: Iterable[WindowCount]) -> tuple[SentimentTrend, ...]:
    """For each window the positive share of its days against as many days before, shortest window first.

    Windows end at data time (the newest stored review), so the same data gives the same answer on any day.
    Improving or declining only when the Newcombe 95 % interval of the difference excludes 0; stable when it does
    not; insufficient below 10 reviews on either side.
    """
    return tuple(_compute_trend(window) for window in sorted(windows, key=lambda window: window.days))


def _compute_trend(window: WindowCount) -> SentimentTrend:
    recent = build_share(window.positive, window.reviews, f"stored reviews of the last {window.days} days of data")
    before = build_share(
        window.positive_before, window.reviews_before, f"stored reviews of the {window.days} days before"
    )
    if min(window.reviews, window.reviews_before) < MIN_REVIEWS:
        return SentimentTrend(
            days=window.days,
            direction=TrendDirection.INSUFFICIENT,
            recent=recent,
            before=before,
            difference=None,
            difference_low=None,
            difference_high=None,
        )
    low, high = newcombe_interval(
        count=window.positive, of=window.reviews, count_before=window.positive_before, of_before=window.reviews_before
    )
    difference = window.positive / window.reviews - window.positive_before / window.reviews_before
    return SentimentTrend(
        days=window.days,
        direction=_direction(low=low, high=high),
        recent=recent,
        before=before,
        difference=round(difference, DIGITS),
        difference_low=round(low, DIGITS),
        difference_high=round(high, DIGITS),
    )


def _direction(*, low: float, high: float) -> TrendDirection:
    if low > 0:
        return TrendDirection.IMPROVING
    return TrendDirection.DECLINING if high < 0 else TrendDirection.STABLE


def _too_few(total: int) -> str:
    noun = "review" if total == 1 else "reviews"
    return f"{total} {noun}, at least {MIN_REVIEWS} are needed"


def _within_0_1(value: float) -> float:
    return min(1.0, max(0.0, value))
