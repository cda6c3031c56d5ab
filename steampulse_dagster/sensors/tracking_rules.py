"""Requests that tracking rules are applied after each walk of the catalogue, and new rules at once; reads
`tracking_rules`, `catalog_crawls`."""

from datetime import UTC, datetime

import dagster as dg

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.jobs import apply_tracking_rules_job
from steampulse_dagster.key_sets import KIND_TAG, PRIORITY_TAG, REASON_TAG, Priority
from steampulse_dagster.run_queue import has_unfinished

INTERVAL_SECONDS = 60


@dg.sensor(
    job=apply_tracking_rules_job,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=default_sensor_status(asks_steam=True, costs=False),
    description="Applies tracking rules (`steampulse rules`) when the catalogue was walked, and a new rule at once.",
)
def tracking_rules_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick."""
    pending, walk = bootstrap_orchestration.build_tracking_rules().list_pending()
    if not pending:
        return dg.SkipReason("Every tracking rule was applied to the newest catalogue.")
    if has_unfinished(context.instance, apply_tracking_rules_job.name):
        return dg.SkipReason("A run that applies the rules waits or is at work.")
    ids = ", ".join(str(rule.rule_id) for rule in pending)
    # A run that failed, because Steam was away, is asked for again in the next hour.
    run_key = f"rules:{ids}:{walk}:{datetime.now(UTC):%Y-%m-%dT%H}"
    tags = {
        PRIORITY_TAG: str(int(Priority.NIGHTLY)),
        KIND_TAG: "rules",
        REASON_TAG: f"Rules {ids} were not applied to the newest catalogue",
    }
    request = dg.RunRequest(run_key=run_key, job_name=apply_tracking_rules_job.name, tags=tags)
    return dg.SensorResult(run_requests=[request])
