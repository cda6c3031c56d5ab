"""Exports: the tables hold what the database holds, in every format; texts stay texts; who leaves makes room."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from steampulse_dagster.errors import BusyError, NotFoundError
from steampulse_dagster.models.exports import COLUMNS, Dataset, ExportFormat
from steampulse_dagster.services.exports import ExportService
from steampulse_dagster.utils.csv_rows import unguard
from steampulse_dagster.utils.db import Database, fetch_all
from tests.integration.api.conftest import LANTERN_KEEP, SEQUEL
from tests.page_world import HOSTILE_GAME

pytestmark = pytest.mark.integration

GAMES = [LANTERN_KEEP, SEQUEL, HOSTILE_GAME]


@pytest.fixture
def exports(reading_url: str) -> Iterator[ExportService]:
    database = Database(reading_url, pool_size=2)
    yield ExportService(database)
    database.close()


def read(data: bytes, format: ExportFormat) -> list[dict]:
    match format:
        case ExportFormat.CSV:
            return list(csv.DictReader(io.StringIO(data.decode(), newline="")))
        case ExportFormat.JSONL:
            return [json.loads(line) for line in data.splitlines()]
        case ExportFormat.PARQUET:
            return pq.read_table(io.BytesIO(data)).to_pylist()


def as_text(value: object) -> str:
    """A value as a cell of CSV tells it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return str(value)


@pytest.mark.parametrize("dataset", list(Dataset))
def test_the_three_formats_hold_the_same_rows(client: TestClient, dataset: Dataset) -> None:
    tables = {}
    for format in ExportFormat:
        answer = client.get(f"/api/exports/{dataset}", params={"appid": GAMES, "format": format})
        assert answer.status_code == 200
        tables[format] = read(answer.content, format)
    rows = tables[ExportFormat.PARQUET]
    assert rows
    names = [column.name for column in COLUMNS[dataset]]
    assert all(list(row) == names for table in tables.values() for row in table)
    plain = [[as_text(value) for value in row.values()] for row in rows]
    assert [[as_text(value) for value in row.values()] for row in tables[ExportFormat.JSONL]] == plain
    cells = [list(row.values()) for row in tables[ExportFormat.CSV]]
    assert [[unguard(cell) for cell in row] for row in cells] == plain


def test_reviews_are_exported_as_they_are_stored(client: TestClient, reading_db: Database) -> None:
    answer = client.get("/api/exports/reviews", params={"appid": GAMES, "format": "parquet"})
    columns = ", ".join(column.name for column in COLUMNS[Dataset.REVIEWS])
    with reading_db.connection() as conn:
        stored = fetch_all(
            conn,
            f"select {columns} from reviews where appid = any(%(appids)s) order by appid, recommendationid",
            {"appids": GAMES},
        )
    assert read(answer.content, ExportFormat.PARQUET) == stored
    everything = client.get("/api/exports/reviews", params={"format": "jsonl"})
    assert len(everything.content.splitlines()) == len(stored) + 5


def test_a_spreadsheet_gets_texts_and_no_formulas(client: TestClient) -> None:
    starts = set("=+-@＝＋－＠\t\r\n")
    seen = 0
    for dataset in Dataset:
        answer = client.get(f"/api/exports/{dataset}", params={"appid": HOSTILE_GAME, "format": "csv"})
        for row in read(answer.content, ExportFormat.CSV):
            for column in COLUMNS[dataset]:
                cell = row[column.name]
                if column.kind == "text":
                    assert cell[:1] not in starts
                    seen += cell.startswith("'")
    assert seen > 0


def test_signals_and_evidence_share_their_ids(client: TestClient) -> None:
    signals, evidence = (
        read(
            client.get(f"/api/exports/{dataset}", params={"appid": GAMES, "format": "jsonl"}).content,
            ExportFormat.JSONL,
        )
        for dataset in (Dataset.SIGNALS, Dataset.EVIDENCE)
    )
    assert len({row["signal_id"] for row in signals}) == len(signals)
    assert {row["signal_id"] for row in evidence} == {row["signal_id"] for row in signals}
    for signal in signals:
        reviews = {row["recommendationid"] for row in evidence if row["signal_id"] == signal["signal_id"]}
        assert len(reviews) == signal["mentions"]


def test_unknown_games_are_named_before_anything_is_sent(client: TestClient, exports: ExportService) -> None:
    answer = client.get("/api/exports/reviews", params={"appid": [LANTERN_KEEP, 570]})
    assert (answer.status_code, answer.json()["message"]) == (404, "Not stored here: 570.")
    with pytest.raises(NotFoundError):
        exports.stream(Dataset.REVIEWS, ExportFormat.CSV, appids=[570])
    assert b"".join(exports.stream(Dataset.REVIEWS, ExportFormat.CSV, appids=[LANTERN_KEEP]))


def test_more_exports_than_may_be_are_turned_away_and_one_that_is_left_makes_room(exports: ExportService) -> None:
    first, second = (exports.stream(Dataset.REVIEWS, ExportFormat.JSONL) for _ in range(2))
    assert list(islice(first, 1))
    with pytest.raises(BusyError):
        exports.stream(Dataset.REVIEWS, ExportFormat.JSONL)
    del first
    third = exports.stream(Dataset.REVIEWS, ExportFormat.JSONL)
    assert b"".join(third) == b"".join(second)


def test_a_report_is_one_file_in_every_form(client: TestClient) -> None:
    markdown = client.get(f"/api/games/{LANTERN_KEEP}/report.md")
    assert markdown.text.startswith("# Lantern Keep\n")
    assert markdown.headers["content-disposition"].startswith("attachment")
    html = client.get(f"/api/games/{LANTERN_KEEP}/report.html")
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src" not in html.headers["content-security-policy"]
    for part in ("<script", " src=", "@import", "url(http", "<link"):
        assert part not in html.text
    assert client.get("/api/games/570/report.html").status_code == 404
