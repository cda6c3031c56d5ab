"""Shares with honest intervals: Wilson for one share, Newcombe for the difference of two. Pure."""

from math import sqrt

from steampulse_dagster.models.scores import Share

Z_95 = 1.959963984540054
"""Two-sided 95 % quantile of the normal distribution."""

DIGITS = 6
"""Shares are rounded to this many places, so that equal counts give equal bytes on every machine."""


def wilson_interval(count: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of `count` successes in `of` trials, both within 0..1 (Wilson, JASA 22, 1927).

    Chosen over the normal approximation because it stays within 0..1 and honest for few trials and extreme shares.
    Raises ValueError unless 0 <= count <= of and of > 0.
    """
    if of <= 0 or not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is not a share")
    share, spread = count / of, Z_95**2 / of
    centre = share + spread / 2
    margin = Z_95 * sqrt(share * (1 - share) / of + spread / (4 * of))
    low = 0.0 if count == 0 else max(0.0, (centre - margin) / (1 + spread))
    high = 1.0 if count == of else min(1.0, (centre + margin) / (1 + spread))
    return low, high


def newcombe_interval(*, count: int, of: int, count_before: int, of_before: int) -> tuple[float, float]:
    """The 95 % interval of count/of minus count_before/of_before, both within -1..1.

    Method 10 of Newcombe, Statistics in Medicine 17 (1998): squares and adds the Wilson distances, so it holds for
    small and unequal samples. Raises ValueError as `wilson_interval` does.
    """
    low, high = wilson_interval(count, of)
    low_before, high_before = wilson_interval(count_before, of_before)
    share, before = count / of, count_before / of_before
    difference = share - before
    below = sqrt((share - low) ** 2 + (high_before - before) ** 2)
    above = sqrt((high - share) ** 2 + (before - low_before) ** 2)
    return max(-1.0, difference - below), min(1.0, difference + above)


def build_share(count: int, of: int, population: str) -> Share:
    """`count` of `of` with its Wilson 95 % interval; `population` says what `of` counts."""
    if of == 0:
        if count:
            raise ValueError(f"{count} of 0 is not a share")
        return Share(count=0, of=0, share=None, low=None, high=None, population=population)
    low, high = wilson_interval(count, of)
    return Share(
        count=count,
        of=of,
        share=round(count / of, DIGITS),
        low=round(low, DIGITS),
        high=round(high, DIGITS),
        population=population,
    )
