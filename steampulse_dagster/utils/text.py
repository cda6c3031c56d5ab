"""Pure text helpers: cleaning for storage, the one meaning of "blank", HTML to plain text, slugs."""

import re
import unicodedata
from html import unescape
from html.parser import HTMLParser

MAX_REVIEW_CHARACTERS = 8_000
"""Limit of Steam's own review form; the few longer texts (150,000 characters each, from 2018) are cut here."""

BLANK_CHARACTERS = (
    "\x01-\x20\x7f-\xa0"  # controls, spaces, no-break space; NUL never reaches storage
    "\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f"  # typographic spaces, zero-width, line separators, bidi controls
    "\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"  # blanks of Braille and Hangul, variation selectors
)
"""Characters that show nothing, as the inside of a bracket expression that Python and PostgreSQL read alike."""

VISIBLE_PATTERN = f"[^{BLANK_CHARACTERS}]"
"""Matches a text that shows something. Spelled out because `\\s` means different things to Python and PostgreSQL."""

_VISIBLE = re.compile(VISIBLE_PATTERN)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LINE_END = re.compile("\r\n?")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
_MANY_BREAKS = re.compile(r"\n{3,}")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_BLOCK_TAGS = frozenset({"br", "p", "div", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table"})
_SILENT_TAGS = frozenset({"script", "style"})


def clean_text(text: str) -> str:
    """The text as PostgreSQL can store it: no NUL, no lone surrogates, line ends as LF; otherwise verbatim."""
    if text.isascii() and "\0" not in text and "\r" not in text:
        return text
    return _LINE_END.sub("\n", _UNSTORABLE.sub("", text))


def clean_review_text(text: str) -> str:
    """`clean_text`, cut at the 8,000 characters of Steam's review form."""
    return clean_text(text)[:MAX_REVIEW_CHARACTERS]


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing: empty, or only whitespace, control and zero-width characters."""
    return _VISIBLE.search(text) is None


def html_to_text(html: str) -> str:
    """Plain text of store HTML: tags dropped, blocks on lines of their own, entities decoded."""
    reader = _TextReader()
    reader.feed(clean_text(html))
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return _MANY_BREAKS.sub("\n\n", "\n".join(lines)).strip()


def clean_line(text: str) -> str:
    """One line: entities decoded, tags kept as text, white space folded, outer spaces gone."""
    return " ".join(unescape(clean_text(text)).split())


def escape_like(text: str) -> str:
    """The text so that PostgreSQL's LIKE finds exactly it."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def is_written_without_spaces(text: str) -> bool:
    """Whether it has letters of a script that sets no spaces between words: Chinese, Japanese, Thai and their kin."""
    return _UNSPACED.search(text) is not None


def build_slug(name: str, *, appid: int) -> str:
    """A readable address part that is unique: `portal-2-620`; `620` where the name has no Latin letters."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _NO_SLUG.sub("-", folded).strip("-")
    return f"{words}-{appid}" if words else str(appid)


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT_TAGS:
            self._silent += 1
        elif tag in _BLOCK_TAGS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT_TAGS:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCK_TAGS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
