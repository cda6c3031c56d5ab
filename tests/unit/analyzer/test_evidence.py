"""Which quotes stand for an item."""

import pytest

from steampulse_dagster.analyzer.candidates import Voice
from steampulse_dagster.analyzer.evidence import EvidencePicker
from tests.analysis_fakes import build_review

pytestmark = pytest.mark.unit


def voice(number: int, quote: str | None, score: float = 0.5, votes_up: int = 0) -> Voice:
    return Voice(review=build_review(number, votes_up=votes_up), quote=quote, score=score)


def test_the_favourites_come_first_then_the_most_helpful_then_the_oldest_id() -> None:
    voices = [voice(1, "one one"), voice(2, "two two", votes_up=9), voice(3, "three", score=0.9), voice(4, None)]
    assert [evidence.quote for evidence in EvidencePicker().pick(voices)] == ["three", "two two", "one one"]


def test_the_same_words_are_shown_once() -> None:
    voices = [voice(1, "Too hard!"), voice(2, "too  hard!"), voice(3, "other")]
    assert [evidence.quote for evidence in EvidencePicker().pick(voices)] == ["Too hard!", "other"]


def test_what_the_report_shows_already_comes_last_or_not_at_all() -> None:
    picker = EvidencePicker()
    picker.pick([voice(1, "first", score=1.0)])
    voices = [voice(1, "first", score=1.0), voice(2, "second")]
    assert [evidence.quote for evidence in picker.pick(voices)] == ["second", "first"]
    assert picker.pick(voices, fresh_only=True) == ()
