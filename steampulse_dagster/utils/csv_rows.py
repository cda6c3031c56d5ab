"""CSV that spreadsheets open without running anything, and that reads back to the same texts. No I/O of its own."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO

from steampulse_dagster.errors import ValidationError

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠")
"""A cell that begins so may run as a formula (OWASP's list and its full-width forms); the quote marks those cells."""
MARK = "'"
_LINE_END = "\r\n"
MAX_CELL = 131_072
"""Longest cell that Python's reader takes."""


def guard(text: str) -> str:
    """The text as a cell: marked by a leading ' where a spreadsheet would take it for a formula."""
    return MARK + text if text.startswith(_DANGEROUS) else text


def unguard(cell: str) -> str:
    """The text of a cell that `guard` made; other cells are their own text."""
    return cell[1:] if cell[:1] == MARK and cell[1:].startswith(_DANGEROUS) else cell


def encode_header(columns: Sequence[str]) -> bytes:
    """The first line of a file."""
    return encode_rows([columns])


def encode_rows(rows: Iterable[Sequence[str]]) -> bytes:
    """Lines of a file in UTF-8 (RFC 4180), every cell guarded."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=_LINE_END).writerows([guard(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def read_rows(file: IO[bytes], *, columns: Sequence[str], name: str) -> Iterator[Mapping[str, str] | str]:
    """The rows of a file one by one, by column name; in place of a row that cannot be one, what is wrong with it.

    A byte-order mark and further columns are allowed. Raises ValidationError for a file without these columns.
    """
    reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""))
    header = _next(reader)
    if not isinstance(header, list):
        raise ValidationError(f"{name} is empty: its first line has to name the columns {', '.join(columns)}.")
    missing = [column for column in columns if column not in header]
    if missing:
        raise ValidationError(f"{name} is no such file: the column {', '.join(missing)} is missing.")
    while (row := _next(reader)) is not None:
        if isinstance(row, str):
            yield row
        elif len(row) != len(header):
            yield f"a row of {len(row)} cells in place of {len(header)}"
        else:
            yield dict(zip(header, map(unguard, row), strict=True))


def _next(reader: Iterator[list[str]]) -> list[str] | str | None:
    """The next row that is not empty, what is wrong with it, or None at the end."""
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            return f"a row that is no CSV ({error})"
        if row is None or row:
            return row
