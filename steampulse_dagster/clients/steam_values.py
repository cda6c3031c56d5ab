"""Lenient readers of single values in Steam's JSON: any notation of the right thing is read, anything else refused."""

import math
import re
from collections.abc import Mapping
from typing import Any

MAX_COUNT = 2**31 - 1
"""Largest number of an integer column."""
LAST_MOMENT = 32_503_680_000
"""The year 3000: from it on a number is not seconds."""
_WHOLE = re.compile(r"-?[0-9]{1,20}")


class UnreadableValueError(ValueError):
    """A field holds something that is no notation of what it should hold."""


def read_number(raw: Mapping[str, Any], field: str) -> int | None:
    """A whole number, also as text; None when missing, null or empty text."""
    value = raw.get(field)
    if type(value) is int:  # nearly always; a truth value is not of that very type
        return value
    match value:
        case None | "":
            return None
        case bool():
            raise UnreadableValueError(f"{field} is a truth value, not a number")
        case int(value):
            return value
        case float(value) if value.is_integer():
            return int(value)
        case str(text) if _WHOLE.fullmatch(text.strip()):
            return int(text)
        case other:
            raise UnreadableValueError(f"{field} is no whole number but {type(other).__name__}")


def read_count(raw: Mapping[str, Any], field: str, *, ceiling: int = MAX_COUNT) -> int | None:
    """A number that counts something; 0 where Steam sends nonsense (below 0 or above `ceiling`)."""
    value = read_number(raw, field)
    return 0 if value is not None and not 0 <= value <= ceiling else value


def read_seconds(raw: Mapping[str, Any], field: str) -> int:
    """A time in Unix seconds; 0 when missing."""
    seconds = read_number(raw, field) or 0
    if not 0 <= seconds < LAST_MOMENT:
        raise UnreadableValueError(f"{field} is no time in seconds")
    return seconds


def read_flag(raw: Mapping[str, Any], field: str) -> bool | None:
    """A truth value, also as 0 or 1; None when missing or null."""
    match raw.get(field):
        case None:
            return None
        case bool(value):
            return value
        case 0 | 1 as value:
            return bool(value)
        case other:
            raise UnreadableValueError(f"{field} is no truth value but {type(other).__name__}")


def read_text(raw: Mapping[str, Any], field: str) -> str | None:
    """A text as sent; None when missing or null."""
    match raw.get(field):
        case None:
            return None
        case str(text):
            return text
        case other:
            raise UnreadableValueError(f"{field} is no text but {type(other).__name__}")


def read_decimal(raw: Mapping[str, Any], field: str) -> float | None:
    """A finite number, also as text; None when missing, null or empty text."""
    match raw.get(field):
        case None | "":
            return None
        case (int() | float() | str()) as value if not isinstance(value, bool):
            try:
                number = float(value)
            except (ValueError, OverflowError):
                raise UnreadableValueError(f"{field} is no number") from None
            if not math.isfinite(number):
                raise UnreadableValueError(f"{field} is not finite")
            return number
        case other:
            raise UnreadableValueError(f"{field} is no number but {type(other).__name__}")


def text_or_empty(raw: Mapping[str, Any], field: str) -> str:
    """The text; empty where it is missing or cannot be read: a store field never costs the game."""
    try:
        return read_text(raw, field) or ""
    except UnreadableValueError:
        return ""


def number_or_none(raw: Mapping[str, Any], field: str) -> int | None:
    """A number from 0 up to 63 bits; None where it is missing or cannot be read."""
    try:
        value = read_number(raw, field)
    except UnreadableValueError:
        return None
    return None if value is None or not 0 <= value < 2**63 else value


def count_or_none(raw: Mapping[str, Any], field: str) -> int | None:
    """`read_count`; None where it cannot be read."""
    try:
        return read_count(raw, field)
    except UnreadableValueError:
        return None


def amount_or_none(raw: Mapping[str, Any], field: str) -> int | None:
    """An amount of money in minor units; None where it is missing, below 0, or too large to be one."""
    value = number_or_none(raw, field)
    return None if value is None or value > MAX_COUNT else value


def flag_or_false(raw: Mapping[str, Any], field: str) -> bool:
    """`read_flag`; False where it is missing or cannot be read."""
    try:
        return read_flag(raw, field) or False
    except UnreadableValueError:
        return False


def object_in(raw: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """The object in a field; empty where Steam sends nothing, `[]` or anything else."""
    value = raw.get(field)
    return value if isinstance(value, Mapping) else {}


def objects_in(raw: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    """The objects of a list field; empty where Steam sends no list."""
    value = raw.get(field)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def texts_in(raw: Mapping[str, Any], field: str) -> list[str]:
    """The texts of a list field; empty where Steam sends no list."""
    value = raw.get(field)
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
