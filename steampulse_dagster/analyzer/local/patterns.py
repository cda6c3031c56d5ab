"""How cue phrases and word lists are written down. Reads packaged data files."""

import re
from importlib.resources import files


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern that matches where any of these does, in any case."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def word_set(words: str) -> frozenset[str]:
    """A set of words written as running text."""
    return frozenset(words.split())


def read_sections(text: str) -> dict[str, str]:
    """The sections of a data file: `[name]` lines, each followed by its text; lines with # are comments."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            current.append(line)
    return {name: " ".join(lines) for name, lines in sections.items()}


def read_data(name: str) -> str:
    """A packaged data file."""
    return (files(__package__) / "data" / name).read_text(encoding="utf-8")
