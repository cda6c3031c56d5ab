"""Reviews as a prompt shows them: numbered, delimited so that no text can end its own delimiters, capped. Pure."""

import re
from collections.abc import Iterable

from steampulse_dagster.analyzer.quotes import one_line, strip_bbcode
from steampulse_dagster.models.reviews import Review

MAX_SHOWN_CHARACTERS = 2_000
"""Of a review: 50 of 8,000 characters would cost four times as much and pass the price step of a small model."""
MAX_NAME_CHARACTERS = 100
CUT = " […]"

_TAG_START = re.compile(r"[<＜﹤](?=[\W_]{0,9}[^\W\d_])")
"""What a reader could take for the start of a tag: also in wide letters, with blanks, marks or invisible characters
before the name, and whatever letters the name imitates. `<3` and `a < 5` stay as they are."""
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
"""Controls, marks that turn the direction of writing, tags of Unicode: instructions have been hidden in them. The
joiners of scripts and emoji (U+200C, U+200D) stay. Proof of quotes levels all of them."""
_NO_LANGUAGE = re.compile(r"[^a-z_-]")
_SHOWN_BLANKS = re.compile(r"[ \t]{2,}|\n{3,}")


def render_reviews(numbered: Iterable[tuple[int, Review]]) -> str:
    """The reviews, each between tags of its own, in the order given."""
    return "\n".join(_render_review(number, review) for number, review in numbered)


def render_name(name: str) -> str:
    """A game's name as one line that opens no tag."""
    return defuse(one_line(name, most=MAX_NAME_CHARACTERS)) or "Unnamed"


def defuse(text: str) -> str:
    """The text with every `<` that could begin a tag turned into a mark that begins nothing, and nothing invisible."""
    return _TAG_START.sub("‹", _INVISIBLE.sub("", text))


def show_text(text: str) -> str:
    """A review's text without markup and runs of blanks, at most `MAX_SHOWN_CHARACTERS` long."""
    shown = _SHOWN_BLANKS.sub(lambda found: found.group()[:1], strip_bbcode(text)).strip()
    if len(shown) > MAX_SHOWN_CHARACTERS:
        shown = shown[:MAX_SHOWN_CHARACTERS].rstrip() + CUT
    return defuse(shown)


def _render_review(number: int, review: Review) -> str:
    recommends = "yes" if review.voted_up else "no"
    minutes = review.playtime_at_review
    hours = "unknown" if minutes is None else f"{minutes / 60:.1f}"
    language = _NO_LANGUAGE.sub("", review.language.lower())[:20] or "unknown"
    tag = f'<review n="{number}" recommends="{recommends}" hours="{hours}" language="{language}">'
    return f"{tag}\n{show_text(review.review)}\n</review>"
