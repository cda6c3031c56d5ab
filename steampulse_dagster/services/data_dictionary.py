"""Says what exports hold: the JSON Schema of a report, and the data dictionary, both from the code. Pure."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.exports import COLUMNS, MEANINGS, Column, Dataset
from steampulse_dagster.models.reports import GameReport
from steampulse_dagster.utils.attribute_docs import describe_schemas, list_models

_INTRODUCTION = """# Data dictionary

Made by `steampulse export dictionary`; a test compares. `steampulse export` and `/api/exports/…` write these tables.

- **Ids are stable**: a review is `appid` and `recommendationid` for ever; a signal keeps its `signal_id` from report to
  report of one analyst; a `report_id` never changes its content.
- **Times** are UTC: ISO 8601 with `Z` in CSV and JSON lines, `timestamp[us, UTC]` in Parquet.
- **Ids** of 64 bits are text in JSON lines (many readers of JSON lose digits), numbers in CSV and `int64` in Parquet.
- **CSV** is UTF-8, every cell quoted, nothing for what is missing. A text that a spreadsheet would take for a formula
  (and one that begins with an apostrophe) has an apostrophe before it; JSON lines and Parquet have texts as they are.
"""


@cache
def build_report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a report as it is written. Shared: not to be changed."""
    schema = GameReport.model_json_schema(mode="serialization")
    definitions = {**schema["$defs"], GameReport.__name__: schema}
    describe_schemas(definitions, list_models(Model))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "SteamPulse report"}


def render_dictionary() -> str:
    """The data dictionary as Markdown."""
    parts = [_INTRODUCTION, *(_render_table(dataset) for dataset in Dataset), *_render_report()]
    return "\n".join(parts)


def _render_table(dataset: Dataset) -> str:
    rows = [f"| `{column.name}` | {_tell_kind(column)} | {_cell(column.meaning)} |" for column in COLUMNS[dataset]]
    head = f"## `{dataset}`\n\n{MEANINGS[dataset]}\n\n| column | kind | meaning |\n| --- | --- | --- |"
    return "\n".join([head, *rows, ""])


def _tell_kind(column: Column) -> str:
    return f"{column.kind}, may be missing" if column.is_optional else column.kind


def _render_report() -> Iterator[str]:
    schema = build_report_schema()
    yield (
        "## A report as JSON\n\n[report.schema.json](report.schema.json) is its JSON Schema, which `steampulse export "
        "schema` and `/api/report-schema.json`\n"
        "give too.\n"
    )
    for name, definition in {"GameReport": schema, **schema["$defs"]}.items():
        if "properties" not in definition:
            continue
        yield f"### `{name}`\n"
        if "description" in definition:
            yield f"{_cell(definition['description'])}\n"
        yield "| field | kind | meaning |\n| --- | --- | --- |"
        for field, one in definition["properties"].items():
            yield f"| `{field}` | {_tell_type(one)} | {_cell(one.get('description', ''))} |"
        yield ""


def _tell_type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(_tell_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_tell_type(schema['items'])}"
    return {"string": "time" if schema.get("format") == "date-time" else "text", "null": "nothing"}.get(
        schema.get("type", ""), schema.get("type", "any")
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
