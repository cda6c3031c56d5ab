"""`steampulse plan --tonight`: what the nightly backfill would do if it began now."""

from dataclasses import dataclass
from datetime import datetime

import click
from rich.table import Table

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import doing, out, plain, when
from steampulse_dagster.models.nights import NightPlan, Work
from steampulse_dagster.utils.clock import utc_now

SHOWN_GAMES = 30


@dataclass(frozen=True)
class Schedule:
    """The schedule that would do it."""

    name: str
    running: bool
    next_at: datetime


def show_tonight(*, as_json: bool) -> None:
    """Plan as the schedule does, with what runs have already taken off, and print it."""
    with doing("Planning …"):
        plan, schedule = _plan()
    if as_json:
        click.echo(plan.model_dump_json(indent=2))
        return
    if plan.games:
        out.print(_build_games_table(plan))
        if len(plan.games) > SHOWN_GAMES:
            out.print(f"… and {len(plan.games) - SHOWN_GAMES:,} more games (--json lists all)")
        out.print()
        out.print(_build_sums_table(plan))
    for line in describe_rest(plan):
        out.print(line, soft_wrap=True)
    out.print(_describe_schedule(schedule), soft_wrap=True)


def _plan() -> tuple[NightPlan, Schedule]:
    import dagster as dg

    from steampulse_dagster.automation import get_next_night
    from steampulse_dagster.bootstrap_orchestration import build_night_service
    from steampulse_dagster.embedded.environment import export_dagster_environment
    from steampulse_dagster.run_queue import is_schedule_on, read_under_way
    from steampulse_dagster.schedules import nightly_backfill_schedule

    export_dagster_environment(bootstrap.get_environment(simulators=False))
    with dg.DagsterInstance.get() as instance:
        plan = build_night_service().plan_night(under_way=read_under_way(instance).appids)
        running = is_schedule_on(instance, nightly_backfill_schedule)
    return plan, Schedule(name=nightly_backfill_schedule.name, running=running, next_at=get_next_night(utc_now()))


def _build_games_table(plan: NightPlan) -> Table:
    table = Table(box=None)
    table.add_column("appid")
    table.add_column("game", no_wrap=True, overflow="ellipsis", max_width=34)
    for name in ("what", "why", "worth", "requests", "about"):
        table.add_column(name, no_wrap=True)
    for game in plan.games[:SHOWN_GAMES]:
        requests = f"{game.api_requests + game.store_requests:,.0f}"
        row = (game.work.value, game.why, f"{game.value:,.1f}", requests, f"${game.usd:,.2f}")
        table.add_row(str(game.appid), plain(game.name), *row)
    return table


def _build_sums_table(plan: NightPlan) -> Table:
    budget = plan.budget
    table = Table("tonight", "planned", "of at most", box=None)
    for work in Work:
        if count := plan.count(work):
            table.add_row(f"games to {work.value}", f"{count:,}", "")
    table.add_row("games", f"{len(plan.games):,}", f"{budget.games:,} (STEAMPULSE_NIGHT_GAMES)")
    table.add_row("runs", f"{len(plan.runs):,}", f"{budget.games_per_run:,} games each (STEAMPULSE_GAMES_PER_RUN)")
    table.add_row("requests, Steam's API", f"{plan.api_requests:,.0f}", _or_unlimited(budget.api_requests))
    table.add_row("requests, store", f"{plan.store_requests:,.0f}", _or_unlimited(budget.store_requests))
    table.add_row("hours", f"{plan.hours:.1f}", f"{budget.hours:g} (STEAMPULSE_NIGHT_HOURS)")
    left = "nothing to pay: the local analyst" if budget.usd is None else f"${budget.usd:,.2f} that the limits leave"
    table.add_row("dollars", f"${plan.usd:,.2f}", left)
    return table


def describe_rest(plan: NightPlan) -> list[str]:
    """What is left and why, in sentences."""
    if not plan.candidates:
        return ["Nothing to do: no followed game is due, and no analysis is behind."]
    told = [f"{count:,} games are left: {reason.value}." for reason, count in plan.left.items()]
    if plan.unpaid:
        told.append(f"{plan.unpaid:,} games are crawled only: analysing them does not fit into the dollars.")
    return told


def _describe_schedule(schedule: Schedule) -> str:
    if schedule.running:
        moment = f"{schedule.next_at:%Y-%m-%d %H:%M} UTC"
        return f"{schedule.name} is on: it plans anew {when(schedule.next_at, now=utc_now())}, at {moment}."
    return (
        f"{schedule.name} is off: turn it on in the UI (Automation), or set STEAMPULSE_AUTOMATION=on. "
        "`steampulse run --due` crawls what is due now."
    )


def _or_unlimited(requests: float | None) -> str:
    return "no limit" if requests is None else f"{requests:,.0f}"
