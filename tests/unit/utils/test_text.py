import re

import pytest

from steampulse_dagster.utils.text import (
    BLANK_CHARACTERS,
    build_slug,
    clean_line,
    clean_review_text,
    clean_text,
    html_to_text,
    is_blank,
)

pytestmark = pytest.mark.unit


def test_cleaning_removes_only_what_postgresql_cannot_store():
    assert (
        clean_text("a\0b\ud800c\r\nd\re\u200b\u202e \u2028 \x08 \ufffd 🎮")
        == "abc\nd\ne\u200b\u202e \u2028 \x08 \ufffd 🎮"
    )


def test_a_review_text_is_cut_at_the_limit_of_steams_form():
    assert len(clean_review_text("x" * 150_000)) == 8_000
    assert clean_review_text("é" * 8_000) == "é" * 8_000


@pytest.mark.parametrize(
    "text", ["", "  \n\t", "\u200e", "\u200d\u200d", "\u2063", "\u3000", "\u2800\n", "\ufe0f", "\x08"]
)
def test_a_text_that_shows_nothing_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "👍", "\u200bgood", "好", "[b][/b]", "❤️"])
def test_a_text_that_shows_anything_is_not_blank(text):
    assert not is_blank(text)


def test_everything_that_python_calls_white_space_is_blank():
    blank = re.compile(f"[{BLANK_CHARACTERS}]")
    spaces = [chr(code) for code in range(1, 0x110000) if chr(code).isspace()]
    assert [hex(ord(space)) for space in spaces if not blank.fullmatch(space)] == []


def test_store_html_becomes_plain_text():
    html = "<h2 class='x'>New</h2>Fight &amp; win<br><br />\r\n<ul><li>One</li><li>Two</li></ul><script>x()</script>"
    assert html_to_text(html) == "New\nFight & win\n\nOne\n\nTwo"


def test_a_line_has_no_outer_or_double_spaces_and_no_entities():
    assert clean_line("  Krater -  DLC&quot;MK13&quot; \n") == 'Krater - DLC"MK13"'


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Portal 2", "portal-2-7"), ("Assassin's Creed® Origins", "assassin-s-creed-origins-7"), ("龙魂时刻", "7")],
)
def test_a_slug_is_readable_and_unique(name, slug):
    assert build_slug(name, appid=7) == slug
