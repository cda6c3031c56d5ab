from itertools import pairwise

import pytest

from steampulse_dagster.models.reviews import CrawlPhase, CrawlState
from steampulse_dagster.services import sample_rules

pytestmark = pytest.mark.unit


def kept(rate, *, appid=10, count=20_000):
    return {number for number in range(count) if sample_rules.is_kept(appid, number, rate=rate)}


def test_a_sample_holds_every_smaller_sample():
    samples = [kept(rate) for rate in (0.0, 0.01, 0.1, 0.5, 1.0)]
    assert all(small < large for small, large in pairwise(samples))
    assert (len(samples[0]), len(samples[-1])) == (0, 20_000)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_a_sample_has_its_rate_within_four_standard_errors(rate):
    expected, error = 20_000 * rate, (20_000 * rate * (1 - rate)) ** 0.5
    assert abs(len(kept(rate)) - expected) < 4 * error


def test_neighbouring_ids_and_every_residue_are_sampled_alike():
    sample = kept(0.2)
    for step in (2, 7, 10, 64):
        for rest in range(step):
            n = len(range(rest, 20_000, step))
            held = sum(number % step == rest for number in sample)
            assert abs(held - 0.2 * n) < 5 * (n * 0.16) ** 0.5


def test_another_game_has_another_sample():
    assert len(kept(0.1) & kept(0.1, appid=11)) < 300


def test_the_digest_never_changes():
    assert [number for number in range(1000, 1040) if sample_rules.is_kept(570, number, rate=0.2)] == PINNED


PINNED = [1000, 1004, 1005, 1016, 1020, 1032, 1034]
"""A stored sample hangs on it for ever."""


@pytest.mark.parametrize(("cap", "total", "rate"), [(None, 5, 1), (10, 10, 1), (10, 0, 1), (10, 40, 0.25)])
def test_a_rate_makes_about_the_cap(cap, total, rate):
    assert sample_rules.compute_rate(cap, total=total) == rate


@pytest.mark.parametrize(
    ("chosen_by", "cap", "grows"),
    [
        (None, 5, False),
        (None, None, False),
        (5, 5, False),
        (5, 4, False),
        (5, 6, True),
        (5, None, True),
    ],
)
def test_only_a_higher_cap_makes_a_sample_grow(chosen_by, cap, grows):
    assert sample_rules.may_grow(CrawlState(appid=10, sample_cap=chosen_by), cap) is grows


def test_a_rate_that_would_fall_stays():
    state = CrawlState(appid=10, stored=50, sample_rate=0.5, sample_cap=50, phase=CrawlPhase.UPDATES)
    assert sample_rules.settle(state, cap=60, total=1000) == state.model_copy(update={"sample_cap": 60})
