"""Scores: Steam's words at their borders, what a gem must be, and trends that need proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.models.reviews import WindowCount
from steampulse_dagster.models.scores import TrendDirection
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
    compute_sentiment_trends,
)

pytestmark = pytest.mark.unit

totals = st.integers(10, 3_000_000)


def gem(positive: int, total: int) -> float | None:
    return compute_hidden_gem_score(positive=positive, total=total, population="all").score


def window(days: int, positive: int, reviews: int, positive_before: int, reviews_before: int) -> WindowCount:
    return WindowCount(
        days=days,
        reviews=reviews,
        positive=positive,
        reviews_before=reviews_before,
        positive_before=positive_before,
    )


@pytest.mark.parametrize(
    ("positive", "total", "label"),
    [
        (475, 500, "Overwhelmingly Positive"),
        (474, 500, "Very Positive"),
        (499, 499, "Very Positive"),
        (40, 50, "Very Positive"),
        (49, 49, "Positive"),
        (8, 10, "Positive"),
        (7, 10, "Mostly Positive"),
        (7_999, 10_000, "Mostly Positive"),
        (6_999, 10_000, "Mixed"),
        (4, 10, "Mixed"),
        (3_999, 10_000, "Mostly Negative"),
        (2, 10, "Mostly Negative"),
        (1, 10, "Negative"),
        (9, 49, "Negative"),
        (9, 50, "Very Negative"),
        (99, 499, "Very Negative"),
        (99, 500, "Overwhelmingly Negative"),
        (9, 9, "Insufficient"),
        (0, 0, "Insufficient"),
    ],
)
def test_sentiment_bears_steams_word(positive: int, total: int, label: str) -> None:
    assert compute_sentiment_score(positive=positive, total=total, population="stored").label == label


def test_few_reviews_give_no_score_and_say_how_few() -> None:
    score = compute_sentiment_score(positive=1, total=1, population="stored")
    assert (score.score, score.insufficient) == (None, "1 review, at least 10 are needed")
    assert (score.positive.count, score.positive.of) == (1, 1)


@given(totals, st.data())
def test_the_sentiment_score_is_the_positive_share(total: int, data: st.DataObject) -> None:
    positive = data.draw(st.integers(0, total))
    score = compute_sentiment_score(positive=positive, total=total, population="stored")
    assert score.score == pytest.approx(positive / total, abs=1e-6)
    assert score.insufficient is None
    assert score.positive.population == "stored"


def test_one_positive_review_is_no_gem() -> None:
    assert gem(1, 1) is None
    assert gem(10, 10) == 0


def test_a_gem_is_excellent_and_little_known() -> None:
    assert gem(240, 250) > 0.5
    assert gem(240_000, 250_000) == 0
    assert gem(200, 250) == 0
    assert gem(10_000, 10_000) == 0


@given(totals, st.data())
def test_a_gem_score_is_within_0_and_1_and_grows_with_the_positive_share(total: int, data: st.DataObject) -> None:
    positive = data.draw(st.integers(0, total - 1))
    assert 0 <= gem(positive, total) <= gem(positive + 1, total) <= 1


@given(st.integers(0, 5), st.integers(200, 2_000), st.integers(2, 20))
def test_of_two_games_with_the_same_bounds_the_less_known_is_the_greater_gem(
    negative: int, total: int, times: int
) -> None:
    """From 200 reviews on the bound is near its share, so being known outweighs the gain in certainty."""
    assert gem(total, total) >= gem(total * times, total * times)
    assert gem(total - negative, total) <= gem(total, total)


def test_trends_come_shortest_first_and_name_both_populations() -> None:
    trends = compute_sentiment_trends([window(90, 1, 1, 1, 1), window(7, 1, 1, 1, 1), window(30, 1, 1, 1, 1)])
    assert [trend.days for trend in trends] == [7, 30, 90]
    assert trends[0].recent.population == "stored reviews of the last 7 days of data"
    assert trends[0].before.population == "stored reviews of the 7 days before"


@pytest.mark.parametrize(
    ("counts", "direction"),
    [
        ((90, 100, 60, 100), TrendDirection.IMPROVING),
        ((30, 100, 90, 100), TrendDirection.DECLINING),
        ((3, 10, 27, 30), TrendDirection.DECLINING),
        ((85, 100, 80, 100), TrendDirection.STABLE),
        ((8_500, 10_000, 8_000, 10_000), TrendDirection.IMPROVING),
        ((0, 9, 1_000, 1_000), TrendDirection.INSUFFICIENT),
        ((10, 10, 0, 9), TrendDirection.INSUFFICIENT),
        ((0, 0, 0, 0), TrendDirection.INSUFFICIENT),
    ],
)
def test_a_trend_needs_proof(counts: tuple[int, int, int, int], direction: TrendDirection) -> None:
    (trend,) = compute_sentiment_trends([window(30, *counts)])
    assert trend.direction is direction


@given(st.integers(10, 5_000), st.integers(10, 5_000), st.data())
def test_a_direction_is_told_exactly_when_the_interval_leaves_0_out(n: int, n_before: int, data: st.DataObject) -> None:
    positive, positive_before = data.draw(st.integers(0, n)), data.draw(st.integers(0, n_before))
    (trend,) = compute_sentiment_trends([window(7, positive, n, positive_before, n_before)])
    low, high = trend.difference_low, trend.difference_high
    assert low <= trend.difference <= high
    match trend.direction:
        case TrendDirection.IMPROVING:
            assert low >= 0
        case TrendDirection.DECLINING:
            assert high <= 0
        case TrendDirection.STABLE:
            assert low <= 0 <= high
        case TrendDirection.INSUFFICIENT:
            pytest.fail("there were enough reviews")


def test_insufficient_trends_carry_counts_but_no_difference() -> None:
    (trend,) = compute_sentiment_trends([window(7, 3, 4, 50, 60)])
    assert (trend.difference, trend.difference_low, trend.difference_high) == (None, None, None)
    assert (trend.recent.count, trend.before.of) == (3, 60)
