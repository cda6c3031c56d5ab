from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.cli.console import plain, when

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", r"\x1b[2J\x1b]0;owned\x07"),
        ("left\u202eright", r"left\u202eright"),
        ("[red]markup[/red]", "[red]markup[/red]"),
        ("back\b\rline\n\ttab", "back\\x08\\rline\n\ttab"),
        ("\x9b31m", r"\x9b31m"),
        ("naïve 漢字 😀", "naïve 漢字 😀"),
    ],
)
def test_hostile_text_cannot_control_the_terminal(hostile, shown):
    assert plain(hostile).plain == shown


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=5), "now"),
        (timedelta(seconds=100), "in 1 min"),
        (timedelta(minutes=90), "in 90 min"),
        (timedelta(hours=-5), "5 h ago"),
        (timedelta(days=8), "in 8 d"),
    ],
)
def test_a_moment_is_told_as_people_say_it(away, words):
    assert when(NOW + away, now=NOW) == words
