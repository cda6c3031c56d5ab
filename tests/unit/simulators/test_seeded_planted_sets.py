"""The hand-written planted sets are well formed: what a score rests on."""

import json
from collections import Counter
from pathlib import Path

import pytest

from steampulse_dagster.analyzer.topics import TOPICS
from steampulse_dagster.models.analysis import Signal

pytestmark = pytest.mark.unit

PLANTED_SETS = Path(__file__).parents[2] / "planted"


@pytest.fixture(params=["set_a.jsonl", "set_b.jsonl"])
def reviews(request):
    lines = (PLANTED_SETS / request.param).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_a_set_has_seventy_numbered_reviews(reviews):
    assert [review["id"] for review in reviews] == list(range(1, 71))


def test_quotes_are_verbatim_and_signals_and_topics_known(reviews):
    for review in reviews:
        for fact in review["facts"]:
            assert fact["quote"].strip() == fact["quote"] != ""
            assert fact["quote"] in review["text"]
            assert fact["signal"] in set(Signal)
            assert fact["topic"] is None or fact["topic"] in TOPICS


def test_competitors_are_named_and_only_they_and_some_leavings_lack_a_topic(reviews):
    for review in reviews:
        for fact in review["facts"]:
            if fact["signal"] == Signal.COMPETITOR_REFS:
                assert fact["topic"] is None
                assert fact["name"] in review["text"]
            else:
                assert fact["topic"] or fact["signal"] == Signal.DROPOUT_MOMENTS


def test_each_signal_is_there_often_enough_to_be_scored(reviews):
    counts = Counter(fact["signal"] for review in reviews for fact in review["facts"])
    assert min(counts[signal] for signal in Signal) >= 10
    assert sum(not review["facts"] for review in reviews) >= 20
