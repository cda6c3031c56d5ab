"""`steampulse demo` and `steampulse run`: games through the whole lineage, in this process, with progress."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click
from rich.table import Table

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import APPID, ProgressPrinter, doing, err, out, plain, when
from steampulse_dagster.cli.games import track_games
from steampulse_dagster.cli.recorded import open_recorded_world
from steampulse_dagster.config import get_settings
from steampulse_dagster.errors import ConfigError, ValidationError
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.models.reports import GameReport, ReportSection
from steampulse_dagster.services.progress import Progress
from steampulse_dagster.utils.clock import utc_now

DEMO_MIN_REVIEWS = 5
STAGE_CHOICE = click.Choice([stage.value for stage in Stage])


@click.command("demo")
def demo_command() -> None:
    """Run everything on a dozen invented games.

    Starts the embedded PostgreSQL and the simulated Steam, crawls the catalogue, the games and their reviews, analyses
    them with the local analyst and writes the reports. Run again, it finds nothing new and says so.
    """
    if get_settings().steam_api_url or get_settings().steam_store_url:
        raise ConfigError(
            "The demo works on simulated games only, but STEAMPULSE_STEAM_API_URL or STEAMPULSE_STEAM_STORE_URL is "
            "set. Unset it, or use `steampulse track` and `steampulse run` on the real Steam."
        )
    with doing("Starting the embedded PostgreSQL and the simulated Steam …"):
        database = bootstrap.get_database()
        bootstrap.get_environment(simulators=True)
    appids = track_seeded_games()
    run_and_show(appids, stages=list(Stage), force=False)
    folder = bootstrap.get_environment(simulators=False).object_store_url
    database.close()
    out.print(
        f"\nReports as files:   {folder}/reports/<appid>/latest.md (and .json)\n"
        "One report:         steampulse report APPID\n"
        "The Dagster UI:     steampulse dev\n"
        "What is stored:     steampulse status --games\n"
        '[dim](from a checkout: `make steampulse ARGS="report APPID"`, `make dev`)[/dim]',
        soft_wrap=True,
    )


@click.command("run")
@click.argument("appids", nargs=-1, type=APPID)
@click.option("--all", "all_games", is_flag=True, help="Every tracked game; with --recorded, every game of the folder.")
@click.option("--due", is_flag=True, help="What is due now (`steampulse due`), longest overdue first.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="With --due: at most N games.")
@click.option(
    "--recorded",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Use a folder of recorded Steam answers in place of Steam.",
)
@click.option(
    "--stages",
    "stage_names",
    multiple=True,
    type=STAGE_CHOICE,
    help="Only this stage (may be repeated). Default: all four.",
)
@click.option("--force", is_flag=True, help="Fetch from Steam although what is stored is still fresh.")
@click.option("--full", is_flag=True, help="Walk all reviews again, for votes and playtimes that changed since.")
def run_command(
    appids: tuple[int, ...],
    *,
    all_games: bool,
    due: bool,
    limit: int | None,
    recorded: Path | None,
    stage_names: tuple[str, ...],
    force: bool,
    full: bool,
) -> None:
    """Fetch, analyse and report on games.

    APPIDS, all tracked ones, or those that are due. The lineage runs through Dagster in this process and shows its
    progress. Games that are named but not tracked yet are tracked first. What is analysed or written already is not
    done again, and what was fetched within STEAMPULSE_FRESH_HOURS is not fetched again unless it is due. A game that
    is named runs whether it is due, backs off after a failure or was given up.
    """
    _check_choice(appids, all_games=all_games, due=due, limit=limit, recorded=recorded)
    stages = [stage for stage in Stage if not stage_names or stage.value in stage_names]
    with ExitStack() as stack:
        if recorded is not None:
            world_appids = stack.enter_context(open_recorded_world(recorded))
            chosen = _track(world_appids if all_games else list(appids), TrackReason.RECORDED)
        elif due:
            chosen = [game.appid for game in bootstrap.build_due_service().list_due(limit)]
            if not chosen and _list_tracked():
                _tell_next_due()
                return
        elif all_games:
            chosen = _list_tracked()
        else:
            chosen = _track(list(appids), TrackReason.MANUAL)
        if not chosen:
            raise ValidationError("No game is tracked yet: `steampulse track APPID` first, or `steampulse demo`.")
        run_and_show(chosen, stages=stages, force=force, full=full)


def _check_choice(
    appids: tuple[int, ...], *, all_games: bool, due: bool, limit: int | None, recorded: Path | None
) -> None:
    if sum([bool(appids), all_games, due]) != 1:
        raise click.UsageError("Name the games to run, such as `steampulse run 570`, or say --all or --due.")
    if limit is not None and not due:
        raise click.UsageError("--limit goes with --due.")
    if due and recorded is not None:
        raise click.UsageError("A recorded folder does not change, so nothing of it is due: name games, or say --all.")


def _tell_next_due() -> None:
    upcoming = bootstrap.build_due_service().list_upcoming(1)
    if not upcoming or upcoming[0].due_at is None:
        out.print("Nothing is due, and nothing will be: every game was given up (`steampulse failures`).")
        return
    moment = when(upcoming[0].due_at, now=utc_now())
    out.print(f"Nothing is due. Next {moment}: {upcoming[0].appid} ", plain(upcoming[0].name), sep="")


def run_and_show(appids: Sequence[int], *, stages: Sequence[Stage], force: bool, full: bool = False) -> None:
    """Run the lineage of `appids` with progress, print the table and whatever went wrong; exit 1 if anything did."""
    with doing("Loading Dagster …"):
        import dagster as dg

        from steampulse_dagster import runs
        from steampulse_dagster.embedded.environment import export_dagster_environment
        from steampulse_dagster.pools import ensure_pools

        environment = bootstrap.get_environment(simulators=False)
        export_dagster_environment(environment)
    locks = environment.data_dir / "run" / "dagster-runs"
    progress = Progress()
    with dg.DagsterInstance.get() as instance, runs.run_lock(locks) as lock:
        ensure_pools(instance)
        dead = runs.fail_dead_runs(instance, locks)
        if dead:
            out.print(f"{dead} earlier run(s) were killed midway; going on from what they stored.")
        with doing("Catalogue …"):
            catalog_failure = runs.run_catalog(instance, lock=lock)
        with ProgressPrinter(progress):
            failure = runs.run_games(
                instance,
                appids,
                tracked=_list_tracked(),
                stages=stages,
                force=force,
                full=full,
                progress=progress,
                lock=lock,
            )
    if catalog_failure:
        err.print(f"The catalogue was not refreshed: {catalog_failure}", markup=False, soft_wrap=True)
    table = build_table(appids)
    if Stage.REPORTS in stages and table.row_count:
        out.print(table)
    _tell_outcome(progress, failure)


def _tell_outcome(progress: Progress, failure: str | None) -> None:
    if progress.nothing_new and failure is None:
        out.print(
            f"Nothing new: what is stored of these {progress.games_total} games is fresh, so 0 pages were fetched, "
            "0 chunks analysed, 0 reports written. (--force fetches all the same.)",
            soft_wrap=True,
        )
    else:
        out.print(
            f"{progress.pages_fetched:,} pages fetched, {progress.reviews_stored:,} reviews stored, "
            f"{progress.chunks_analysed:,} chunks analysed, {progress.reports_written:,} reports written."
        )
    for nothing in progress.without_report:
        out.print(nothing.reason, markup=False, soft_wrap=True)
    for failed in progress.failures:
        advice = f" {failed.advice}" if failed.advice else ""
        told = f"{failed.appid} failed at {failed.stage.value}: {failed.reason}{advice}"
        err.print(told, markup=False, soft_wrap=True)
    if failure is not None:
        if not progress.failures:
            err.print(f"Error: {failure}", markup=False, soft_wrap=True)
        raise SystemExit(1)


def build_table(appids: Sequence[int]) -> Table:
    """The short table: a line for each game that has a report."""
    table = Table("appid", "game", "reviews", "sentiment", "hidden gem", "top friction", "top praise", box=None)
    reader = bootstrap.build_report_reader()
    for appid in appids:
        stored = reader.get_current_report(appid)
        if stored is not None:
            table.add_row(*_row(stored.report))
    return table


def _row(report: GameReport) -> tuple[str, ...]:
    sentiment = report.sentiment
    shown = sentiment.label if sentiment.score is None else f"{sentiment.label} {sentiment.score:.0%}"
    gem = "–" if report.hidden_gem.score is None else f"{report.hidden_gem.score:.2f}"
    return (
        str(report.appid),
        report.name,
        f"{report.sample.stored:,}",
        shown,
        gem,
        _top(report.gameplay_friction),
        _top(report.design_strengths),
    )


def _top(section: ReportSection) -> str:
    if not section.items:
        return "not enough evidence"
    first = section.items[0]
    return f"{first.label} ({first.mentions.count} of {first.mentions.of})"


def track_seeded_games() -> list[int]:
    """Track the seeded world's games unless something is tracked already; all tracked appids."""
    tracked = _list_tracked()
    if tracked:
        return tracked

    with doing("Looking for games to follow …"):
        asyncio.run(track_games(min_reviews=DEMO_MIN_REVIEWS, reason=TrackReason.DEMO))
    return _list_tracked()


def _track(appids: list[int], reason: TrackReason) -> list[int]:
    asyncio.run(track_games(appids, reason=reason))
    return appids


def _list_tracked() -> list[int]:
    return [game.appid for game in bootstrap.build_tracked_games().list_all()]
