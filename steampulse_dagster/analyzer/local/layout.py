"""How a review is laid out: tags, lines, lists of pros and cons, checked boxes. Reads and writes nothing."""

# ruff: noqa: E501  (one pattern a line reads better than one cut into pieces)

import re
from dataclasses import dataclass
from itertools import pairwise

_BLOCK_TAG = re.compile(
    r"\[/?(?:h[1-6]|list|olist|\*|table|tr|td|th|quote|hr|img|code|previewyoutube)(?:=[^\]\n]*)?\]", re.I
)
INLINE_TAG = re.compile(r"\[/?(?:b|i|u|s|strike|spoiler|noparse|url|color|size|center)(?:=[^\]\n]*)?\]", re.I)
_NO_WORD = re.compile(r"\S{45,}")
"""Longer than the longest word of any dictionary: held keys, art, ciphers. Blanked, so that no pattern works on it."""
_URL = re.compile(r"https?://\S+|www\.\S+", re.I)
_UNCHECKED = re.compile(r"^\s*(?:☐|🔲|⬜|◻|❏|\[ ?\]|\( ?\))")
_GOOD_MARK = re.compile(r"^\s*(?:✅|✔|✓|👍|➕|\+(?!\d))")
_BAD_MARK = re.compile(r"^\s*(?:❌|✖|✘|☒|👎|➖|[-–](?!\d))")
_INLINE_MARK = re.compile(r"(?=[✅✔☑✓❌✖✘☒👍👎➕➖•●▪])")
_PROS = re.compile(
    r"^\W*(?:the\s+|some\s+|main\s+)?(?:pros?|goods?|good things?|good stuff|positives?|likes?|upsides?|strengths?|what i (?:like|love)d?"
    r"|what'?s good|what works)\b(?:\s+(?:stuff|things|parts?|points?|side))?\W*",
    re.I,
)
_CONS = re.compile(
    r"^\W*(?:the\s+|some\s+|main\s+)?(?:cons?|bads?|bad things?|bad stuff|negatives?|dislikes?|downsides?|weakness(?:es)?|ugly|issues|problems"
    r"|complaints?|gripes?|what i (?:don'?t|didn'?t) like|what'?s bad|what doesn'?t work)\b"
    r"(?:\s+(?:stuff|things|parts?|points?|side))?\W*",
    re.I,
)
_INLINE_HEADING = re.compile(
    r"^\W*(?:the\s+)?(good|bad|ugly|pros?|cons?|positives|negatives|plus|minus|upsides?|downsides?)\s*(?:stuff|things|parts?)?\s*:",
    re.I,
)
_HEADING_END = re.compile(r"^[^\w]*(?::|$|-+\s|=+)")
_NEUTRAL_HEADING = re.compile(
    r"^\W*(?:overall|conclusion|verdict|summary|tl;?dr|final(?:ly)?|neutral|rating|score|edit)\b", re.I
)
LONG_LINE = 220
"""A line this long is a paragraph and ends the list before it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the masked text that says something; `hint` is +1 in a list of pros, -1 in a list of cons, else 0."""

    start: int
    end: int
    hint: int


def split_lines(masked: str) -> list[Line]:
    """The lines that hold text, headings of lists cut off, unchecked boxes left out."""
    signed = _has_signed_bullets(masked)
    lines: list[Line] = []
    hint = 0
    for start, end in _spans(masked):
        text = masked[start:end]
        if not text.strip() or _UNCHECKED.match(text):
            continue
        hint, offset = _section_hint(text, hint)
        lines.append(Line(start=start + offset, end=end, hint=_mark(text, signed=signed) or hint))
    return lines


def mask_tags(text: str) -> str:
    """The text with tags and links blanked, same length: offsets keep their meaning."""
    text = _BLOCK_TAG.sub(lambda m: "\n" * len(m.group()), text)
    text = INLINE_TAG.sub(lambda m: " " * len(m.group()), text)
    text = _URL.sub(lambda m: " " * len(m.group()), text)
    text = _NO_WORD.sub(lambda m: " " * len(m.group()), text)
    return text.replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")


def _spans(masked: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = 0
    for line in masked.split("\n"):
        cuts = [0, *(m.start() for m in _INLINE_MARK.finditer(line) if m.start() > 0), len(line)]
        spans.extend((start + a, start + b) for a, b in pairwise(cuts))
        start += len(line) + 1
    return spans


def _has_signed_bullets(masked: str) -> bool:
    """Whether lines begin with + and with -, which then mean good and bad and are no plain bullets."""
    lines = [line.lstrip() for line in masked.split("\n")]
    return any(line[:1] == "+" for line in lines) and any(line[:1] in ("-", "–") for line in lines)


def _mark(line: str, *, signed: bool) -> int:
    head = line.lstrip()[:1]
    if head in ("+", "-", "–") and not signed:
        return 0
    if _GOOD_MARK.match(line):
        return 1
    return -1 if _BAD_MARK.match(line) else 0


def _section_hint(line: str, hint: int) -> tuple[int, int]:
    """The polarity of the list that a line stands in, and how many characters of it are the list's heading."""
    for pattern, value in ((_PROS, 1), (_CONS, -1)):
        match = pattern.match(line)
        if match is None:
            continue
        gap = line[: match.end()]
        rest = line[match.end() :]
        if not rest.strip() or ":" in gap or _HEADING_END.match(rest):
            return value, match.end()
    if _NEUTRAL_HEADING.match(line):
        return 0, 0
    if hint and len(line) > LONG_LINE:
        return 0, 0
    return hint, 0


def inline_hint(sentence: str, hint: int) -> int:
    """The hint after a heading within a line, as in "The good: this. The bad: that"."""
    match = _INLINE_HEADING.match(sentence)
    if match is None:
        return hint
    return 1 if match.group(1).lower() in ("good", "pro", "pros", "positives", "plus", "upside", "upsides") else -1
