"""What happens by the clock, all of it in UTC: the catalogue daily, the backfill each night, bulk jobs once a week.

A tick asks a service what is due, and says what it chose and what it left; it does no work itself.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster_shared.check import CheckError

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.automation import build_night_cron, default_schedule_status
from steampulse_dagster.config import get_settings
from steampulse_dagster.jobs import refresh_catalog_job, refresh_games_job
from steampulse_dagster.key_sets import KIND_TAG, PRIORITY_TAG, REASON_TAG, Priority, build_run_request, digest_key_set
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.models.nights import NightPlan, NightRun, Work
from steampulse_dagster.partitions import ensure_partitions
from steampulse_dagster.run_queue import USD_TAG, read_under_way
from steampulse_dagster.services.night_words import explain_plan

ScheduleResult = list[dg.RunRequest] | dg.SkipReason
STAGES = {
    Work.FULL: tuple(Stage),
    Work.CRAWL: (Stage.GAMES, Stage.REVIEWS),
    Work.ANALYSE: (Stage.CHUNK_SUMMARIES, Stage.REPORTS),
}


@dg.schedule(
    job=refresh_catalog_job,
    cron_schedule=build_night_cron(before=timedelta(hours=1)),
    execution_timezone="UTC",
    default_status=default_schedule_status(asks_steam=True, costs=False),
    description="Brings the catalogue of all apps up to date, an hour before the nightly backfill.",
)
def daily_catalog_schedule(context: dg.ScheduleEvaluationContext) -> ScheduleResult:
    """One tick."""
    from steampulse_dagster.services.catalog import FRESH

    settings = get_settings()
    if settings.steam_api_url is not None and settings.steam_api_key is None:
        return dg.SkipReason("The app list needs a Web API key: set STEAM_API_KEY. Followed games need none.")
    age = bootstrap_orchestration.get_catalog_age()
    if age is not None and age < FRESH:
        return dg.SkipReason(f"The catalogue was walked {describe_age(age)} ago; it is fetched once a day.")
    reason = "The catalogue was never walked" if age is None else f"The last walk was {describe_age(age)} ago"
    context.log.info(reason)
    tags = {PRIORITY_TAG: str(int(Priority.NIGHTLY)), KIND_TAG: "catalog", REASON_TAG: reason}
    return [dg.RunRequest(run_key=f"catalog:{get_tick_time(context):%Y-%m-%d}", tags=tags)]


@dg.schedule(
    job=refresh_games_job,
    cron_schedule=build_night_cron(),
    execution_timezone="UTC",
    default_status=default_schedule_status(asks_steam=True, costs=True),
    description="The nightly backfill: games that are due for a crawl, were never analysed, or failed and are out of "
    "their pause; the most valuable first, within the night's requests (STEAMPULSE_NIGHT_HOURS) and the dollar limits, "
    "as key-set runs of STEAMPULSE_GAMES_PER_RUN games. `steampulse plan --tonight` shows it beforehand.",
)
def nightly_backfill_schedule(context: dg.ScheduleEvaluationContext) -> ScheduleResult:
    """One tick: every run of the night."""
    plan = bootstrap_orchestration.build_night_service().plan_night(under_way=read_under_way(context.instance).appids)
    told = explain_plan(plan)
    if not plan.runs:
        return dg.SkipReason(told)
    context.log.info(told)  # a tick that asks for runs has no other place for words
    ensure_partitions(context.instance, [game.appid for game in plan.games])
    return build_night_requests(plan, night=get_tick_time(context))


@dg.schedule(
    job_name="advance_bulk_job",
    cron_schedule="0 13 * * 6",
    execution_timezone="UTC",
    default_status=default_schedule_status(asks_steam=False, costs=True),
    description="Once a week, games whose analysis is behind go through bulk jobs of Bedrock at half the price; "
    "`batch_jobs_sensor` sees them to their reports.",
)
def weekly_bulk_schedule(context: dg.ScheduleEvaluationContext) -> ScheduleResult:
    """One tick: one run that sends the games on their way."""
    if get_settings().analyst != "bedrock":
        return dg.SkipReason("Bulk jobs are Bedrock's: this schedule works with STEAMPULSE_ANALYST=bedrock.")
    from steampulse_dagster.bulk_jobs import build_bulk_request

    plan = bootstrap_orchestration.build_night_service().plan_bulk(under_way=read_under_way(context.instance).appids)
    told = explain_plan(plan)
    if not plan.games:
        return dg.SkipReason(told)
    context.log.info(told)
    week = get_tick_time(context)
    appids = [game.appid for game in plan.games]
    return [build_bulk_request(appids, run_key=f"bulk:{week:%G-W%V}", reason=shorten(told))]


def build_night_requests(plan: NightPlan, *, night: datetime) -> list[dg.RunRequest]:
    """The runs of a night, each under a key that follows from the date and its games."""
    return [_build_request(run, number=number, plan=plan, night=night) for number, run in enumerate(plan.runs, start=1)]


def _build_request(run: NightRun, *, number: int, plan: NightPlan, night: datetime) -> dg.RunRequest:
    left = f"{sum(plan.left.values()):,} games are left for later" if plan.left else "nothing is left"
    return build_run_request(
        run.appids,
        stages=STAGES[run.work],
        run_key=f"night:{night:%Y-%m-%d}:{run.work.name.lower()}:{digest_key_set(run.appids)}",
        reason=f"Nightly backfill, run {number} of {len(plan.runs)}: {run.work.value}; {left}",
        priority=Priority.NIGHTLY,
        tags={USD_TAG: f"{run.usd:.4f}"},
    )


def get_tick_time(context: dg.ScheduleEvaluationContext) -> datetime:
    """The moment that a tick stands for; now where there is none, as in a test of the schedule."""
    try:
        return context.scheduled_execution_time
    except CheckError:
        return datetime.now(UTC)


def describe_age(age: timedelta) -> str:
    """In hours or days."""
    hours = age / timedelta(hours=1)
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"


def shorten(text: str, *, most: int = 500) -> str:
    """For a tag, whose column is not without end."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
