"""Checks of the four assets, on whole tables, evaluated inside the step that fills them and by `check_data_job`.

A check with a step of its own would never be evaluated: the fused step yields no outputs and fails when a game does,
and Dagster skips steps behind it. A wrong report is held back by the service that would publish it (report_proofs.py).
"""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.assets.failures import to_failure
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.models.data_checks import CheckName, CheckOutcome
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.resources.postgres import PostgresResource

BLOCKING = frozenset({CheckName.GROUNDED, CheckName.SAID_ONCE, CheckName.COUNTED})
"""A run that finds these wrong fails, although its games are done: whoever reads reports has to know."""
WARNINGS = frozenset({CheckName.COMPLETE, CheckName.FRESH, CheckName.NO_ORPHANS})
CHECKED: Mapping[CheckName, tuple[Stage, str]] = {
    CheckName.COMPLETE: (Stage.REVIEWS, "At least 95 % of the reviews that Steam counts are stored, for each game."),
    CheckName.FRESH: (Stage.REVIEWS, "No tracked game is overdue by more than two days."),
    CheckName.WITHIN_BUDGET: (Stage.CHUNK_SUMMARIES, "What models cost today and this month is within the limits."),
    CheckName.NO_ORPHANS: (Stage.CHUNK_SUMMARIES, "Every bulk job of Bedrock is brought, watched and read."),
    CheckName.GROUNDED: (Stage.REPORTS, "Every quote of every current report is in the review that it names."),
    CheckName.SAID_ONCE: (Stage.REPORTS, "No current report says the same thing twice."),
    CheckName.COUNTED: (Stage.REPORTS, "Every count and share of every current report equals what it counts."),
}
CHECK_SPECS = [
    dg.AssetCheckSpec(name.value, asset=stage.value, description=description, blocking=name in BLOCKING)
    for name, (stage, description) in CHECKED.items()
]


def evaluate_checks(context: dg.AssetExecutionContext, postgres: PostgresResource) -> list[CheckOutcome]:
    """Evaluate the selected checks and record each; the blocking ones that failed.

    A run that did games too does not fail for checks that could not look. Raises dg.Failure for one of checks alone.
    """
    selected = {key.name for key in context.selected_asset_check_keys}
    names = [name for name in CHECKED if name.value in selected]
    try:
        outcomes = bootstrap_orchestration.build_data_checks(postgres.get_database()).check(names)
    except SteamPulseError as error:
        if not context.selected_asset_keys:
            raise to_failure(error) from error
        context.log.warning(f"The checks could not be evaluated: {error.message}")
        return []
    # By event: an AssetCheckResult asks a run that carries its games in its config for a partition key and fails.
    for outcome in outcomes:
        context.log_event(to_evaluation(outcome))
    return [outcome for outcome in outcomes if not outcome.passed and outcome.name in BLOCKING]


def to_evaluation(outcome: CheckOutcome) -> dg.AssetCheckEvaluation:
    """What Dagster shows of a check."""
    severity = dg.AssetCheckSeverity.WARN if outcome.name in WARNINGS else dg.AssetCheckSeverity.ERROR
    metadata: dict[str, dg.MetadataValue] = {
        "bad": dg.MetadataValue.int(outcome.bad),
        f"of all {outcome.population}": dg.MetadataValue.int(outcome.of),
        **{name: _to_value(value) for name, value in outcome.details.items()},
    }
    if outcome.offenders:
        metadata["offenders"] = dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in outcome.offenders])
    if not outcome.passed:
        metadata["what to do"] = dg.MetadataValue.text(outcome.advice)
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(CHECKED[outcome.name][0].value),
        check_name=outcome.name.value,
        passed=outcome.passed,
        metadata=metadata,
        severity=severity,
        description=describe_outcome(outcome),
        blocking=outcome.name in BLOCKING,
    )


def describe_outcome(outcome: CheckOutcome) -> str:
    """The finding in a sentence."""
    return f"{outcome.bad:,} of {outcome.of:,} {outcome.population} are not as they should be."


def describe_blocked(outcomes: Iterable[CheckOutcome]) -> str:
    """Why a run fails although its games are done."""
    told = [f"{outcome.name.value}: {describe_outcome(outcome)}" for outcome in outcomes]
    return f"Reports that people read are wrong. {' '.join(told)}"


def to_blocked_failure(outcomes: Sequence[CheckOutcome]) -> dg.Failure:
    """The failure of a run whose games are done and whose tables are wrong."""
    rows = [dg.TableRecord({"check": one.name.value, **row}) for one in outcomes for row in one.offenders]
    return dg.Failure(
        describe_blocked(outcomes), metadata={"offenders": dg.MetadataValue.table(rows)}, allow_retries=False
    )


def _to_value(value: str | int | float) -> dg.MetadataValue:
    match value:
        case str():
            return dg.MetadataValue.text(value)
        case int():
            return dg.MetadataValue.int(value)
        case _:
            return dg.MetadataValue.float(value)
