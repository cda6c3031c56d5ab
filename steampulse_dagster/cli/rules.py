"""`steampulse rules`: games that are followed by themselves."""

import asyncio
import json
from collections.abc import Sequence

import click
from rich.table import Table

from steampulse_dagster import bootstrap, bootstrap_pipeline
from steampulse_dagster.bootstrap_orchestration import build_tracking_rules
from steampulse_dagster.cli.console import doing, out, plain, when
from steampulse_dagster.models.tracking_rules import RuleConditions, RuleOutcome
from steampulse_dagster.services.tracking_rules import explain_outcome
from steampulse_dagster.utils.clock import utc_now

SHOWN_GAMES = 20
AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON, for other programs.")


@click.group("rules")
def rules_command() -> None:
    """Follow games by rules, applied whenever the catalogue changes.

    A game that meets all conditions of a rule is followed, the ones with the most reviews first. Rules only ever add,
    each up to its own cap, and never a game that was untracked by hand.
    """


@rules_command.command("add")
@click.option("--min-reviews", type=click.IntRange(min=1), metavar="N", help="At least N reviews.")
@click.option("--tag", metavar="NAME", help="A user tag, such as Roguelike.")
@click.option("--genre", metavar="NAME", help="A genre. Of apps that were never crawled, a tag of that name counts.")
@click.option("--developer", metavar="NAME", help="Who made it, as the store spells it.")
@click.option("--up-to", type=click.IntRange(min=1), required=True, metavar="N", help="Most games it ever adds.")
def add_command(
    *, min_reviews: int | None, tag: str | None, genre: str | None, developer: str | None, up_to: int
) -> None:
    """A new rule. Says what it would choose by what is stored; follows nothing yet."""
    conditions = RuleConditions(min_reviews=min_reviews, tag=tag, genre=genre, developer=developer)
    rules = build_tracking_rules()
    rule = rules.add(conditions, up_to=up_to)
    for outcome in rules.preview():
        if outcome.rule.rule_id == rule.rule_id:
            _tell(outcome)
    out.print(
        "Nothing is followed yet: `steampulse rules apply` does it now, tracking_rules_sensor within a minute if it is "
        "on.",
        soft_wrap=True,
    )


@rules_command.command("list")
@AS_JSON
def list_command(*, as_json: bool) -> None:
    """The rules, and how many games each has added."""
    rules = build_tracking_rules().list_all()
    if as_json:
        click.echo(json.dumps([rule.model_dump(mode="json") for rule in rules], indent=2))
        return
    if not rules:
        out.print("There is no rule: `steampulse rules add --tag Roguelike --min-reviews 500 --up-to 100`.")
        return
    table, now = Table("rule", "conditions", "added", "up to", "applied to the catalogue of", box=None), utc_now()
    for rule in rules:
        applied = "never" if rule.applied_at is None else when(rule.applied_at, now=now)
        table.add_row(str(rule.rule_id), plain(rule.describe()), f"{rule.added:,}", f"{rule.up_to:,}", applied)
    out.print(table)


@rules_command.command("remove")
@click.argument("rule_ids", nargs=-1, type=click.IntRange(min=1), required=True, metavar="RULE…")
def remove_command(rule_ids: tuple[int, ...]) -> None:
    """Forget rules, by the numbers that `list` shows. Games that they added stay followed."""
    gone = build_tracking_rules().remove(list(rule_ids))
    out.print(f"Removed: {', '.join(map(str, gone))}. The games that they added stay followed.")


@rules_command.command("apply")
@click.option("--dry-run", is_flag=True, help="Only say what would be followed, by what is stored; ask Steam nothing.")
@AS_JSON
def apply_command(*, dry_run: bool, as_json: bool) -> None:
    """Follow what the rules choose now.

    Apps of the catalogue that are new, modified or were asked for over a week ago are asked for their tags, size and
    developers first.
    """
    rules = build_tracking_rules()
    if rules.list_all() and not dry_run:
        with doing("Asking Steam for apps that are new, modified or stale …"):
            asyncio.run(_refresh_items())
    outcomes = rules.preview() if dry_run else rules.apply()
    if as_json:
        click.echo(json.dumps([outcome.model_dump(mode="json") for outcome in outcomes], indent=2))
        return
    if not outcomes:
        out.print("There is no rule to apply: `steampulse rules add`.")
    for outcome in outcomes:
        _tell(outcome)
    if dry_run and outcomes:
        out.print("Nothing was changed (--dry-run). A game that several rules choose is counted to each here.")


async def _refresh_items() -> None:
    async with bootstrap_pipeline.open_steam() as steam:
        await bootstrap_pipeline.build_tracking_service(bootstrap.get_database(), steam).refresh_items()


def _tell(outcome: RuleOutcome) -> None:
    out.print(plain(explain_outcome(outcome)), soft_wrap=True)
    if not outcome.matches:
        out.print("  Nothing that is stored matches: are the names spelt as the store spells them?")
    _tell_games([f"{game.appid}  {game.name}  ({game.reviews:,} reviews)" for game in outcome.chosen])


def _tell_games(lines: Sequence[str]) -> None:
    for line in lines[:SHOWN_GAMES]:
        out.print("  ", plain(line), sep="")
    if len(lines) > SHOWN_GAMES:
        out.print(f"  … and {len(lines) - SHOWN_GAMES:,} more")
