"""What unread chunks are taken to be like."""

import pytest

from steampulse_dagster.analyzer.generative.forecast import USUAL_QUOTE, pick_usual_quote

pytestmark = pytest.mark.unit


def test_the_usual_quote_is_the_sentence_of_middle_length():
    texts = [
        "Good. The combat is fun and fast.",
        "I left after two hours",
        "It crashes on the third map again and again!",
    ]
    assert pick_usual_quote(texts) == "The combat is fun and fast."


def test_walls_of_text_are_cut_and_reviews_without_a_sentence_leave_the_usual_one():
    assert len(pick_usual_quote(["word " * 2_000])) == 160
    assert pick_usual_quote(["", "10/10", "good"]) == USUAL_QUOTE
