"""Cuts a review into sentences and clauses that remember where they stand in the text. Reads and writes nothing.

Every span is an offset into the stored review text, so that a quote cut by it is verbatim by construction.
"""

import re
from dataclasses import dataclass

MAX_REVIEW_CHARS = 8000
"""Steam's own limit; the few longer texts are copies of one joke."""
MAX_SENTENCES = 120
MAX_SENTENCE_CHARS = 400

_BLOCK_TAG = re.compile(
    r"\[/?(?:h[1-6]|list|olist|\*|table|tr|td|th|quote|hr|img|code|previewyoutube)(?:=[^\]\n]*)?\]", re.I
)
_INLINE_TAG = re.compile(r"\[/?(?:b|i|u|s|strike|spoiler|noparse|url|color|size|center)(?:=[^\]\n]*)?\]", re.I)
_URL = re.compile(r"https?://\S+|www\.\S+", re.I)
_UNCHECKED = re.compile(r"^\s*(?:☐|🔲|⬜|◻|❏|\[ ?\]|\( ?\))")
_BULLET = re.compile(r"^[\s\-–—*•·●▪►▶→>+~=_|#:✅✔☑✓❌✖✘☒👍👎➕➖🔸🔹⭐★]+|^\s*\(?\d{1,2}[.)]\s+")
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
    r"^\W*(?:the\s+)?(good|bad|ugly|pros?|cons?|positives|negatives|plus|minus|upsides?|downsides?)\s*(?:stuff|things|parts?)?\s*:", re.I
)
_HEADING_END = re.compile(r"^[^\w]*(?::|$|-+\s|=+)")
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
    masked = _mask(review[:MAX_REVIEW_CHARS])
    signed = _has_signed_bullets(masked)
    sentences: list[Sentence] = []
    hint = 0
    for start, end in _lines(masked):
        line = masked[start:end]
        if not line.strip():
            continue
        if _UNCHECKED.match(line):
            continue
        hint, offset = _section_hint(line, hint)
        mark = _mark(line, signed=signed)
        for first, last in _cut_line(masked, start + offset, end):
            hint = _inline_hint(masked[first:last], hint)
            if len(sentences) == MAX_SENTENCES:
                return tuple(sentences)
            sentence = _build_sentence(masked, first, last, hint=mark or hint)
            if sentence is not None:
                sentences.append(sentence)
    return tuple(sentences)


def words_of(text: str) -> list[str]:
    """Latin words and numbers of a text, as written."""
    return _WORD.findall(text)


def verbatim(review: str, start: int, end: int) -> str:
    """The stored text of a span; if tags stand inside it, its longest part without a tag when that says most of it."""
    raw = review[start:end]
    if "[" not in raw:
        return raw
    parts = [part.strip() for part in _INLINE_TAG.split(raw) if part and part.strip()]
    if not parts:
        return raw
    best = max(parts, key=len)
    return best if 2 * len(best) >= len(raw) else raw


def _mask(text: str) -> str:
    """The text with tags and links blanked, same length: offsets keep their meaning."""
    text = _BLOCK_TAG.sub(lambda m: "\n" * len(m.group()), text)
    text = _INLINE_TAG.sub(lambda m: " " * len(m.group()), text)
    text = _URL.sub(lambda m: " " * len(m.group()), text)
    return text.replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")


def _lines(masked: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = 0
    for line in masked.split("\n"):
        cuts = [0, *(m.start() for m in _INLINE_MARK.finditer(line) if m.start() > 0), len(line)]
        spans.extend((start + a, start + b) for a, b in zip(cuts, cuts[1:], strict=False))
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
    if re.match(
        r"^\W*(?:overall|conclusion|verdict|summary|tl;?dr|final(?:ly)?|neutral|rating|score|edit)\b", line, re.I
    ):
        return 0, 0
    if hint and len(line) > 220:
        return 0, 0
    return hint, 0


def _inline_hint(sentence: str, hint: int) -> int:
    """"The good: ... The bad: ..." in running text."""
    match = _INLINE_HEADING.match(sentence)
    if match is None:
        return hint
    return 1 if match.group(1).lower() in ("good", "pro", "pros", "positives", "plus", "upside", "upsides") else -1


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
