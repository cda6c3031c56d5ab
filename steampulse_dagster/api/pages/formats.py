"""Numbers, shares, times and names of languages as pages show them. Pure."""

from datetime import date, datetime
from decimal import Decimal

from steampulse_dagster.models.scores import Share

THIN = "\u202f"
"""Narrow no-break space: a number and its unit stay on one line."""
DASH = "–"

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LANGUAGES = {
    "arabic": ("Arabic", "ar"),
    "brazilian": ("Portuguese (Brazil)", "pt-BR"),
    "bulgarian": ("Bulgarian", "bg"),
    "czech": ("Czech", "cs"),
    "danish": ("Danish", "da"),
    "dutch": ("Dutch", "nl"),
    "english": ("English", "en"),
    "finnish": ("Finnish", "fi"),
    "french": ("French", "fr"),
    "german": ("German", "de"),
    "greek": ("Greek", "el"),
    "hungarian": ("Hungarian", "hu"),
    "indonesian": ("Indonesian", "id"),
    "italian": ("Italian", "it"),
    "japanese": ("Japanese", "ja"),
    "koreana": ("Korean", "ko"),
    "latam": ("Spanish (Latin America)", "es-419"),
    "malay": ("Malay", "ms"),
    "norwegian": ("Norwegian", "no"),
    "polish": ("Polish", "pl"),
    "portuguese": ("Portuguese (Portugal)", "pt-PT"),
    "romanian": ("Romanian", "ro"),
    "russian": ("Russian", "ru"),
    "schinese": ("Chinese (simplified)", "zh-Hans"),
    "spanish": ("Spanish (Spain)", "es"),
    "swedish": ("Swedish", "sv"),
    "tchinese": ("Chinese (traditional)", "zh-Hant"),
    "thai": ("Thai", "th"),
    "turkish": ("Turkish", "tr"),
    "ukrainian": ("Ukrainian", "uk"),
    "vietnamese": ("Vietnamese", "vi"),
}
"""Steam's API language codes (partner.steamgames.com, "Languages supported on Steam"), with name and BCP 47 tag."""


def language_name(code: str) -> str:
    """`Chinese (simplified)` for `schinese`; the code itself where Steam has a new one."""
    return _LANGUAGES[code][0] if code in _LANGUAGES else code


def language_tag(code: str) -> str | None:
    """The value of an HTML `lang` attribute, None for a code that is not known."""
    return _LANGUAGES[code][1] if code in _LANGUAGES else None


def count(number: int) -> str:
    """`1,249`."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """`1 review`, `1,249 reviews`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def brief_count(number: int) -> str:
    """`1.2k`, for places where the exact number stands elsewhere."""
    match number:
        case _ if number < 1_000:
            return str(number)
        case _ if number < 1_000_000:
            return f"{number / 1_000:.3g}k"
        case _:
            return f"{number / 1_000_000:.3g}m"


def percent(share: float | None, *, digits: int = 1) -> str:
    """`84.0 %`; without decimals at the ends, where they would say nothing."""
    if share is None:
        return DASH
    shown = 0 if share in (0.0, 1.0) else digits
    return f"{100 * share:.{shown}f}{THIN}%"


def interval(share: Share) -> str:
    """`82.3–85.5 %`, the 95 % interval; a dash where there is none."""
    if share.low is None or share.high is None:
        return DASH
    return f"{100 * share.low:.1f}–{100 * share.high:.1f}{THIN}%"


def points(difference: float | None) -> str:
    """`+4.6`, percentage points with a true minus."""
    return DASH if difference is None else f"{100 * difference:+.1f}".replace("-", "−")


def score(value: float | None) -> str:
    """`0.30`, a score between 0 and 1."""
    return DASH if value is None else f"{value:.2f}"


def hours(minutes: float | None) -> str:
    """`23.8 h` from minutes; without decimals from 100 hours on."""
    return DASH if minutes is None else full_hours(minutes / 60)


def full_hours(number: float | None) -> str:
    """`23.8 h` from hours."""
    if number is None:
        return DASH
    return f"{number:.1f}{THIN}h" if number < 100 else f"{number:,.0f}{THIN}h"


def day(moment: date | datetime | None) -> str:
    """`12 Nov 2026`."""
    return DASH if moment is None else f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def minute(moment: datetime | None) -> str:
    """`12 Nov 2026, 13:45 UTC`; every stored moment is in UTC."""
    return DASH if moment is None else f"{day(moment)}, {moment:%H:%M} UTC"


def month(name: str) -> str:
    """`Nov 2026` from `2026-11`."""
    year, number = name.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def span(first: datetime, last: datetime) -> str:
    """`May 2024 – Nov 2026`, or the one month."""
    begin, end = f"{_MONTHS[first.month - 1]} {first.year}", f"{_MONTHS[last.month - 1]} {last.year}"
    return begin if begin == end else f"{begin} – {end}"


def age(moment: datetime | None, now: datetime) -> str:
    """`3 days ago`, in the largest unit that says something."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f"{counted(int(seconds // length), unit)} ago"
    return "just now"


def usd(amount: Decimal) -> str:
    """`$0.42`; four decimals below ten cents, where cents would hide the price of a small model."""
    if amount == 0:
        return "$0"
    return f"${amount:,.4f}" if amount < Decimal("0.1") else f"${amount:,.2f}"


def money(minor: int | None, currency: str | None) -> str:
    """`19.99 USD` from minor units."""
    return DASH if minor is None or currency is None else f"{minor / 100:,.2f}{THIN}{currency}"
