"""`steampulse library`: import a player's library, look at it, and mend what IGDB does not know."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence

import click
from rich.table import Table
from rich.text import Text

from steampulse_dagster import bootstrap, bootstrap_library, bootstrap_pipeline
from steampulse_dagster.cli.console import APPID, ProgressPrinter, doing, err, out, plain
from steampulse_dagster.models.library import ImportRun, LibraryGame, MatchStatus, PlayStatus
from steampulse_dagster.services.library_progress import LibraryProgress
from steampulse_dagster.utils.steam_ids import read_profile

SHOWN_BY_DEFAULT = 20
SHOWN_GENRES = 8
NOTHING_IMPORTED = "No library was imported yet: `steampulse library import PROFILE`."
IGDB_ID = click.IntRange(min=1, max=2**63 - 1)


@click.group("library")
def library_command() -> None:
    """A player's Steam library, enriched by IGDB.

    \b
      steampulse library import PROFILE     fetch, classify, look up in IGDB, store
      steampulse library show [PROFILE]     what is stored of it
      steampulse library misses             games that IGDB does not know
      steampulse library match APPID ID     say by hand which game of IGDB an app is

    PROFILE is a SteamID64, a profile address, or a custom profile name. In the invented world: brasscollector.
    """


@library_command.command("import")
@click.argument("profile")
@click.option("--track", "track_games", is_flag=True, help="Follow the games of the library afterwards.")
@click.option("--later", is_flag=True, help="Only ask for it: Dagster's daemon (`steampulse dev`) does it.")
@click.option("--json", "as_json", is_flag=True, help="The outcome as JSON, for other programs.")
def import_command(profile: str, *, track_games: bool, later: bool, as_json: bool) -> None:
    """Import the library of a profile.

    Through Dagster, in this process: library_raw, library_enriched, library_import, as one partition. Can be killed
    and repeated: what IGDB answered is remembered, apps that are no longer owned are marked and never deleted. Exit
    code 1 if the import failed, or if IGDB was out of order and games wait for it.
    """
    read_profile(profile)  # a profile that cannot be is refused before anything is started
    steam_id = asyncio.run(_fetch_steam_id(profile))
    if later:
        bootstrap_library.build_library_requests().submit(steam_id, track_games=track_games)
        out.print(f"The library of {steam_id} is wanted: Dagster's sensor starts its import within a minute.")
        return
    if as_json:
        failure = _run(steam_id, LibraryProgress(), track_games=track_games)
    else:
        out.print(f"The library of {steam_id}:")
        with doing("Loading Dagster …"):
            import steampulse_dagster.library_runs  # noqa: F401 - takes seconds, which should be told
        progress = LibraryProgress()
        with ProgressPrinter(progress):
            failure = _run(steam_id, progress, track_games=track_games)
    if failure is not None:
        err.print(f"Error: {failure}", markup=False, soft_wrap=True)
        raise SystemExit(1)
    games = bootstrap_library.build_library_service().require_games(steam_id)
    if as_json:
        _print_json(steam_id)
    else:
        _show(steam_id)
        _tell_rest(steam_id, games, track_games=track_games)
    if _count_pending(games):
        raise SystemExit(1)


async def _fetch_steam_id(profile: str) -> str:
    async with bootstrap_pipeline.open_steam() as steam:
        return await steam.library.fetch_steam_id(profile)


def _run(steam_id: str, progress: LibraryProgress, *, track_games: bool) -> str | None:
    import dagster as dg

    from steampulse_dagster import runs
    from steampulse_dagster.embedded.environment import export_dagster_environment
    from steampulse_dagster.library_runs import run_library

    environment = bootstrap.get_environment(simulators=False)
    export_dagster_environment(environment)
    locks = environment.data_dir / "run" / "dagster-runs"
    with dg.DagsterInstance.get() as instance, runs.run_lock(locks) as lock:
        runs.fail_dead_runs(instance, locks)
        return run_library(instance, steam_id, track_games=track_games, progress=progress, lock=lock)


def _tell_rest(steam_id: str, games: Sequence[LibraryGame], *, track_games: bool) -> None:
    if not games:
        out.print("The library is empty: there was nothing to import.")
    if pending := _count_pending(games):
        told = f"{pending:,} games wait for IGDB, which was out of order: run the same command again."
        err.print(told, soft_wrap=True)
    misses = sum(1 for game in games if game.match_status is MatchStatus.UNMATCHED and game.removed_at is None)
    if misses:
        out.print(f"{misses:,} games are not in IGDB: `steampulse library misses {steam_id}`.", soft_wrap=True)
    if track_games:
        out.print("Its games are followed: `steampulse list`.")


@library_command.command("show")
@click.argument("profile", required=False)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"N games. Default: {SHOWN_BY_DEFAULT}.")
@click.option("--json", "as_json", is_flag=True, help="JSON: the newest import, counts, and every game.")
def show_command(profile: str | None, *, limit: int | None, as_json: bool) -> None:
    """What is stored of a library, most played first; without PROFILE, which libraries there are."""
    if profile is None:
        _list_libraries(as_json=as_json)
        return
    steam_id = asyncio.run(_fetch_steam_id(profile))
    if as_json:
        _print_json(steam_id)
        return
    _show(steam_id)
    games = bootstrap_library.build_library_service().require_games(steam_id)
    table = Table("appid", "app", "what", "IGDB", "hours", "last played", "suggested", box=None)
    for game in games[: limit or SHOWN_BY_DEFAULT]:
        table.add_row(*_cells(game))
    if games:
        out.print(table)
    if len(games) > (limit or SHOWN_BY_DEFAULT):
        out.print(f"… and {len(games) - (limit or SHOWN_BY_DEFAULT):,} more (--limit, --json)")


def _list_libraries(*, as_json: bool) -> None:
    libraries = bootstrap_library.build_library_service().list_libraries()
    if as_json:
        click.echo(json.dumps([{"steam_id": steam_id, "apps": apps} for steam_id, apps in libraries], indent=2))
        return
    for steam_id, apps in libraries:
        out.print(f"{steam_id}  {apps:,} apps")
    if not libraries:
        out.print(NOTHING_IMPORTED)


def _show(steam_id: str) -> None:
    """The summary of a library."""
    service = bootstrap_library.build_library_service()
    games = service.require_games(steam_id)
    owned = [game for game in games if game.removed_at is None]
    latest = service.list_runs(steam_id, limit=1)
    for run in latest:
        out.print(_describe_run(run), soft_wrap=True)
    if not owned:
        return
    kinds = Counter(game.classification.value for game in owned)
    matches = Counter(game.match_status.value for game in owned)
    asked = matches[MatchStatus.MATCHED] + matches[MatchStatus.UNMATCHED]
    rate = f", {matches[MatchStatus.MATCHED] / asked:.0%} of {asked:,} games found" if asked else ""
    weak = sum(1 for game in owned if game.confidence == "weak")
    statuses = Counter(game.status.value for game in owned if game.classification.is_playable)
    table = Table(box=None, show_header=False)
    table.add_row("apps", _join(kinds))
    table.add_row("IGDB", _join(matches) + rate + (f" ({weak} by title only)" if weak else ""))
    table.add_row("suggested", _join({status.value: statuses[status.value] for status in PlayStatus}))
    table.add_row("genres", _join(dict(list(service.list_genres(steam_id).items())[:SHOWN_GENRES])) or "–")
    if len(games) > len(owned):
        table.add_row("no longer owned", f"{len(games) - len(owned):,} apps, marked")
    out.print(table)


def _describe_run(run: ImportRun) -> str:
    changes = {
        "new": run.new_count, "changed": run.updated_count, "unchanged": run.unchanged_count,
        "no longer owned": run.removed_count, "owned again": run.returned_count,
    }  # fmt: skip
    skipped = f", {run.skipped_count:,} skipped ({_join(run.reasons)})" if run.skipped_count else ""
    told = _join({name: count for name, count in changes.items() if count}) or "nothing in it"
    return f"{run.imported_count:,} apps imported {run.finished_at:%Y-%m-%d %H:%M} UTC: {told}{skipped}"


def _join(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)


def _count_pending(games: Sequence[LibraryGame]) -> int:
    return sum(1 for game in games if game.match_status is MatchStatus.PENDING and game.removed_at is None)


def _cells(game: LibraryGame) -> tuple[str | Text, ...]:
    match game.match_status:
        case MatchStatus.MATCHED:
            found = f"{game.igdb_id} ({game.confidence.value if game.confidence else '?'})"
        case MatchStatus.IGNORED:
            found = "–"
        case other:
            found = other.value.lower()
    played = "–" if game.last_played is None else f"{game.last_played:%Y-%m-%d}"
    status = game.status.value if game.classification.is_playable else "–"
    status = "no longer owned" if game.removed_at else status
    return (
        str(game.appid), plain(game.name or "?"), game.classification.value, found,
        f"{game.playtime_forever / 60:,.1f}", played, status,
    )  # fmt: skip


def _print_json(steam_id: str) -> None:
    service = bootstrap_library.build_library_service()
    games, runs = service.require_games(steam_id), service.list_runs(steam_id, limit=1)
    newest = runs[0].model_dump(mode="json") if runs else {}
    answer = {"steam_id": steam_id, **newest, "genres": service.list_genres(steam_id)}
    answer["pending_count"] = _count_pending(games)
    answer["games"] = [game.model_dump(mode="json") for game in games]
    click.echo(json.dumps(answer, indent=2))


@library_command.command("misses")
@click.argument("profile", required=False)
@click.option("--weak", is_flag=True, help="Also games that were matched by their title alone.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N. Default: 50; with --json: all.")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
def misses_command(profile: str | None, *, weak: bool, limit: int | None, as_json: bool) -> None:
    """Games that IGDB does not know, of all libraries or of PROFILE."""
    steam_id = None if profile is None else asyncio.run(_fetch_steam_id(profile))
    service = bootstrap_library.build_library_service()
    if steam_id is not None:
        service.require_games(steam_id)
    misses = service.list_misses(steam_id=steam_id, weak=weak, limit=limit if as_json else limit or 50)
    if as_json:
        click.echo(json.dumps([miss.model_dump(mode="json") for miss in misses], indent=2))
        return
    if not misses:
        known = service.list_libraries()
        out.print("IGDB knows every game that was imported." if known else NOTHING_IMPORTED)
        return
    table = Table("appid", "game", "state", "libraries", "asked", box=None)
    for miss in misses:
        state = f"weak: {miss.igdb_id}" if miss.igdb_id else miss.match_status.value.lower()
        asked = "not yet" if miss.checked_at is None else f"{miss.checked_at:%Y-%m-%d}"
        table.add_row(str(miss.appid), plain(miss.name or "?"), state, f"{miss.libraries:,}", asked)
    out.print(table)
    out.print("If you know better: `steampulse library match APPID IGDB_ID`, or --none for what is in no way there.")


@library_command.command("match")
@click.argument("appid", type=APPID)
@click.argument("igdb_id", type=IGDB_ID, required=False)
@click.option("--none", "refused", is_flag=True, help="None of IGDB's games is this app.")
@click.option("--forget", is_flag=True, help="Take back what was decided by hand.")
def match_command(appid: int, igdb_id: int | None, *, refused: bool, forget: bool) -> None:
    """Say by hand which of IGDB's games an app is.

    Holds at once in every library, and for all imports to come.
    """
    if sum([igdb_id is not None, refused, forget]) != 1:
        raise click.UsageError("Give the game's number in IGDB, or say --none or --forget (one of them).")
    asyncio.run(_match(appid, igdb_id, forget=forget))


async def _match(appid: int, igdb_id: int | None, *, forget: bool) -> None:
    async with bootstrap_library.open_igdb() as igdb:
        service = bootstrap_library.build_match_by_hand(igdb)
        if forget:
            service.forget(appid)
            out.print(f"{appid} is again what IGDB says it is.")
        elif igdb_id is None:
            service.refuse(appid)
            out.print(f"{appid} is none of IGDB's games.")
        else:
            game = await service.match(appid, igdb_id)
            out.print(f"{appid} is {igdb_id}: ", plain(game.name), sep="")
