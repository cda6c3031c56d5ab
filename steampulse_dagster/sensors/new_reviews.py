"""Requests another analysis of games whose new reviews are worth it; reads the counts that crawls and reports keep."""

import hashlib
from datetime import UTC, datetime, timedelta

import dagster as dg

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.automation import default_sensor_status
from steampulse_dagster.jobs import refresh_games_job
from steampulse_dagster.key_sets import Priority, build_run_request
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.models.news import NewsPlan
from steampulse_dagster.partitions import ensure_partitions
from steampulse_dagster.run_queue import USD_TAG, list_asked_since, read_under_way
from steampulse_dagster.services.news_rules import explain_plan

INTERVAL_SECONDS = 120
MOST_RUNS = 2
"""Runs of this sensor that wait or work at once: what is chosen later is chosen by newer counts."""
SHORTEST_COOL_DOWN = timedelta(minutes=10)
ANALYSIS = (Stage.CHUNK_SUMMARIES, Stage.REPORTS)


@dg.sensor(
    job=refresh_games_job,
    minimum_interval_seconds=INTERVAL_SECONDS,
    default_status=default_sensor_status(asks_steam=False, costs=True),
    description="Analyses a crawled game again when it has enough new reviews, by number, by share, or by a shift of "
    "their positive share beyond noise (STEAMPULSE_REANALYSE_*), and games that were never analysed before all others. "
    "Stays within the dollar limits; one run a tick.",
)
def new_reviews_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One tick: at most one key-set run of chunk_summaries and reports."""
    now = datetime.now(UTC)
    if read_under_way(context.instance, kind=Priority.REANALYSIS).runs >= MOST_RUNS:
        return dg.SkipReason(f"{MOST_RUNS} runs of re-analysis wait or are at work; the next tick looks again.")
    news = bootstrap_orchestration.build_news_service()
    cool_down = max(timedelta(hours=news.cool_down_hours), SHORTEST_COOL_DOWN)
    under_way = read_under_way(context.instance)
    asked = list_asked_since(context.instance, now - cool_down, kind=Priority.REANALYSIS)
    plan = news.plan(under_way=under_way.appids | asked, promised_usd=under_way.usd)
    told = explain_plan(plan)
    if not plan.games:
        return dg.SkipReason(told)
    context.log.info(told)  # a tick that asks for a run has no other place for words
    ensure_partitions(context.instance, [game.appid for game in plan.games])
    return dg.SensorResult(run_requests=[build_request(plan, turn=int(now.timestamp() // cool_down.total_seconds()))])


def build_request(plan: NewsPlan, *, turn: int) -> dg.RunRequest:
    """The run of a plan. Its key follows from the games and from what is known of each: the same wish is met once in a
    cool-down, which `turn` counts."""
    known = sorted((game.appid, game.stored, game.report_id or 0) for game in plan.games)
    digest = hashlib.sha256(repr(known).encode()).hexdigest()[:16]
    first = plan.games[0]
    more = f" and {len(plan.games) - 1:,} more games" if len(plan.games) > 1 else ""
    return build_run_request(
        [game.appid for game in plan.games],
        stages=ANALYSIS,
        run_key=f"news:{digest}:{turn}",
        reason=f"News: {first.appid} ({first.why}){more}",
        priority=Priority.REANALYSIS,
        tags={USD_TAG: f"{plan.usd:.4f}"},
    )
