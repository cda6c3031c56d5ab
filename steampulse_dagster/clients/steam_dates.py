"""Release dates: free text of the store to the first day that it names. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from steampulse_dagster.models.games import DatePrecision

_DATE_FORMATS: Mapping[str, DatePrecision] = {
    "%d %b, %Y": DatePrecision.DAY,
    "%b %d, %Y": DatePrecision.DAY,
    "%d %B, %Y": DatePrecision.DAY,
    "%B %d, %Y": DatePrecision.DAY,
    "%d %b %Y": DatePrecision.DAY,
    "%d %B %Y": DatePrecision.DAY,
    "%Y-%m-%d": DatePrecision.DAY,
    "%d.%m.%Y": DatePrecision.DAY,
    "%b %Y": DatePrecision.MONTH,
    "%B %Y": DatePrecision.MONTH,
    "%b, %Y": DatePrecision.MONTH,
    "%B, %Y": DatePrecision.MONTH,
    "%Y": DatePrecision.YEAR,
}
_QUARTER = re.compile(r"(?:Q(?P<q1>[1-4])[ ,]+(?P<y1>[0-9]{4})|(?P<y2>[0-9]{4})[ ,]+Q(?P<q2>[1-4]))", re.IGNORECASE)
_EASTERN = re.compile(r"(?P<y>[0-9]{4}) ?年 ?(?:(?P<m>[0-9]{1,2}) ?月 ?(?:(?P<d>[0-9]{1,2}) ?日)?)?")
"""2020年4月3日, 2020年4月, 2020年: what developers of East Asia write although English was asked for."""


def parse_release_date(text: str) -> tuple[date, DatePrecision] | None:
    """The first day of the day, month, quarter or year that is named, and which of them it was.

    None for seasons, "Coming soon" and other free text: nobody could say which day it means.
    """
    for pattern, precision in _DATE_FORMATS.items():
        try:
            # Parsed as UTC only to have a zone: the text names a day, nothing finer.
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).date(), precision
        except ValueError:
            continue
    if found := _QUARTER.fullmatch(text):
        year, quarter = int(found["y1"] or found["y2"]), int(found["q1"] or found["q2"])
        return (date(year, 3 * quarter - 2, 1), DatePrecision.QUARTER) if year else None
    if found := _EASTERN.fullmatch(text):
        return _build_date(found["y"], found["m"], found["d"])
    return None


def _build_date(year: str, month: str | None, day: str | None) -> tuple[date, DatePrecision] | None:
    precision = DatePrecision.DAY if day else DatePrecision.MONTH if month else DatePrecision.YEAR
    try:
        return date(int(year), int(month or 1), int(day or 1)), precision
    except ValueError:
        return None
