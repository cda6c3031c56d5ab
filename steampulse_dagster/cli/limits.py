"""`steampulse limits`."""

import click
from rich.table import Table

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import out
from steampulse_dagster.models.limits import HostUse


@click.command("limits")
@click.option("--reset", "host", metavar="HOST", help="Close the circuit of a host and end its pause, by hand.")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
def limits_command(*, host: str | None, as_json: bool) -> None:
    """What Steam may be asked: rate, open requests, pauses and refusals of each host.

    All processes on one database share one budget. A host that answered 403 is left alone for hours, as asking on turns
    a refusal into a ban of the whole address; --reset HOST ends that when you know that it is over.
    """
    service = bootstrap.build_host_budget_service()
    if host is not None:
        service.reset(host)
        out.print(f"{host} may be asked again.", markup=False)
        return
    uses = service.list_uses()
    if as_json:
        click.echo("[" + ", ".join(use.model_dump_json() for use in uses) + "]")
        return
    if not uses:
        out.print("No host was asked yet.")
        return
    table = Table("host", "requests/s", "open at once", "taken", "processes", "pause until", "circuit", box=None)
    for use in uses:
        table.add_row(*_cells(use))
    out.print(table)
    for use in uses:
        if use.stops is not None:
            out.print(use.stops, markup=False, soft_wrap=True)


def _cells(use: HostUse) -> tuple[str, ...]:
    rate = "unlimited" if use.requests_per_second is None else f"{use.requests_per_second:g}"
    pause = "–" if use.held_until is None else f"{use.held_until:%Y-%m-%d %H:%M:%S} UTC"
    circuit = use.circuit if use.blocked_until is None else f"open until {use.blocked_until:%Y-%m-%d %H:%M} UTC"
    places = "–" if use.concurrency is None else str(use.concurrency)
    return use.host, rate, places, str(use.open_slots), str(use.processes), pause, circuit
