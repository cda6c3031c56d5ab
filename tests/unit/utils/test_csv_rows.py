import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.errors import ValidationError
from steampulse_dagster.utils.csv_rows import encode_header, encode_rows, guard, read_rows

pytestmark = pytest.mark.unit

COLUMNS = ("a", "b")
ANY_TEXT = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=30)
AWKWARD = st.text(alphabet="'=+-@\t\r\n\",; a＝🎮", max_size=6)


def written(rows):
    return encode_header(COLUMNS) + encode_rows(rows)


def read(data):
    return list(read_rows(io.BytesIO(data), columns=COLUMNS, name="the file"))


@given(st.lists(st.tuples(ANY_TEXT | AWKWARD, ANY_TEXT | AWKWARD), max_size=6))
def test_every_text_comes_back_as_it_was(rows):
    assert [(row["a"], row["b"]) for row in read(written(rows))] == rows


@pytest.mark.parametrize("name", ["=SUM(A1)", "+1 Forever", "-Strive-", "@Home", "\tTab", "＝cmd|' /C calc'!A0"])
def test_no_cell_begins_as_a_formula_does(name):
    cell = next(csv.reader(io.StringIO(encode_rows([(name, "x")]).decode(), newline="")))[0]
    assert cell == "'" + name


def test_a_name_that_begins_with_a_quote_is_told_from_a_guarded_one():
    assert guard("'Tis") == "''Tis"
    assert guard("Half-Life 2") == "Half-Life 2"


def test_a_file_from_a_spreadsheet_is_read_with_its_mark_and_its_further_columns():
    data = "\ufeffb,more,a\r\n2,x,1\r\n\r\n".encode()
    assert read(data) == [{"b": "2", "more": "x", "a": "1"}]


def test_a_row_that_cannot_be_one_is_told_and_the_others_are_read():
    rows = read(written([("1", "2")]) + b"only one\r\n" + encode_rows([("x" * 140_000, "y"), ("3", "4")]))
    assert rows[0] == {"a": "1", "b": "2"}
    assert rows[1] == "a row of 1 cells in place of 2"
    assert any(isinstance(row, str) and "no CSV" in row for row in rows)
    assert rows[-1] == {"a": "3", "b": "4"}


@pytest.mark.parametrize("data", [b"", b"\r\n", b"a,c\r\n1,2\r\n", b"\x89PNG\r\n"])
def test_a_file_of_another_kind_is_refused_with_what_it_lacks(data):
    with pytest.raises(ValidationError, match=r"the file .*column"):
        read(data)
