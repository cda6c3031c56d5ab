"""`steampulse track`, `untrack`, `list`, `report` and `status`."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.markdown import Markdown
from rich.table import Table

from steampulse_dagster import bootstrap, bootstrap_pipeline
from steampulse_dagster.cli.console import APPID, PLAIN_SECONDS, out, plain, when
from steampulse_dagster.errors import ConfigError, NotFoundError, ValidationError
from steampulse_dagster.models.catalog import TrackedGame, TrackReason
from steampulse_dagster.models.status import GameStatus
from steampulse_dagster.services.report_markdown import render_markdown
from steampulse_dagster.utils.clock import utc_now


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
    async with bootstrap_pipeline.open_steam() as steam:
        database = bootstrap.get_database()
        tracking = bootstrap_pipeline.build_tracking_service(database, steam)
        if min_reviews is None:
            return await tracking.track(appids, reason=reason)
        changes = await bootstrap_pipeline.build_catalog_service(database, steam).refresh()
        if not changes.skipped_fresh:
            out.print(
                f"Catalogue: {changes.stored:,} apps, {changes.new:,} new, {changes.renamed:,} renamed, "
                f"{changes.modified:,} modified."
            )
        return await tracking.track_min_reviews(min_reviews, reason=reason, on_progress=_build_teller())


def _build_teller() -> Callable[[int, int], None]:
    """Tells how far the asking for sizes is, every few seconds: a whole catalogue takes half an hour."""
    told_at = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal told_at
        if done == of or time.monotonic() - told_at >= PLAIN_SECONDS:
            told_at = time.monotonic()
            out.print(f"{done:,} of {of:,} apps asked for their number of reviews")

    return tell


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
@click.option("--json", "as_json", is_flag=True, help="JSON: row counts keyed by table name.")
@click.option("--games", "per_game", is_flag=True, help="One line for each game.")
@click.option("--exact", is_flag=True, help="Count tables of millions of rows too, which are estimated otherwise.")
def status_command(*, as_json: bool, per_game: bool, exact: bool) -> None:
    """What is stored: rows of each table, or of each game.

    \b
    With --games, the state of each followed game:
      due          the next `steampulse run --due` crawls it
      waiting      crawled well; its next moment is to come
      backing off  its last crawl failed; tried again by itself (`steampulse failures` says why)
      dead         given up until `steampulse retry`
    """
    service = bootstrap.build_status_service()
    counts = service.count_tables(exact=exact)
    games = service.list_games() if per_game else ()
    if as_json:
        answer: dict[str, object] = {count.table: count.rows for count in counts}
        if estimated := [count.table for count in counts if count.estimated]:
            answer["estimated"] = estimated
        if per_game:
            answer["games_status"] = [game.model_dump(mode="json") for game in games]
        click.echo(json.dumps(answer, indent=2))
        return
    if not per_game:
        table = Table("table", "rows", box=None)
        for count in counts:
            table.add_row(count.table, f"{'~' if count.estimated else ''}{count.rows:,}")
    else:
        table = _build_games_table(games)
    out.print(table)
    for stop in bootstrap.build_host_budget_service().list_stops():
        out.print(stop, markup=False, soft_wrap=True)


def _build_games_table(games: Sequence[GameStatus]) -> Table:
    table = Table(box=None)
    table.add_column("appid")
    table.add_column("game", no_wrap=True, overflow="ellipsis", max_width=28)
    for name in ("state", "next", "reviews", "complete", "analysed", "reports", "last failure"):
        table.add_column(name, no_wrap=True)
    now = utc_now()
    for game in games:
        table.add_row(
            str(game.appid),
            plain(game.name),
            "not followed" if game.state is None else game.state.value,
            "–" if game.next_due_at is None else when(game.next_due_at, now=now),
            f"{game.reviews:,}" + ("" if game.sample_rate >= 1 else f" ({game.sample_rate:.2g} sample)"),
            "–" if game.completeness is None else f"{game.completeness:.1%}",
            f"{game.summaries}/{game.chunks}",
            str(game.reports),
            (game.last_error_kind or ("failed" if game.last_error else "")).replace("_", " "),
        )
    return table
