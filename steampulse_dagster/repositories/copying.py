"""Many rows into a table by COPY, the fastest way in."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import StringIO

from psycopg2.extensions import connection as Connection

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
CopyValue = str | int | float | bool | date | datetime | None


def copy_rows(conn: Connection, sql: str, rows: Iterable[Sequence[CopyValue]]) -> None:
    """Run a `copy … from stdin` statement in text format with these rows."""
    lines = StringIO()
    for row in rows:
        lines.write("\t".join(map(_encode, row)))
        lines.write("\n")
    lines.seek(0)
    with conn.cursor() as cur:
        cur.copy_expert(sql, lines)


def _encode(value: CopyValue) -> str:
    match value:
        case None:
            return "\\N"
        case str():
            return value.translate(_ESCAPES)
        case bool():
            return "t" if value else "f"
        case date():
            return value.isoformat()
        case _:
            return repr(value)
