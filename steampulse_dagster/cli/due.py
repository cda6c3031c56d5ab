"""`steampulse due`, `failures` and `retry`: what is crawled next, what went wrong, and another try."""

import json
from collections.abc import Sequence

import click
from rich.table import Table

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import APPID, out, plain, when
from steampulse_dagster.errors import SteamErrorKind, advise
from steampulse_dagster.models.due import UNEXPECTED_ERROR, DueState, GameSchedule
from steampulse_dagster.utils.clock import utc_now

SHOWN_BY_DEFAULT = 50
KINDS = click.Choice([*(kind.value for kind in SteamErrorKind), UNEXPECTED_ERROR])


@click.command("due")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"N games. Default: {SHOWN_BY_DEFAULT}.")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs; all games unless --limit says so.")
def due_command(*, limit: int | None, as_json: bool) -> None:
    """Which games are crawled next, and when.

    Each game has an interval of its own, from its size, its rate of new reviews, its age and its changes on Steam.
    `steampulse run --due` crawls what is due now.
    """
    service = bootstrap.build_due_service()
    games = service.list_upcoming(limit if as_json else limit or SHOWN_BY_DEFAULT)
    if as_json:
        click.echo(_to_json(games))
        return
    counts = service.count_by_state()
    if not counts:
        out.print("No game is followed yet: `steampulse track APPID`, or `steampulse demo`.")
        return
    table = Table(box=None)
    table.add_column("appid")
    table.add_column("game", no_wrap=True, overflow="ellipsis", max_width=34)
    for name in ("state", "due", "every", "new a day", "reviews", "last crawl"):
        table.add_column(name, no_wrap=True)
    now = utc_now()
    for game in games:
        table.add_row(
            str(game.appid),
            plain(game.name),
            game.state.value,
            when(game.due_at, now=now) if game.due_at else "–",
            "–" if game.every is None else describe_length(game.every.total_seconds()),
            "–" if game.reviews_per_day is None else f"{game.reviews_per_day:,.1f}",
            f"{game.stored:,}",
            "never" if game.finished_at is None else when(game.finished_at, now=now),
        )
    if games:
        out.print(table)
    out.print(_describe_counts(counts, shown=len(games)), soft_wrap=True)


@click.command("failures")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
def failures_command(*, as_json: bool) -> None:
    """Games whose last crawl failed: what happened, how often, and when they are tried again.

    A dead game is not tried by itself any more; `steampulse retry` or a `steampulse run` that names it brings it back.
    """
    games = bootstrap.build_due_service().list_failures()
    if as_json:
        click.echo(_to_json(games))
        return
    if not games:
        out.print("No followed game has failed at its last crawl.")
        return
    now = utc_now()
    for game in games:
        dead = game.state is DueState.DEAD
        attempt = f"given up {when(game.dead_since, now=now)}" if game.dead_since else _describe_attempt(game)
        failed = "" if game.last_failed_at is None else f", last {when(game.last_failed_at, now=now)}"
        kind = (game.last_error_kind or "unknown").replace("_", " ")
        out.print(f"{game.appid}  ", plain(game.name), f"  {game.state.value}: {kind}", sep="", markup=False)
        reason = f" ({game.dead_reason})" if dead else ""
        out.print(f"  {game.failures} in a row{failed}; {attempt}{reason}", markup=False, soft_wrap=True)
        out.print("  ", plain(game.last_error or ""), sep="", soft_wrap=True)
        if advice := _advise(game):
            out.print(f"  {advice}", markup=False, soft_wrap=True)
    many = sum(game.state is DueState.DEAD for game in games)
    out.print(f"\n{len(games)} failed, {many} of them given up. `steampulse retry APPID` or `retry --all` resets them.")


@click.command("retry")
@click.argument("appids", nargs=-1, type=APPID)
@click.option("--all", "all_games", is_flag=True, help="Every game that failed.")
@click.option("--kind", type=KINDS, help="With --all: only games whose last failure was of this kind.")
def retry_command(appids: tuple[int, ...], *, all_games: bool, kind: str | None) -> None:
    """Make failed and dead games due again, with a clean count, and queue analyses that failed.

    The nightly backfill takes them at its next tick, and new_reviews_sensor those that only lack their analysis, where
    they are on. `steampulse run --due` crawls what is due now; `steampulse run APPID` does all of a game at once.
    `retry_failed_job` in the UI takes at once what Dagster shows as failed.
    """
    if bool(appids) == all_games or (kind and not all_games):
        raise click.UsageError("Say which games: `steampulse retry APPID…`, or `retry --all [--kind KIND]`.")
    reset = bootstrap.build_due_service().reset_failures(None if all_games else appids, kind=kind)
    if not reset.appids:
        out.print("No game has failed at its last crawl or analysis, so there is nothing to reset.")
    if reset.crawls:
        out.print(
            f"Due again: {_name(reset.crawls)}. The next tick of nightly_backfill_schedule takes what is due, or "
            "`steampulse run --due` at once.",
            soft_wrap=True,
        )
    if reset.analyses:
        out.print(
            f"To be analysed again: {_name(reset.analyses)}. The next tick of new_reviews_sensor takes them, or "
            "`steampulse run APPID` at once.",
            soft_wrap=True,
        )


def _name(appids: Sequence[int]) -> str:
    return ", ".join(map(str, appids[:20])) + (f" and {len(appids) - 20} more" if len(appids) > 20 else "")


def describe_length(seconds: float) -> str:
    """A length of time in its largest fitting unit: "6 h", "30 d"."""
    for length, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds / length:.3g} {name}"
    return f"{seconds:.0f} s"


def _describe_counts(counts: dict[DueState, int], *, shown: int) -> str:
    parts = ", ".join(f"{counts[state]:,} {state.value}" for state in DueState if state in counts)
    listed = sum(games for state, games in counts.items() if state is not DueState.DEAD)
    more = f" {listed - shown:,} more are not shown (--limit N)." if listed > shown else ""
    dead = " `steampulse failures` lists the dead." if counts.get(DueState.DEAD) else ""
    return f"{parts}.{more}{dead}"


def _describe_attempt(game: GameSchedule) -> str:
    if game.due_at is None or game.state is DueState.DUE:
        return "tried by the next `steampulse run --due`"
    return f"tried again {when(game.due_at, now=utc_now())}"


def _advise(game: GameSchedule) -> str | None:
    kinds = set(SteamErrorKind)
    return advise(SteamErrorKind(game.last_error_kind)) if game.last_error_kind in kinds else None


def _to_json(games: Sequence[GameSchedule]) -> str:
    return json.dumps([game.model_dump(mode="json") for game in games], indent=2)
