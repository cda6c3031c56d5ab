"""Steam's word for a share of positive reviews, at each border."""

import pytest

from steampulse_dagster.simulators.review_totals import build_query_summary

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("positive", "negative", "score", "words"),
    [
        (0, 0, 0, "No user reviews"),
        (9, 0, 0, "9 user reviews"),
        (10, 0, 7, "Positive"),
        (40, 10, 8, "Very Positive"),
        (499, 0, 8, "Very Positive"),
        (475, 25, 9, "Overwhelmingly Positive"),
        (474, 26, 8, "Very Positive"),
        (79, 21, 6, "Mostly Positive"),
        (69, 31, 5, "Mixed"),
        (39, 61, 4, "Mostly Negative"),
        (1, 9, 3, "Negative"),
        (9, 41, 2, "Very Negative"),
        (95, 405, 1, "Overwhelmingly Negative"),
    ],
)
def test_the_word_follows_share_and_number(positive, negative, score, words):
    assert build_query_summary(positive=positive, negative=negative) == {
        "review_score": score,
        "review_score_desc": words,
        "total_positive": positive,
        "total_negative": negative,
        "total_reviews": positive + negative,
    }
