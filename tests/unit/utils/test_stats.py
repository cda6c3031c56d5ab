"""Intervals: known values, and what must hold for every count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.utils.stats import build_share, newcombe_interval, wilson_interval

pytestmark = pytest.mark.unit


@st.composite
def counts(draw: st.DrawFn, *, most: int = 2_000_000) -> tuple[int, int]:
    of = draw(st.integers(1, most))
    return draw(st.integers(0, of)), of


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17: 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_values(count: int, of: int, low: float, high: float) -> None:
    assert wilson_interval(count, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("count", "of", "count_before", "of_before", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17: 873-890, table II, method 10.
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_newcombe_gives_the_published_values(
    count: int, of: int, count_before: int, of_before: int, low: float, high: float
) -> None:
    interval = newcombe_interval(count=count, of=of, count_before=count_before, of_before=of_before)
    assert interval == pytest.approx((low, high), abs=5e-5)


@given(counts())
def test_a_wilson_interval_holds_its_share_and_stays_within_0_and_1(pair: tuple[int, int]) -> None:
    count, of = pair
    low, high = wilson_interval(count, of)
    assert 0 <= low <= count / of <= high <= 1
    assert low < high


@given(counts(most=10_000), st.integers(2, 50))
def test_more_of_the_same_makes_the_interval_narrower(pair: tuple[int, int], times: int) -> None:
    count, of = pair
    low, high = wilson_interval(count, of)
    narrow_low, narrow_high = wilson_interval(count * times, of * times)
    assert narrow_high - narrow_low < high - low


@given(counts(), counts())
def test_a_newcombe_interval_holds_its_difference_and_turns_with_the_sides(
    recent: tuple[int, int], before: tuple[int, int]
) -> None:
    low, high = newcombe_interval(count=recent[0], of=recent[1], count_before=before[0], of_before=before[1])
    difference = recent[0] / recent[1] - before[0] / before[1]
    assert -1 <= low <= difference <= high <= 1
    turned = newcombe_interval(count=before[0], of=before[1], count_before=recent[0], of_before=recent[1])
    assert turned == pytest.approx((-high, -low), abs=1e-12)


@given(counts())
def test_a_share_says_what_it_counts_and_is_rounded(pair: tuple[int, int]) -> None:
    share = build_share(*pair, "reviews")
    assert (share.count, share.of, share.population) == (*pair, "reviews")
    assert share.share == pytest.approx(pair[0] / pair[1], abs=1e-6)
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= share.share <= share.high <= 1


def test_a_share_of_nothing_is_no_number() -> None:
    share = build_share(0, 0, "reviews")
    assert (share.share, share.low, share.high) == (None, None, None)


@pytest.mark.parametrize(("count", "of"), [(1, 0), (5, 4), (-1, 4), (0, -1)])
def test_an_impossible_share_is_refused(count: int, of: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        build_share(count, of, "reviews")
