"""Finds a quote in the review it claims to come from, whatever happened to case, blanks and punctuation. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from steampulse_dagster.utils.text import clean_text

_BBCODE_NAMES = (
    "h[1-6]|b|i|u|s|p|c|br|hr|strike|spoiler|noparse|code|quote|list|olist|url|img|table|tr|th|td|color|previewyoutube"
)
BBCODE_TAG = re.compile(rf"\[/?(?:{_BBCODE_NAMES})(?:[ =][^\[\]\n]{{0,300}})?\]|\[/?\*\]", re.IGNORECASE)
"""The markup that Steam knows in reviews."""

_UNIFIED = {
    **dict.fromkeys("‘’‚‛`´ʹʻʼ′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣", "-"),
    "‹": "<",  # prompts show it in the place of a tag's beginning, and quotes are copied from there
    "›": ">",
}
_JOINING_CATEGORIES = ("Mn", "Mc", "Me")


class _Folded(NamedTuple):
    """Normalised text; character i came from original[starts[i]:ends[i]]."""

    text: str
    starts: list[int]
    ends: list[int]


def normalise(text: str) -> str:
    """The form in which quotes are compared with reviews.

    Unicode NFKC, case folded, BBCode tags and invisible characters removed, typographic quotes and dashes made
    plain, runs of white space made one blank, none at the ends.
    """
    return _fold(text, tag="").text


def prove_quote(quote: str, review_text: str) -> bool:
    """Whether the review says exactly this, apart from what `normalise` levels."""
    return find_quote(quote, review_text) is not None


def find_quote(quote: str, review_text: str) -> str | None:
    """The review's own words that the quote stands for, verbatim; None if it does not contain them.

    A quote has to start and end where words do ("art" is not in "start") and to have two letters or digits.
    """
    quote = quote.strip()
    if sum(char.isalnum() for char in quote) < 2:
        return None
    if _find_words(quote, review_text) is not None:
        return quote
    for tag in ("", " "):  # a tag may stand within a word or be all that parts two
        wanted = _fold(quote, tag=tag).text
        folded = _fold(review_text, tag=tag)
        position = _find_words(wanted, folded.text) if wanted else None
        if position is not None:
            return review_text[folded.starts[position] : folded.ends[position + len(wanted) - 1]]
    return None


def one_line(text: str, *, most: int) -> str:
    """An analyst's words as one line of at most `most` characters, fit for PostgreSQL: no NUL, no broken surrogates."""
    visible = "".join(char for char in clean_text(text) if char.isprintable() or char.isspace())
    line = " ".join(visible.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def strip_bbcode(text: str) -> str:
    """The text without BBCode tags, for showing it to people."""
    return BBCODE_TAG.sub("", text) if "[" in text else text


@lru_cache(maxsize=128)
def _fold(text: str, *, tag: str) -> _Folded:
    """Kept for a while: the quotes of a review come one after the other, and folding 8,000 characters takes 10 ms."""
    folded = _Folded(text="", starts=[], ends=[])
    chars: list[str] = []
    for char, start, end in _fold_chars(text, tag=tag):
        is_blank = char.isspace()
        if is_blank and (not chars or chars[-1] == " "):
            continue
        chars.append(" " if is_blank else char)
        folded.starts.append(start)
        folded.ends.append(end)
    if chars and chars[-1] == " ":
        chars.pop()
        folded.starts.pop()
        folded.ends.pop()
    return folded._replace(text="".join(chars))


def _fold_chars(text: str, *, tag: str) -> Iterator[tuple[str, int, int]]:
    position = 0
    for match in BBCODE_TAG.finditer(text):
        yield from _fold_span(text, position, match.start())
        if tag:
            yield tag, match.start(), match.end()
        position = match.end()
    yield from _fold_span(text, position, len(text))


def _fold_span(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """Each normalised character of text[start:end] with the original characters that it came from.

    A letter is taken together with the marks that follow it, because NFKC joins them.
    """
    while start < end:
        stop = start + 1
        while stop < end and _joins(text[stop]):
            stop += 1
        piece = text[start:stop]
        for char in _fold_piece(piece):
            yield char, start, stop
        start = stop


def _joins(char: str) -> bool:
    """Whether a character attaches to the one before: combining marks and the inner parts of Hangul syllables."""
    if char.isascii():
        return False
    return unicodedata.category(char) in _JOINING_CATEGORIES or "ᅠ" <= char <= "ᇿ"


def _fold_piece(piece: str) -> str:
    piece = _UNIFIED.get(piece, piece)  # before NFKC, which makes a blank and a mark of an acute accent
    if len(piece) == 1 and piece.isascii():
        return piece.lower() if piece.isprintable() or piece.isspace() else ""
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", piece).casefold())
    visible = (char for char in composed if not _is_invisible(char))
    return "".join(_UNIFIED.get(char, char) for char in visible)


def _is_invisible(char: str) -> bool:
    """Format characters (zero-width, soft hyphen, direction marks), control characters, variation selectors."""
    if char.isspace():
        return False
    return unicodedata.category(char) in ("Cf", "Cc") or "\ufe00" <= char <= "\ufe0f"


def _find_words(wanted: str, text: str) -> int | None:
    position = text.find(wanted)
    while position >= 0:
        end = position + len(wanted)
        cuts_before = position > 0 and _is_word(text[position - 1]) and _is_word(wanted[0])
        cuts_after = end < len(text) and _is_word(text[end]) and _is_word(wanted[-1])
        if not cuts_before and not cuts_after:
            return position
        position = text.find(wanted, position + 1)
    return None


def _is_word(char: str) -> bool:
    """Letters of scripts that put blanks between words, and digits; Chinese or Japanese has no borders to respect."""
    return char.islower() or char.isupper() or char.isdigit()
