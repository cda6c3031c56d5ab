"""What the deployment of tests loads: the product's definitions, and its nightly backfill once a minute, too."""

import dagster as dg

from steampulse_dagster import definitions
from steampulse_dagster.jobs import refresh_games_job
from steampulse_dagster.schedules import nightly_backfill_schedule


@dg.schedule(job=refresh_games_job, cron_schedule="* * * * *", name="each_minute_schedule")
def each_minute(context: dg.ScheduleEvaluationContext):
    """The tick of the night."""
    return nightly_backfill_schedule(context)


defs = dg.Definitions.merge(definitions.defs, dg.Definitions(schedules=[each_minute]))
