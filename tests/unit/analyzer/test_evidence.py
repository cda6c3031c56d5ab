"""Which quotes stand for an item, and where they lead."""

import pytest

from steampulse_dagster.analyzer.candidates import Voice
from steampulse_dagster.analyzer.evidence import EvidencePicker, build_review_url
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


def test_a_stored_steam_id_leads_to_the_review_itself() -> None:
    review = build_review(1, author_key="76561198000000001")
    assert build_review_url(review) == "https://steamcommunity.com/profiles/76561198000000001/recommended/4200/"


@pytest.mark.parametrize("author_key", ["b94d27b9934d3e08", "96561198000000001", "76561198000000001/../x"])
def test_a_hashed_author_leads_to_the_games_reviews_in_that_language(author_key: str) -> None:
    review = build_review(1, author_key=author_key, language="a&b=c")
    assert build_review_url(review) == (
        "https://steamcommunity.com/app/4200/reviews/?browsefilter=mostrecent&filterLanguage=a%26b%3Dc"
    )
