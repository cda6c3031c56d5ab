"""`steampulse quarantine`: what Steam sent and could not be read; shown safely, replayed after a fix."""

import json

import click
from rich.table import Table

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import APPID, out, plain
from steampulse_dagster.models.quarantine import QuarantinedEntry, QuarantineSource

SHOWN_BY_DEFAULT = 50
ENTRY_ID = click.IntRange(min=1, max=2**63 - 1)


@click.group("quarantine")
def quarantine_command() -> None:
    """What Steam sent and could not be read, kept whole with the reason.

    \b
      steampulse quarantine list           what is kept
      steampulse quarantine show ID        one entry, whole
      steampulse quarantine replay --all   read it again with today's parsers, after an update of SteamPulse
    """


@quarantine_command.command("list")
@click.option("--appid", type=APPID, help="Only of this game.")
@click.option("--source", type=click.Choice([source.value for source in QuarantineSource]), help="Only of this kind.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help=f"N entries. Default: {SHOWN_BY_DEFAULT}.")
@click.option("--json", "as_json", is_flag=True, help="JSON with payloads; everything unless --limit says so.")
def list_command(*, appid: int | None, source: str | None, limit: int | None, as_json: bool) -> None:
    """What is kept, newest first."""
    service = bootstrap.build_quarantine_service()
    wanted = None if source is None else QuarantineSource(source)
    entries = service.list_entries(appid=appid, source=wanted, limit=limit if as_json else limit or SHOWN_BY_DEFAULT)
    if as_json:
        click.echo(json.dumps([entry.model_dump(mode="json") for entry in entries], indent=2))
        return
    if not entries:
        out.print("Nothing is in quarantine." if appid is None and source is None else "Nothing of that is kept.")
        return
    table = Table("id", "source", "appid", "last sent", "size", "reason", box=None)
    for entry in entries:
        table.add_row(
            str(entry.quarantine_id), entry.source.value, "–" if entry.appid is None else str(entry.appid),
            f"{entry.seen_at:%Y-%m-%d %H:%M}", f"{len(entry.payload):,}", plain(entry.reason),
        )  # fmt: skip
    out.print(table)


@quarantine_command.command("show")
@click.argument("entry_id", metavar="ID", type=ENTRY_ID)
@click.option("--json", "as_json", is_flag=True, help="JSON: the payload as a text, exactly as it is kept.")
def show_command(entry_id: int, *, as_json: bool) -> None:
    """One entry with its whole payload; characters that could control a terminal are spelled out."""
    entry = bootstrap.build_quarantine_service().require(entry_id)
    if as_json:
        click.echo(entry.model_dump_json(indent=2, ensure_ascii=True))
        return
    out.print(f"id         {entry.quarantine_id}")
    out.print(f"source     {entry.source.value}{'' if entry.appid is None else f' of {entry.appid}'}")
    out.print(f"kept       {entry.created_at:%Y-%m-%d %H:%M}, last sent {entry.seen_at:%Y-%m-%d %H:%M} UTC")
    out.print("reason     ", plain(entry.reason), sep="", soft_wrap=True)
    out.print()
    out.print(plain(_indent(entry)), soft_wrap=True)


@quarantine_command.command("replay")
@click.argument("entry_ids", nargs=-1, metavar="[ID]…", type=ENTRY_ID)
@click.option("--all", "all_entries", is_flag=True, help="Everything that is kept.")
@click.option("--appid", type=APPID, help="Everything of this game.")
def replay_command(entry_ids: tuple[int, ...], *, all_entries: bool, appid: int | None) -> None:
    """Read entries again with today's parsers and store what can be read now.

    What is stored leaves the quarantine; what still cannot be read stays, with today's reason. A review that was
    stored in a newer version meanwhile is left as it is. Killed midway, run it again.
    """
    if sum([bool(entry_ids), all_entries, appid is not None]) != 1:
        raise click.UsageError("Say which entries: ids, --appid APPID, or --all (one of them).")
    result = bootstrap.build_quarantine_service().replay(entry_ids or None, appid=appid)
    if not result.replayed:
        out.print("Nothing to replay.")
        return
    out.print(
        f"{result.replayed:,} replayed: {result.stored:,} stored, {result.outdated:,} known already as new or newer, "
        f"{result.still_unreadable:,} still cannot be read and stay.",
        soft_wrap=True,
    )


def _indent(entry: QuarantinedEntry) -> str:
    try:
        return json.dumps(json.loads(entry.payload), indent=2)
    except (ValueError, RecursionError):
        return entry.payload
