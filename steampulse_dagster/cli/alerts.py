"""`steampulse alerts`: what is wrong until a run mends it, and whether people heard of it."""

import asyncio
import json

import click
from rich.table import Table

from steampulse_dagster.bootstrap_orchestration import open_alerts
from steampulse_dagster.cli.console import out, plain, when
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.alerts import Alert
from steampulse_dagster.utils.clock import utc_now


@click.command("alerts")
@click.option("--all", "resolved", is_flag=True, help="Those that are over, too.")
@click.option("--test", is_flag=True, help="Send a message on every channel, to see whether it arrives.")
@click.option("--limit", type=click.IntRange(min=1, max=10_000), default=30, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")
def alerts_command(*, resolved: bool, test: bool, limit: int, as_json: bool) -> None:
    """What is wrong: one line for each cause that no run has mended.

    A message goes out for each by the webhook and the mail server that the settings name (STEAMPULSE_ALERT_…).
    """
    if test:
        out.print(f"Sent by {', '.join(asyncio.run(_send_test()))}.")
        return
    alerts, undelivered = asyncio.run(_read(limit=limit, resolved=resolved))
    if as_json:
        click.echo(json.dumps([alert.model_dump(mode="json") for alert in alerts], indent=2))
        return
    if not alerts:
        out.print("Nothing is wrong.")
    else:
        _show(alerts)
    if undelivered:
        out.print(f"{undelivered:,} messages are not delivered yet: they are tried again.")


async def _read(*, limit: int, resolved: bool) -> tuple[tuple[Alert, ...], int]:
    async with open_alerts() as alerts:
        found = await asyncio.to_thread(alerts.list_newest, limit=limit, resolved=resolved)
        return found, await asyncio.to_thread(alerts.count_undelivered)


async def _send_test() -> tuple[str, ...]:
    async with open_alerts() as alerts:
        channels = await alerts.send_test()
    if not channels:
        raise ConfigError(
            "No way to people is set: STEAMPULSE_ALERT_WEBHOOK_URL, or STEAMPULSE_SMTP_HOST and "
            "STEAMPULSE_ALERT_EMAIL_TO."
        )
    return channels


def _show(alerts: tuple[Alert, ...]) -> None:
    table, now = Table("alert", "cause", "games", "runs", "since", "state", "", box=None), utc_now()
    for alert in alerts:
        state = "over" if alert.resolved_at else "told" if alert.told_at else "not told"
        table.add_row(
            str(alert.alert_id), plain(alert.cause), f"{alert.games:,}", f"{alert.runs:,}",
            when(alert.opened_at, now=now), state, plain(alert.reason),
        )  # fmt: skip
    out.print(table)
