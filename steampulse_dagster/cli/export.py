"""`steampulse export`."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from steampulse_dagster import bootstrap, bootstrap_reading
from steampulse_dagster.cli.console import APPID, err
from steampulse_dagster.errors import ConfigError, ValidationError
from steampulse_dagster.models.exports import MEANINGS, Dataset, ExportFormat
from steampulse_dagster.models.reports import StoredReport

OUTPUT = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Else standard output."
)


@click.group("export")
def export_command() -> None:
    """Write reviews, signals, evidence and reports as files.

    Tables of a set of games as CSV, JSON lines or Parquet; one report as Markdown, HTML or JSON; the JSON Schema of a
    report; the data dictionary.
    """


def _build_table_command(dataset: Dataset) -> click.Command:
    @click.argument("appids", type=APPID, nargs=-1, metavar="APPID…")
    @click.option("--all", "everything", is_flag=True, help="Of all stored games.")
    @click.option("--format", type=click.Choice([one.value for one in ExportFormat]), default="csv", show_default=True)
    @OUTPUT
    def command(*, appids: tuple[int, ...], everything: bool, format: str, output: Path | None) -> None:
        if bool(appids) == everything:
            raise click.UsageError("Name games, or say --all.")
        if output is None and sys.stdout.isatty() and format == ExportFormat.PARQUET:
            raise ValidationError("Parquet is not for a terminal: name a file with --output.")
        exports = bootstrap_reading.build_export_service()
        _write(exports.stream(dataset, ExportFormat(format), appids=None if everything else appids), output)

    return click.command(dataset.value, help=MEANINGS[dataset])(command)


for _dataset in Dataset:
    export_command.add_command(_build_table_command(_dataset))


@export_command.command("report")
@click.argument("appid", type=APPID)
@click.option("--format", type=click.Choice(["markdown", "html", "json"]), default="markdown", show_default=True)
@OUTPUT
def _report_command(*, appid: int, format: str, output: Path | None) -> None:
    """The current report of one game."""
    stored = bootstrap.build_report_reader().require_current_report(appid)
    _write([_render(stored, format).encode()], output)


def _render(stored: StoredReport, format: str) -> str:
    match format:
        case "markdown":
            from steampulse_dagster.services.report_markdown import render_markdown

            return render_markdown(stored.report)
        case "json":
            from steampulse_dagster.services.reports import render_json

            return render_json(stored.report)
        case _:
            from steampulse_dagster.api.pages.report_html import render_report_html

            return render_report_html(stored, bootstrap_reading.build_game_reader().get_page(stored.appid))


@export_command.command("schema")
@OUTPUT
def _schema_command(*, output: Path | None) -> None:
    """The JSON Schema of a report."""
    from steampulse_dagster.services.data_dictionary import build_report_schema

    _write([f"{json.dumps(build_report_schema(), indent=2, ensure_ascii=False)}\n".encode()], output)


@export_command.command("dictionary")
@OUTPUT
def _dictionary_command(*, output: Path | None) -> None:
    """The data dictionary: what each column and field means."""
    from steampulse_dagster.services.data_dictionary import render_dictionary

    _write([render_dictionary().encode()], output)


def _write(pieces: Iterable[bytes], output: Path | None) -> None:
    """Write the whole or nothing: a file that was there before stays until the new one is complete."""
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    half = output.with_name(f".{output.name}.half")
    try:
        with half.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        half.replace(output)
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        half.unlink(missing_ok=True)
    err.print(f"Wrote {output} ({output.stat().st_size:,} bytes).", markup=False, soft_wrap=True)
