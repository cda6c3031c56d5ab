"""Writes tables as CSV, JSON lines or Parquet, batch by batch: memory holds one batch, however long the table. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from steampulse_dagster.models.exports import Column, ExportFormat
from steampulse_dagster.utils.csv_rows import guard

Row = Sequence[Any]

PARQUET_TYPES = {
    "id": "int64",
    "integer": "int64",
    "number": "float64",
    "truth": "bool",
    "text": "string",
}


def write_table(format: ExportFormat, columns: Sequence[Column], batches: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """The bytes of the file, some for each batch of rows, which have their values in the order of the columns."""
    match format:
        case ExportFormat.CSV:
            return _write_csv(columns, batches)
        case ExportFormat.JSONL:
            return _write_lines(columns, batches)
        case ExportFormat.PARQUET:
            return _write_parquet(columns, batches)


def _write_csv(columns: Sequence[Column], batches: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow([column.name for column in columns])
    for batch in batches:
        writer.writerows([_as_cell(value) for value in row] for row in batch)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    if text := buffer.getvalue():
        yield text.encode()


def _as_cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return _as_time(value)
        case str():
            return guard(value)
        case _:
            return value


def _write_lines(columns: Sequence[Column], batches: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    names = [column.name for column in columns]
    as_text = [column.kind == "id" for column in columns]
    encoder = msgspec.json.Encoder()
    for batch in batches:
        yield encoder.encode_lines(
            [
                {
                    name: str(value) if is_text else _as_time(value) if isinstance(value, datetime) else value
                    for name, value, is_text in zip(names, row, as_text, strict=True)
                }
                for row in batch
            ]
        )


def _as_time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class _Outlet(io.RawIOBase):
    """A file that is only ever written: what was written since the last look is taken away by each look."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._parts = b"".join(self._parts), []
        return taken


def _write_parquet(columns: Sequence[Column], batches: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """One row group a batch."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        pa.field(
            column.name,
            pa.timestamp("us", tz="UTC") if column.kind == "time" else PARQUET_TYPES[column.kind],
            nullable=column.is_optional,
            metadata={"description": column.meaning},
        )
        for column in columns
    )
    outlet = _Outlet()
    with pq.ParquetWriter(outlet, schema, compression="zstd") as writer:
        for batch in batches:
            values = zip(*batch, strict=True) if batch else [() for _ in columns]
            arrays = [pa.array(list(one), type=field.type) for one, field in zip(values, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            yield outlet.take()
    yield outlet.take()
