"""The bars on the reviews of the seeded world, a fixed sample of each game."""

import pytest

from steampulse_dagster.analyzer.local.analyst import open_local_analyst
from steampulse_dagster.models.analysis import Signal
from tests.planted_scoring import Scores, load_world, score_world, table, world_titles

pytestmark = pytest.mark.unit

PRECISION, RECALL = 0.75, 0.70


@pytest.fixture(scope="module")
def scores() -> Scores:
    return score_world(open_local_analyst(titles=world_titles()), load_world(per_game=60))


@pytest.mark.parametrize("signal", list(Signal))
def test_every_signal_reaches_its_bars(scores: Scores, signal: Signal) -> None:
    score = scores.signals[signal]
    assert score.planted >= 10
    assert score.precision >= PRECISION, table(scores)
    assert score.recall >= RECALL, table(scores)
