"""`steampulse costs`."""

from datetime import datetime
from decimal import Decimal

import click
from rich.table import Table

from steampulse_dagster import bootstrap_models
from steampulse_dagster.cli.console import out
from steampulse_dagster.models.costs import BudgetLine, CostGroup, CostLine

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("costs")
@click.option("--by", type=click.Choice([group.value for group in CostGroup]), default="day", show_default=True)
@click.option("--since", type=DAY, metavar="DAY", help="First day (UTC), such as 2026-11-01.")
@click.option("--until", type=DAY, metavar="DAY", help="Last day (UTC).")
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs; amounts as text, exact.")
def costs_command(*, by: str, since: datetime | None, until: datetime | None, as_json: bool) -> None:
    """What calls of language models cost, and what the limits leave.

    "reserved" is set aside for calls under way. "unknown" is what calls were reserved for whose answer was never seen
    (a time-out, a killed process): they may have been billed, so they count as spent.
    """
    report = bootstrap_models.build_ledger().report_costs(
        CostGroup(by), since=since.date() if since else None, until=until.date() if until else None
    )
    if as_json:
        click.echo(report.model_dump_json(indent=2))
        return
    if not report.lines:
        out.print("No model was paid for in this time.")
    else:
        table = Table(by, "calls", "tokens in", "out", "cached", "spent", "reserved", "unknown", "sum", box=None)
        for line in (*report.lines, report.total):
            table.add_row(*_cells(line))
        out.print(table)
    out.print()
    limits = Table("limit per", "dollars", "used", "left", "setting", box=None)
    for budget in report.budgets:
        limits.add_row(*_budget_cells(budget))
    out.print(limits)


def _cells(line: CostLine) -> tuple[str, ...]:
    tokens = line.input_tokens, line.output_tokens, line.cache_read_tokens + line.cache_write_tokens
    amounts = line.spent_usd, line.reserved_usd, line.unknown_usd, line.counted_usd
    return line.key or "–", f"{line.calls:,}", *(f"{count:,}" for count in tokens), *map(_dollars, amounts)


def _budget_cells(budget: BudgetLine) -> tuple[str, ...]:
    return budget.name, _dollars(budget.limit_usd), _dollars(budget.used_usd), _dollars(budget.left_usd), budget.setting


def _dollars(amount: Decimal | None) -> str:
    return "–" if amount is None else f"${amount:,.4f}"
