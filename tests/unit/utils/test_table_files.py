"""Tables as files: every text survives every format, and no text becomes a formula."""

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.models.exports import Column, ExportFormat
from steampulse_dagster.utils.csv_rows import unguard
from steampulse_dagster.utils.table_files import write_table

pytestmark = pytest.mark.unit

COLUMNS = (
    Column("key", "id", "a number of 64 bits"),
    Column("words", "text", "a text", is_optional=True),
    Column("share", "number", "a share", is_optional=True),
    Column("is_so", "truth", "whether"),
    Column("at", "time", "when", is_optional=True),
)
MOMENT = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=40)


def write(format: ExportFormat, *batches: list[tuple]) -> bytes:
    return b"".join(write_table(format, COLUMNS, batches))


@given(st.lists(st.lists(TEXTS, max_size=4), max_size=4))
def test_texts_survive_every_format(batches: list[list[str]]) -> None:
    rows = [[(2**63 - 1, text, 0.25, True, MOMENT) for text in batch] for batch in batches]
    texts = [text for batch in batches for text in batch]
    assert pq.read_table(io.BytesIO(write(ExportFormat.PARQUET, *rows)))["words"].to_pylist() == texts
    lines = [json.loads(line) for line in write(ExportFormat.JSONL, *rows).split(b"\n") if line]
    assert [line["words"] for line in lines] == texts
    cells = list(csv.reader(io.StringIO(write(ExportFormat.CSV, *rows).decode(), newline="")))
    assert [unguard(row[1]) for row in cells[1:]] == texts


def test_each_kind_of_value_has_one_notation() -> None:
    rows = [(2**63 - 1, None, 0.1, False, None), (7, "a", None, True, MOMENT)]
    assert write(ExportFormat.CSV, rows).decode().splitlines() == [
        '"key","words","share","is_so","at"',
        '"9223372036854775807","","0.1","false",""',
        '"7","a","","true","2026-11-29T12:30:00Z"',
    ]
    assert [json.loads(line) for line in write(ExportFormat.JSONL, rows).splitlines()] == [
        {"key": "9223372036854775807", "words": None, "share": 0.1, "is_so": False, "at": None},
        {"key": "7", "words": "a", "share": None, "is_so": True, "at": "2026-11-29T12:30:00Z"},
    ]
    assert pq.read_table(io.BytesIO(write(ExportFormat.PARQUET, rows))).to_pylist()[1]["at"] == MOMENT


def test_a_table_without_rows_is_a_file_without_rows() -> None:
    assert write(ExportFormat.CSV).decode().strip() == '"key","words","share","is_so","at"'
    assert write(ExportFormat.JSONL) == b""
    assert pq.read_table(io.BytesIO(write(ExportFormat.PARQUET))).num_rows == 0
    assert pq.read_table(io.BytesIO(write(ExportFormat.PARQUET, [], []))).num_rows == 0


def test_a_text_that_would_be_a_formula_is_guarded_in_csv_alone() -> None:
    rows = [(1, "=1+1", None, True, None)]
    assert '"\'=1+1"' in write(ExportFormat.CSV, rows).decode()
    assert json.loads(write(ExportFormat.JSONL, rows))["words"] == "=1+1"
