"""`steampulse request` and `steampulse requests`: ask for work on games, see what became of it."""

import json

import click
from rich.table import Table

from steampulse_dagster import bootstrap_orchestration as bootstrap
from steampulse_dagster.cli.console import APPID, out, plain, when
from steampulse_dagster.models.work_requests import NewWorkRequest, WorkKind, WorkSource
from steampulse_dagster.utils.clock import utc_now

AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
LIMIT = click.option("--limit", type=click.IntRange(min=1, max=10_000), default=30, show_default=True)


@click.command("request")
@click.argument("appids", nargs=-1, type=APPID, required=True)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in WorkKind]),
    default=WorkKind.REFRESH.value,
    show_default=True,
    help="crawl: store data and reviews; analysis: the report, from what is stored; refresh: both.",
)
@click.option("--queue", "by_queue", is_flag=True, help="Send to the SQS queue (STEAMPULSE_QUEUE_URL) instead.")
@AS_JSON
def request_command(appids: tuple[int, ...], *, kind: str, by_queue: bool, as_json: bool) -> None:
    """Ask for work on tracked games; the running daemon does it before the night's work.

    Asked twice while it waits, it is done once. `steampulse requests` shows what became of it.
    """
    wanted = list(dict.fromkeys(appids))
    if by_queue:
        from steampulse_dagster.services.request_queue import render_message

        sent = bootstrap.get_sqs_queue().send([render_message(WorkKind(kind), appid) for appid in wanted])
        click.echo(json.dumps({"sent": sent})) if as_json else out.print(f"{sent:,} requests were sent to the queue.")
        return
    submitted = bootstrap.build_work_requests().submit_all(
        NewWorkRequest(kind=WorkKind(kind), appid=appid, source=WorkSource.CLI) for appid in wanted
    )
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in submitted], indent=2))
        return
    for one in submitted:
        told = "requested" if one.is_new else "waits already"
        out.print(f"{one.request.appid}  {one.request.kind.value} {told} (request {one.request.request_id})")


@click.command("requests")
@click.argument("appid", type=APPID, required=False)
@click.option("--rejected", is_flag=True, help="Messages of the queue that are no requests, instead.")
@LIMIT
@AS_JSON
def requests_command(appid: int | None, *, rejected: bool, limit: int, as_json: bool) -> None:
    """The newest requests for work, of all games or of one: where each stands, and in which run."""
    if rejected:
        _show_rejected(limit=limit, as_json=as_json)
        return
    requests = bootstrap.build_request_runs().list_newest(limit=limit, appid=appid)
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in requests], indent=2))
        return
    if not requests:
        out.print("Nothing was requested yet: `steampulse request APPID`.")
        return
    table, now = Table("request", "kind", "appid", "by", "state", "run", "made", "", box=None), utc_now()
    for one in requests:
        words = (one.source.value, one.state.value, (one.run_id or "–")[:8], when(one.created_at, now=now))
        table.add_row(str(one.request_id), one.kind.value, str(one.appid), *words, plain(one.error or ""))
    out.print(table)


def _show_rejected(*, limit: int, as_json: bool) -> None:
    messages = bootstrap.build_rejected_messages().list_newest(limit=limit)
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in messages], indent=2))
        return
    if not messages:
        out.print("No message was set aside.")
        return
    table = Table("id", "came", "bytes", "reason", "begins with", box=None)
    for one in messages:
        begins = plain(one.body[:60].replace("\n", " "))
        table.add_row(
            str(one.reject_id), f"{one.rejected_at:%Y-%m-%d %H:%M}", f"{one.body_bytes:,}", plain(one.reason), begins
        )
    out.print(table)
