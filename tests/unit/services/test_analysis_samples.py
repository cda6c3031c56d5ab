"""Which reviews are analysed under a cap: nobody who is in goes out, and the sample stays uniform."""

import pytest

from steampulse_dagster.models.analysis import AnalysisSample
from steampulse_dagster.services.analysis_samples import get_analysed_share, list_sampled, settle_sample

pytestmark = pytest.mark.unit


def settle(sample=None, *, cap=100, readable=1_000, seated=0, stored_rate=1.0):
    return settle_sample(sample, appid=10, cap=cap, readable=readable, seated=seated, stored_rate=stored_rate)


@pytest.mark.parametrize(
    ("cap", "readable", "rate"), [(100, 1_000, 0.1), (100, 100, 1.0), (100, 0, 1.0), (None, 5, 1.0)]
)
def test_the_first_rate_makes_about_the_cap(cap, readable, rate):
    assert settle(cap=cap, readable=readable) == AnalysisSample(appid=10, rate=rate, cap=cap)


def test_growth_never_lowers_the_rate_and_a_higher_cap_raises_it():
    sample = settle()
    assert settle(sample, readable=5_000, seated=100).rate == 0.1
    assert settle(sample, cap=10, seated=100).rate == 0.1
    assert settle(sample, cap=500, seated=100).rate == 0.5
    assert settle(sample, cap=None, seated=100).rate == 1.0


def test_a_game_that_was_begun_whole_stays_whole():
    assert settle(None, seated=1_000).rate == 1.0


def test_who_is_in_stays_in_at_every_higher_rate():
    low, high = settle(), settle(cap=300)
    ids = range(10_000)
    assert set(list_sampled(low, ids)) < set(list_sampled(high, ids))
    assert len(list_sampled(low, ids)) == pytest.approx(1_000, abs=120)


def test_of_a_stored_sample_the_part_is_taken_that_makes_the_cap():
    stored = list_sampled(AnalysisSample(appid=10, rate=0.2, cap=None), range(50_000))
    sample = settle(cap=1_000, readable=len(stored), stored_rate=0.2)
    analysed = list_sampled(sample, stored)
    assert len(analysed) == pytest.approx(1_000, abs=130)
    assert get_analysed_share(sample, stored_rate=0.2) == pytest.approx(len(analysed) / len(stored), rel=0.1)


def test_a_larger_stored_sample_leaves_the_analysed_one_as_it_is():
    sample = settle(cap=1_000, readable=2_000, stored_rate=0.1)
    assert settle(sample, cap=1_000, readable=4_000, seated=1_000, stored_rate=0.2) == sample


def test_without_a_sample_all_stored_reviews_are_analysed():
    assert get_analysed_share(None, stored_rate=0.1) == 1.0
    assert get_analysed_share(settle(cap=None), stored_rate=0.1) == 1.0
