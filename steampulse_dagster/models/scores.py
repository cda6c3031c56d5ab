"""Results of utils/scores.py: numbers that carry their sample, their interval and their population."""

from enum import StrEnum

from steampulse_dagster.models.base import Model


class Share(Model):
    """`count` of `of`, with a Wilson 95 % interval. `population` says what `of` counts."""

    count: int
    of: int
    share: float | None
    """None when `of` is 0."""
    low: float | None
    high: float | None
    population: str


class SentimentScore(Model):
    """Positive share of a population of reviews; `label` is Steam's own word for it, or "Insufficient"."""

    score: float | None
    """0..1, None when there are too few reviews."""
    label: str
    positive: Share
    insufficient: str | None = None


class HiddenGemScore(Model):
    """0 (known or not good) .. 1 (excellent and unknown); None when there are too few reviews to say."""

    score: float | None
    reviews: int
    population: str
    insufficient: str | None = None


class TrendDirection(StrEnum):
    IMPROVING = "improving"
    STABLE = "stable"
    DECLINING = "declining"
    INSUFFICIENT = "insufficient"


class SentimentTrend(Model):
    """Positive share of the last `days` before data time against the `days` before those."""

    days: int
    direction: TrendDirection
    recent: Share
    before: Share
    difference: float | None
    difference_low: float | None
    difference_high: float | None


class GameScores(Model):
    """Everything computed before pass 2 and handed to it as facts."""

    sentiment: SentimentScore
    hidden_gem: HiddenGemScore
    trends: tuple[SentimentTrend, ...]
