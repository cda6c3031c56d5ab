"""`steampulse plan`."""

from decimal import Decimal

import click
from rich.console import RenderableType
from rich.table import Table

from steampulse_dagster import bootstrap, bootstrap_models
from steampulse_dagster.cli.console import APPID, doing, err, out, plain
from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.costs import CostPlan, GamePlan, PlanLine, RunPlan
from steampulse_dagster.models.llm import Delivery

MODES = {"real-time": Delivery.REAL_TIME, "batch": Delivery.BATCH}
SHOWN_GAMES = 30


@click.command("plan")
@click.argument("appids", nargs=-1, type=APPID)
@click.option("--all", "all_games", is_flag=True, help="Every tracked game that was crawled.")
@click.option("--tonight", is_flag=True, help="What the nightly backfill would do: games, requests, dollars, hours.")
@click.option("--mode", type=click.Choice(list(MODES)), default="real-time", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="JSON, for other programs; amounts as text, exact.")
def plan_command(appids: tuple[int, ...], *, all_games: bool, tonight: bool, mode: str, as_json: bool) -> None:
    """What analysing games would cost, or what tonight would do, before it is done.

    By what is stored of the games now: nothing is fetched, asked or stored. A question whose answer is stored already
    costs nothing. Lengths of answers, and of questions that hang on them, are estimated by what like calls used.
    """
    if sum([bool(appids), all_games, tonight]) != 1:
        raise click.UsageError("Name the games to plan for, such as `steampulse plan 570`, or say --all or --tonight.")
    if tonight:
        from steampulse_dagster.cli.tonight import show_tonight

        show_tonight(as_json=as_json)
        return
    service = bootstrap_models.build_cost_plan_service(bootstrap.get_database())
    if service is None:
        raise ValidationError(
            "The local analyst is set (STEAMPULSE_ANALYST): it asks no model and costs nothing, so there is no plan."
        )
    chosen = [game.appid for game in bootstrap.build_tracked_games().list_all()] if all_games else list(appids)
    with doing("Planning …"):
        plan = service.plan(chosen, delivery=MODES[mode], skip_unknown=all_games)
    if as_json:
        click.echo(plan.model_dump_json(indent=2))
        return
    _show(plan)


def _show(plan: RunPlan) -> None:
    if not plan.games:
        raise NotFoundError("No tracked game was crawled yet: `steampulse run --all --stages games --stages reviews`.")
    games = Table("appid", "game", "chunks", "to read", "reviews", "report", "about", box=None)
    for game in plan.games[:SHOWN_GAMES]:
        games.add_row(*_game_cells(game))
    out.print(games)
    if len(plan.games) > SHOWN_GAMES:
        out.print(f"… and {len(plan.games) - SHOWN_GAMES:,} more games")
    out.print()
    lines = Table("model", "for", "delivery", "calls", "stored", "tokens in", "out", "about", "at most", box=None)
    for line in plan.lines:
        lines.add_row(*_line_cells(line))
    lines.add_row("sum", "", "", *_cost_cells(plan.cost))
    out.print(lines)
    out.print()
    limits = Table("limit per", "dollars", "left", "setting", box=None)
    for budget in plan.budgets:
        left = "–" if budget.left_usd is None else _dollars(budget.left_usd)
        limits.add_row(budget.name, _dollars(budget.limit_usd), left, budget.setting)
    out.print(limits)
    if plan.refusal:
        err.print(f"\nA run would be refused. {plan.refusal}", markup=False, soft_wrap=True)


def _game_cells(game: GamePlan) -> tuple[RenderableType, ...]:
    if game.note:
        return str(game.appid), plain(game.note), "", "", "", "", _dollars(Decimal(0))
    report = "new" if game.report else "is up to date"
    counts = f"{game.chunks:,}", f"{game.unread:,}", f"{game.reviews:,}"
    return str(game.appid), plain(game.name), *counts, report, _dollars(game.cost.expected_usd)


def _line_cells(line: PlanLine) -> tuple[str, ...]:
    delivery = line.delivery.value.replace("_", " ")
    return line.model, line.purpose.value.replace("_", " "), delivery, *_cost_cells(line.cost)


def _cost_cells(cost: CostPlan) -> tuple[str, ...]:
    used = cost.expected
    prompt = used.input_tokens + used.cache_read_tokens + used.cache_write_tokens
    amounts = _dollars(cost.expected_usd), _dollars(cost.ceiling_usd)
    return f"{cost.calls:,}", f"{cost.stored:,}", f"{prompt:,}", f"{used.output_tokens:,}", *amounts


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.4f}"
