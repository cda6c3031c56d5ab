"""Reviews over time: steps as fine as they say something."""

import pytest

from steampulse_dagster.api.periods import MOST_PERIODS, build_timeline
from steampulse_dagster.models.reviews import MonthCount

pytestmark = pytest.mark.unit


def build_months(first_year: int, *reviews: int) -> list[MonthCount]:
    return [
        MonthCount(month=f"{first_year + place // 12}-{place % 12 + 1:02}", reviews=number, positive=number // 2)
        for place, number in enumerate(reviews)
    ]


def test_a_busy_game_is_told_by_the_month() -> None:
    timeline = build_timeline(build_months(2025, *[9] * 14))
    assert timeline.step == "month"
    assert [period.name for period in timeline.periods[:2]] == ["Jan 2025", "Feb 2025"]
    assert [period.opens for period in timeline.periods if period.opens] == ["2025", "2026"]


def test_a_quiet_game_is_told_by_the_quarter_and_nothing_is_lost() -> None:
    timeline = build_timeline(build_months(2024, *[2] * 24))
    assert (timeline.step, len(timeline.periods)) == ("quarter", 8)
    assert (timeline.periods[0].name, timeline.periods[0].opens, timeline.periods[1].opens) == ("Q1 2024", "2024", None)
    assert sum(period.reviews for period in timeline.periods) == 48
    assert sum(period.positive for period in timeline.periods) == 24


def test_a_nearly_silent_game_is_told_by_the_year() -> None:
    timeline = build_timeline(build_months(2020, *[1, 0, 0, 1] * 15))
    assert (timeline.step, [period.name for period in timeline.periods][:2]) == ("year", ["2020", "2021"])


def test_a_game_of_one_year_with_few_reviews_keeps_its_months() -> None:
    assert build_timeline(build_months(2026, 3, 2)).step == "month"
    assert build_timeline([]).periods == ()


def test_the_newest_periods_are_shown_of_a_long_life() -> None:
    timeline = build_timeline(build_months(2015, *range(10, 130)))
    assert len(timeline.periods) == MOST_PERIODS
    assert timeline.periods[-1].name == "Dec 2024"
