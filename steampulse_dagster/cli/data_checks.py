"""`steampulse check`: the checks on what is stored, as runs of the lineage evaluate them."""

import json

import click

from steampulse_dagster import bootstrap, bootstrap_orchestration
from steampulse_dagster.assets.checks import BLOCKING, WARNINGS, describe_outcome
from steampulse_dagster.cli.console import err, out, plain
from steampulse_dagster.models.data_checks import CheckOutcome

SHOWN_OFFENDERS = 5


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="JSON with all that was found, for other programs.")
def check_command(*, as_json: bool) -> None:
    """Check what is stored: quotes, counts, completeness, freshness, spending, bulk jobs.

    Exits with 1 if something is wrong that is more than a warning.
    """
    outcomes = bootstrap_orchestration.build_data_checks(bootstrap.get_database()).check()
    if as_json:
        click.echo(json.dumps([outcome.model_dump(mode="json") for outcome in outcomes], indent=2))
    else:
        for outcome in outcomes:
            _show(outcome)
    if any(not outcome.passed and outcome.name not in WARNINGS for outcome in outcomes):
        raise SystemExit(1)


def _show(outcome: CheckOutcome) -> None:
    mark = "ok  " if outcome.passed else "warn" if outcome.name in WARNINGS else "FAIL"
    blocking = " (blocks)" if outcome.name in BLOCKING and not outcome.passed else ""
    printer = out if outcome.passed else err
    line = f"{mark} {outcome.name.value:<30} {describe_outcome(outcome)}{blocking}"
    printer.print(line, markup=False, soft_wrap=True)
    if outcome.passed:
        return
    for row in outcome.offenders[:SHOWN_OFFENDERS]:
        printer.print(plain("     " + ", ".join(f"{name} {value}" for name, value in row.items())), soft_wrap=True)
    printer.print(f"     → {outcome.advice}", markup=False, soft_wrap=True)
