"""Text that nobody vouches for stays text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.utils.markdown import WORD_JOINER, escape_markdown, quote_block, sparkline

pytestmark = pytest.mark.unit

ENTITY = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


def shown(markdown: str) -> str:
    """What a reader of the escaped text sees."""
    plain = re.sub(r"&(amp|lt|gt);", lambda match: ENTITY[match[0]], re.sub(r"\\([!-/:-@[-`{-~])", r"\1", markdown))
    return plain.replace(WORD_JOINER, "")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("![x](a)", r"!\[x\](a)"),
        ("see http://evil.example/x", r"see http\://evil\.example/x"),
        ("www.evil.example", r"www\.evil\.example"),
        ("javascript:alert(1)", r"javascript\:alert(1)"),
        ("me@evil.example", f"me@{WORD_JOINER}evil\\.example"),
        ("# big", r"\# big"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("1. item", r"1\. item"),
        ("12) item", r"12\) item"),
        ("a | b", r"a \| b"),
        ("**bold** _it_ ~~no~~ `code`", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \`code\`"),
        ("[x]: http://evil", r"\[x\]: http\://evil"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("a\\*b", r"a\\\*b"),
        ("great game. 10/10, 2.5 hours, at 10:30", "great game. 10/10, 2.5 hours, at 10:30"),
    ],
)
def test_markup_is_shown_and_not_obeyed(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped


def test_marks_that_turn_the_writing_and_control_characters_are_left_out() -> None:
    assert escape_markdown("a\u202eb\u2066c\x00d\x1be") == "a b c d e"


@given(st.text(max_size=200))
def test_a_reader_sees_the_text_and_no_line_break_comes_of_it(text: str) -> None:
    escaped = escape_markdown(text)
    assert "\n" not in escaped
    hidden = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
    expected = " ".join(re.sub(hidden, " ", re.sub("[\r\n\t]", " ", text)).split()).replace(WORD_JOINER, "")
    assert " ".join(shown(escaped).split()) == " ".join(expected.split())


@given(st.text(alphabet="<>&[]()!`*_|#\\ab:/.@ \n-+=1", max_size=60))
def test_no_active_character_is_left_bare(text: str) -> None:
    bare = re.sub(r"\\[!-/:-@[-`{-~]", "x", quote_block(text))
    for line in bare.split("\n"):
        assert not set(line.removeprefix(">")) & set("<>[]`*_|#~")
        assert not re.match(r">\s*([-+=]|\d+[.)])", line)
        assert not re.search("[A-Za-z]://", line.replace("x:", ""))


def test_every_line_of_a_quote_stays_in_its_block() -> None:
    assert quote_block("one\r\n# two\n\n   three") == "> one  \n> \\# two  \n> three"


def test_a_long_quote_is_cut_and_says_so() -> None:
    lines = quote_block("\n".join("line" for _ in range(40))).split("\n")
    assert (len(lines), lines[-1]) == (13, "> \\[…\\]")
    assert quote_block("█" * 5_000).endswith("\n> \\[…\\]")


def test_a_sparkline_has_one_character_a_value() -> None:
    assert sparkline([0, 1, 2, None, 7]) == "▁▂▃·█"
    assert sparkline([0.5, 1.0], low=0, high=1) == "▅█"
    assert sparkline([None, None]) == "··"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""
