"""Cursors of lists: where the next page begins, as one word that only its list can read. Pure."""

import base64
import binascii
import json
import math
from collections.abc import Sequence

from steampulse_dagster.errors import ValidationError
from steampulse_dagster.utils.text import clean_text

MAX_CHARACTERS = 1_000
MAX_INTEGER = 2**63 - 1

Value = str | int | float


def encode_cursor(of: str, values: Sequence[Value]) -> str:
    """The cursor that says: of this list, after the row with these values."""
    text = json.dumps([of, *values], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(of: str, cursor: str, types: Sequence[type]) -> tuple[Value, ...]:
    """The values of a cursor of this list, in their types. Raises ValidationError for any other text."""
    try:
        if len(cursor) > MAX_CHARACTERS:
            raise ValueError("too long")
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(found, list) or found[:1] != [of] or len(found) != len(types) + 1:
            raise ValueError("of another list")
        return tuple(_read(value, kind) for value, kind in zip(found[1:], types, strict=True))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise ValidationError("The cursor is not one of this list: begin again without it.") from None


def _read(value: object, kind: type) -> Value:
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise ValueError("of another type")
    match value:
        case int() if abs(value) > MAX_INTEGER:
            raise ValueError("too large")
        case float() if not math.isfinite(value):
            raise ValueError("no number")
        case str() if value != clean_text(value):
            raise ValueError("not storable")
        case str() | int() | float():
            return value
        case _:
            raise TypeError("no value")
