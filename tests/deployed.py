"""What the deployment of tests loads: the product's definitions, and its three schedules once a minute, too."""

import dagster as dg

from steampulse_dagster import definitions
from steampulse_dagster.schedules import daily_catalog_schedule, nightly_backfill_schedule, weekly_bulk_schedule


def repeat_each_minute(schedule: dg.ScheduleDefinition, name: str) -> dg.ScheduleDefinition:
    """The same tick under another name, each minute."""

    @dg.schedule(job_name=schedule.job_name, cron_schedule="* * * * *", name=name)
    def each_minute(context: dg.ScheduleEvaluationContext):
        return schedule(context)

    return each_minute


defs = dg.Definitions.merge(
    definitions.defs,
    dg.Definitions(
        schedules=[
            repeat_each_minute(nightly_backfill_schedule, "each_minute_schedule"),
            repeat_each_minute(daily_catalog_schedule, "catalog_each_minute_schedule"),
            repeat_each_minute(weekly_bulk_schedule, "bulk_each_minute_schedule"),
        ]
    ),
)
