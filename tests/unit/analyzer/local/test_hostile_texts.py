"""Walls of text as long as Steam allows: no pattern may work on one for more than moments."""

import random
import signal
from collections.abc import Iterator

import pytest

from steampulse_dagster.analyzer.local.analyst import open_local_analyst
from steampulse_dagster.models.analysis import ReviewChunk
from tests.analysis_fakes import build_review

pytestmark = pytest.mark.unit

LENGTH = 8_000
CPU_SECONDS = 60.0
"""Far above the second that each of these takes; a pattern that backtracks takes hours."""

UNITS = ("E", "a-", "a'", " ", ".", "!", "[", "1", "é", "中", "please ", "wish ", "more ", "would be ", "really ")
UNITS += ("hope we ", "better than ", "Like The ", "A B ", "1. ", "- ", "[b]", "\n", "E\n", "stopped ", "i quit after ")
WORDS = ("please", "add", "more", "when", "needs", "wish", "if", "only", "i", "they", "should", "it", "the", "a")


@pytest.fixture
def cpu_limit() -> Iterator[None]:
    def stop(*_):
        raise AssertionError(f"more than {CPU_SECONDS} s of processor time for one review")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.fixture(scope="module")
def analyst():
    return open_local_analyst()


def test_walls_of_one_unit_are_read_to_their_end(analyst, cpu_limit):
    reviews = tuple(build_review(n, text=(unit * LENGTH)[:LENGTH]) for n, unit in enumerate(UNITS))
    read(analyst, reviews)


def test_walls_of_cue_words_are_read_to_their_end(analyst, cpu_limit):
    dice = random.Random(7)
    reviews = tuple(build_review(n, text=" ".join(dice.choices(WORDS, k=1_600))[:LENGTH]) for n in range(6))
    read(analyst, reviews)


def read(analyst, reviews):
    chunk = ReviewChunk(appid=1, chunk_no=0, game_name="X", content_hash="x", reviews=reviews)
    signals = analyst.extract(chunk)
    assert set(signals.read_ids) <= {review.recommendationid for review in reviews}
