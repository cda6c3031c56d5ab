"""Markdown out of text that nobody vouches for: escaped so that it stays text, whoever renders it. Pure."""

import re
from collections.abc import Sequence

WORD_JOINER = "\u2060"
"""Shows nothing; put after an @ it keeps e-mail addresses and names from becoming links."""

_BARS = "▁▂▃▄▅▆▇█"
_NO_BAR = "·"

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": f"@{WORD_JOINER}"}
_ALWAYS_ESCAPED = r"\`*_{}[]|~#$^"
_ENTITY_OR_ESCAPE = re.compile("[&<>@" + re.escape(_ALWAYS_ESCAPED) + "]")
_LINK_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d_])")
_SCHEME = re.compile(r"(?<=[A-Za-z]):(?=\S)")
_LINE_START = re.compile(r"^(\s*)([-+=])", re.MULTILINE)
_NUMBERED = re.compile(r"^(\s*\d+)([.)])", re.MULTILINE)
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def escape_markdown(text: str) -> str:
    """The text on one line, showing exactly its characters: no markup, HTML, link, image, table or heading comes of it.

    Control characters and marks that turn the direction of writing are left out: they could hide what is said.
    """
    return " ".join(_escape_lines(text).split())


def quote_block(text: str, *, most_lines: int = 12, most_characters: int = 1_200) -> str:
    """The text as a block quote with its lines kept, cut to so many; a cut is marked."""
    is_cut = len(text) > most_characters
    lines = [" ".join(line.split()) for line in _escape_lines(text[:most_characters]).split("\n")]
    shown = [line for line in lines if line]
    if is_cut or len(shown) > most_lines:
        shown = [*shown[:most_lines], "\\[…\\]"]
    return "  \n".join(f"> {line}" for line in shown)


def sparkline(values: Sequence[float | None], *, low: float | None = None, high: float | None = None) -> str:
    """One character a value, from the lowest to the highest block; a dot where there is none.

    `low` and `high` fix the scale; by default it runs from 0 to the largest value.
    """
    known = [value for value in values if value is not None]
    bottom = 0.0 if low is None else low
    top = max(known, default=0.0) if high is None else high
    return "".join(_NO_BAR if value is None else _bar(value, bottom, top) for value in values)


def _bar(value: float, bottom: float, top: float) -> str:
    if top <= bottom:
        return _BARS[0]
    position = (min(max(value, bottom), top) - bottom) / (top - bottom)
    return _BARS[round(position * (len(_BARS) - 1))]


def _escape_lines(text: str) -> str:
    clean = _HIDDEN.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    escaped = _ENTITY_OR_ESCAPE.sub(lambda match: _ENTITIES.get(match[0], "\\" + match[0]), clean)
    unlinked = _SCHEME.sub(r"\\:", _LINK_DOT.sub(r"\\.", escaped))
    return _LINE_START.sub(r"\1\\\2", _NUMBERED.sub(r"\1\\\2", unlinked))
