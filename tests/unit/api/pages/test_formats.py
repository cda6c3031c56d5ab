"""Numbers, times and languages as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from steampulse_dagster.api.pages import formats
from steampulse_dagster.utils.stats import build_share

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (formats.percent(0.8412), "84.1\u202f%"),
        (formats.percent(1.0), "100\u202f%"),
        (formats.percent(0.9999), "100.0\u202f%"),
        (formats.percent(None), "–"),
        (formats.points(-0.046), "−4.6"),
        (formats.points(0.0), "+0.0"),
        (formats.hours(1426), "23.8\u202fh"),
        (formats.full_hours(1234.5), "1,234\u202fh"),
        (formats.counted(1, "review"), "1 review"),
        (formats.counted(1_200, "review"), "1,200 reviews"),
        (formats.brief_count(12_345), "12.3k"),
        (formats.brief_count(999), "999"),
        (formats.usd(Decimal("0.0783")), "$0.0783"),
        (formats.usd(Decimal("12.5")), "$12.50"),
        (formats.usd(Decimal(0)), "$0"),
        (formats.money(2499, "USD"), "24.99\u202fUSD"),
        (formats.day(NOON), "1 Mar 2026"),
        (formats.minute(None), "–"),
        (formats.span(NOON, NOON + timedelta(days=1)), "Mar 2026"),
        (formats.span(NOON, NOON + timedelta(days=40)), "Mar 2026 – Apr 2026"),
        (formats.age(NOON, NOON + timedelta(hours=50)), "2 days ago"),
        (formats.age(NOON, NOON - timedelta(hours=5)), "just now"),
        (formats.age(None, NOON), "never"),
        (formats.language_name("schinese"), "Chinese (simplified)"),
        (formats.language_name("klingon"), "klingon"),
        (formats.language_tag("koreana"), "ko"),
        (formats.language_tag('"><b>'), None),
    ],
)
def test_it_is_shown_as(shown: str | None, wanted: str | None) -> None:
    assert shown == wanted


def test_an_interval_names_both_ends_and_is_a_dash_where_nobody_was_asked() -> None:
    assert formats.interval(build_share(320, 1_893, "x")) == "15.3–18.7\u202f%"
    assert formats.interval(build_share(0, 0, "x")) == "–"
