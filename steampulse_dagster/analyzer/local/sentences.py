"""Cuts a review into sentences and clauses that remember where they stand in the text. Reads and writes nothing.

Every span is an offset into the stored review text, so that a quote cut by it is verbatim by construction.
"""

# ruff: noqa: E501  (one pattern a line reads better than one cut into pieces)

import re
from dataclasses import dataclass

from steampulse_dagster.analyzer.local.layout import INLINE_TAG, inline_hint, mask_tags, split_lines

MAX_REVIEW_CHARS = 8000
"""Steam's own limit; the few longer texts are copies of one joke."""
MAX_SENTENCES = 120
MAX_SENTENCE_CHARS = 400

_BULLET = re.compile(r"^[\s\-–—*•·●▪►▶→>+~=_|#:✅✔☑✓❌✖✘☒👍👎➕➖🔸🔹⭐★]+|^\s*\(?\d{1,2}[.)]\s+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|etc|mr|mrs|dr|approx|no|vol|st|feat|aka|hrs?|min|max|lvl|ver|ed)|\b[A-Z])$", re.I
)
_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|(?<=[a-z])[.!?]+(?=[A-Z][a-z])")
_CONTRAST = re.compile(
    r"[;]\s+|\s+[-–—]{1,2}\s+|,?\s+(?:but(?! also\b)|however|although|though|yet|whereas|except(?: that)?|despite|even though|still,)\s+"
    r"|,\s+(?:while|and yet|so i|which|and i|and the|and it|and then)\s+|\.{2,}\s*|…\s*",
    re.I,
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'’\-]*|\d+(?:[.,]\d+)*%?")
_LATIN = re.compile(r"[A-Za-z\u00C0-\u024F]")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence with one polarity; `start` and `end` are offsets into the review."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `hint` is +1 in a list of pros, -1 in a list of cons, else 0."""

    start: int
    end: int
    text: str
    hint: int
    clauses: tuple[Clause, ...]


def split_review(review: str) -> tuple[Sentence, ...]:
    """The sentences that hold English words, in order. Unchecked boxes, pictures of characters and links are left out."""
    masked = mask_tags(review[:MAX_REVIEW_CHARS])
    sentences: list[Sentence] = []
    for line in split_lines(masked):
        hint = line.hint
        for first, last in _cut_line(masked, line.start, line.end):
            hint = inline_hint(masked[first:last], hint)
            sentence = _build_sentence(masked, first, last, hint=hint)
            if sentence is not None:
                sentences.append(sentence)
        if len(sentences) >= MAX_SENTENCES:
            break
    return tuple(sentences[:MAX_SENTENCES])


def words_of(text: str) -> list[str]:
    """Latin words and numbers of a text, as written."""
    return _WORD.findall(text)


def verbatim(review: str, start: int, end: int) -> str:
    """The stored text of a span; if tags stand inside it, its longest part without a tag when that says most of it."""
    raw = review[start:end]
    if "[" not in raw:
        return raw
    parts = [part.strip() for part in INLINE_TAG.split(raw) if part and part.strip()]
    if not parts:
        return raw
    best = max(parts, key=len)
    return best if 2 * len(best) >= len(raw) else raw


def _cut_line(masked: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    first = start
    for match in _END.finditer(masked, start, end):
        dots = match.group().rstrip("\"'”’)]")
        following = masked[match.end() : match.end() + 3].lstrip()
        if dots == "." and _ABBREVIATION.search(masked[max(first, match.start() - 8) : match.start()]):
            continue
        if (dots.startswith("..") or dots == "…") and following[:1].islower():
            continue
        spans.append((first, match.end()))
        first = match.end()
    spans.append((first, end))
    return [piece for span in spans for piece in _shorten(masked, *span)]


def _shorten(masked: str, start: int, end: int) -> list[tuple[int, int]]:
    """Run-on sentences are cut at a comma or space, so that no quote and no embedding is overlong."""
    pieces: list[tuple[int, int]] = []
    while end - start > MAX_SENTENCE_CHARS:
        window = masked[start : start + MAX_SENTENCE_CHARS]
        cut = max(window.rfind(", "), window.rfind("; "))
        if cut < MAX_SENTENCE_CHARS // 3:
            cut = window.rfind(" ")
        cut = cut + 1 if cut > 0 else MAX_SENTENCE_CHARS
        pieces.append((start, start + cut))
        start += cut
    return [*pieces, (start, end)]


def _build_sentence(masked: str, start: int, end: int, *, hint: int) -> Sentence | None:
    text = masked[start:end]
    bullet = _BULLET.match(text)
    start += bullet.end() if bullet else 0
    start, end = _strip(masked, start, end)
    text = masked[start:end]
    if not _has_words(text):
        return None
    return Sentence(start=start, end=end, text=text, hint=hint, clauses=_cut_clauses(masked, start, end))


def _strip(masked: str, start: int, end: int) -> tuple[int, int]:
    while start < end and masked[start].isspace():
        start += 1
    while end > start and masked[end - 1].isspace():
        end -= 1
    return start, end


def _has_words(text: str) -> bool:
    """Whether most letters are Latin and most characters are letters: no CJK, no drawing."""
    latin = len(_LATIN.findall(text))
    if latin < 2:
        return False
    letters = sum(character.isalpha() for character in text)
    dense = sum(not character.isspace() for character in text)
    return 2 * latin >= letters and 2 * letters >= dense


def _cut_clauses(masked: str, start: int, end: int) -> tuple[Clause, ...]:
    spans: list[tuple[int, int]] = []
    first = start
    for match in _CONTRAST.finditer(masked, start, end):
        if _word_count(masked, first, match.start()) < 2 or _word_count(masked, match.end(), end) < 2:
            continue
        spans.append(_strip(masked, first, match.start()))
        # The conjunction stays with what follows it: the clause then reads as what it is.
        first = match.start() + len(match.group()) - len(match.group().lstrip(" ,;.…-–—"))
    spans.append(_strip(masked, first, end))
    return tuple(Clause(start=a, end=b, text=masked[a:b]) for a, b in spans if b > a)


def _word_count(masked: str, start: int, end: int) -> int:
    return len(_WORD.findall(masked[start:end]))
