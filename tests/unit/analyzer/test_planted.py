"""The bars on planted reviews; set B is held out: it is only ever measured."""

import pytest

from steampulse_dagster.analyzer.local.analyst import LocalAnalyst, open_local_analyst
from steampulse_dagster.models.analysis import Signal
from tests.planted_scoring import Scores, score_set, table

pytestmark = pytest.mark.unit

PRECISION, RECALL, TOGETHER, DEGRADED = 0.75, 0.70, 0.85, 0.70


@pytest.fixture(scope="module")
def analyst() -> LocalAnalyst:
    return open_local_analyst()


@pytest.fixture(scope="module", params=["set_a", "set_b"])
def scores(request: pytest.FixtureRequest, analyst: LocalAnalyst) -> Scores:
    return score_set(analyst, request.param)


@pytest.mark.parametrize("signal", list(Signal))
def test_every_signal_reaches_its_bars(scores: Scores, signal: Signal) -> None:
    score = scores.signals[signal]
    assert score.planted >= 10
    assert score.precision >= PRECISION, table(scores)
    assert score.recall >= RECALL, table(scores)


def test_both_sets_together_reach_the_macro_bar(analyst: LocalAnalyst) -> None:
    scores = score_set(analyst, "set_a", "set_b")
    assert scores.macro_f1 >= TOGETHER, table(scores)


def test_without_the_model_the_lower_bar_is_reached() -> None:
    scores = score_set(LocalAnalyst(embedder=None, degraded="asked for"), "set_a", "set_b")
    assert scores.macro_f1 >= DEGRADED, table(scores)
