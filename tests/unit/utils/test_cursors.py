"""Cursors of lists: read back as they were made, by their own list alone."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.errors import ValidationError
from steampulse_dagster.utils.cursors import decode_cursor, encode_cursor

pytestmark = pytest.mark.unit


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=50),
    st.integers(-(2**63) + 1, 2**63 - 1),
)
def test_a_cursor_is_read_back_as_it_was_made(text: str, number: int) -> None:
    assert decode_cursor("a list", encode_cursor("a list", [text, number]), [str, int]) == (text, number)


def forge(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "abc",
        "ä",
        "a" * 5_000,
        forge("another list", "x", 1),
        forge("a list", "x"),
        forge("a list", "x", 1, 2),
        forge("a list", 1, "x"),
        forge("a list", "x", True),
        forge("a list", "x", 1.5),
        forge("a list", "x", 2**63),
        forge("a list", "x\x00", 1),
        forge("a list", None, 1),
        base64.urlsafe_b64encode(b"[" * 900).decode(),
        base64.urlsafe_b64encode(b'{"a": 1}').decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationError, match="cursor"):
        decode_cursor("a list", cursor, [str, int])


def test_numbers_that_are_none_are_refused() -> None:
    for text in ("NaN", "Infinity", "-Infinity"):
        cursor = base64.urlsafe_b64encode(f'["a list", {text}]'.encode()).decode()
        with pytest.raises(ValidationError):
            decode_cursor("a list", cursor, [float])
    assert decode_cursor("a list", forge("a list", 2), [float]) == (2.0,)
