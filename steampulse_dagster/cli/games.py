"""`steampulse track`, `untrack`, `list`, `report` and `status`."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.markdown import Markdown
from rich.table import Table

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import APPID, out
from steampulse_dagster.errors import ConfigError, NotFoundError, ValidationError
from steampulse_dagster.models.catalog import TrackedGame, TrackReason
from steampulse_dagster.services.report_markdown import render_markdown


@click.command("track")
@click.argument("appids", nargs=-1, type=APPID)
@click.option("--min-reviews", type=click.IntRange(min=1), metavar="N", help="Every game with at least N reviews.")
@click.option(
    "--from", "file", type=click.Path(path_type=Path), metavar="FILE", help="A file of appids, one a line (# comments)."
)
def track_command(appids: tuple[int, ...], *, min_reviews: int | None, file: Path | None) -> None:
    """Follow games by appid, size or file.

    Each named appid is looked up on Steam first; if one cannot be followed, none is.
    """
    chosen = [bool(appids), min_reviews is not None, file is not None]
    if sum(chosen) != 1:
        raise click.UsageError("Say which games: appids, --min-reviews N, or --from FILE (one of them).")

    if min_reviews is not None:
        added = asyncio.run(track_games(min_reviews=min_reviews, reason=TrackReason.MIN_REVIEWS))
    elif file is not None:
        added = asyncio.run(track_games(_read_appids(file), reason=TrackReason.FILE))
    else:
        added = asyncio.run(track_games(list(appids), reason=TrackReason.MANUAL))
    for game in added:
        out.print(f"{game.appid}  {game.name}", markup=False)
    out.print(f"{len(added)} games are followed now that were not before." if added else "Nothing new to follow.")


async def track_games(
    appids: Sequence[int] = (), *, min_reviews: int | None = None, reason: TrackReason
) -> tuple[TrackedGame, ...]:
    """Follow `appids`, or every game of the (refreshed) catalogue with `min_reviews`; the newly followed ones."""
    async with bootstrap.open_steam() as steam:
        database = bootstrap.get_database()
        tracking = bootstrap.build_tracking_service(database, steam)
        if min_reviews is None:
            return await tracking.track(appids, reason=reason)
        await bootstrap.build_catalog_service(database, steam).refresh()
        return await tracking.track_min_reviews(min_reviews, reason=reason)


def _read_appids(file: Path) -> list[int]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The file {file} cannot be read: {error}") from None
    appids = []
    for number, line in enumerate(lines, start=1):
        text = line.split("#", 1)[0].strip()
        if text:
            try:
                appids.append(APPID.convert(text, None, None))
            except click.BadParameter as error:
                raise ValidationError(f"{file}, line {number}: {error.message} Nothing was tracked.") from None
    if not appids:
        raise ValidationError(f"{file} names no appid.")
    return appids


@click.command("untrack")
@click.argument("appids", nargs=-1, type=APPID, required=True)
def untrack_command(appids: tuple[int, ...]) -> None:
    """Stop following games. What is stored of them stays."""
    gone = bootstrap.build_tracked_games().remove(list(appids))
    unknown = sorted(set(appids) - set(gone))
    if gone:
        out.print(f"No longer followed: {', '.join(map(str, gone))}. What is stored of them stays.")
    if unknown:
        raise NotFoundError(f"Not followed, so nothing to stop: {', '.join(map(str, unknown))}.")


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
def list_command(*, as_json: bool) -> None:
    """The games that are followed."""
    tracked = bootstrap.build_tracked_games().list_all()
    if as_json:
        click.echo(json.dumps([game.model_dump(mode="json") for game in tracked], indent=2))
        return
    if not tracked:
        out.print("No game is followed yet: `steampulse track APPID`, or `steampulse demo`.")
        return
    table = Table("appid", "game", "why", "since", box=None)
    for game in tracked:
        table.add_row(str(game.appid), game.name, game.reason.value, f"{game.tracked_at:%Y-%m-%d}")
    out.print(table)


@click.command("report")
@click.argument("appid", type=APPID)
@click.option("--json", "style", flag_value="json", help="The whole report as JSON.")
@click.option("--markdown", "style", flag_value="markdown", help="The report as Markdown text.")
def report_command(appid: int, *, style: str | None) -> None:
    """The current report on one game."""
    stored = bootstrap.build_report_reader().require_current_report(appid)
    match style:
        case "json":
            click.echo(stored.model_dump_json(indent=2))
        case "markdown":
            click.echo(render_markdown(stored.report))
        case _:
            out.print(Markdown(render_markdown(stored.report)))


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="JSON: exact row counts keyed by table name.")
@click.option("--games", "per_game", is_flag=True, help="One line for each game.")
def status_command(*, as_json: bool, per_game: bool) -> None:
    """What is stored: rows of each table, or of each game."""
    service = bootstrap.build_status_service()
    counts = {count.table: count.rows for count in service.count_tables()}
    games = service.list_games() if per_game else ()
    if as_json:
        answer: dict[str, object] = dict(counts)
        if per_game:
            answer["games_status"] = [game.model_dump(mode="json") for game in games]
        click.echo(json.dumps(answer, indent=2))
        return
    if not per_game:
        table = Table("table", "rows", box=None)
        for name, rows in counts.items():
            table.add_row(name, f"{rows:,}")
        out.print(table)
        return
    table = Table(
        "appid", "game", "reviews", "reported", "complete", "chunks", "analysed", "reports", "last error", box=None
    )
    for game in games:
        complete = "–" if game.completeness is None else f"{game.completeness:.1%}"
        reported = "–" if game.reported is None else f"{game.reported:,}"
        table.add_row(
            str(game.appid), game.name, f"{game.reviews:,}", reported, complete, str(game.chunks), str(game.summaries),
            str(game.reports), game.last_error or "",
        )  # fmt: skip
    out.print(table)
