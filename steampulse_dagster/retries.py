"""`retry_failed_job`: the games that failed, and only those, once more. Reads `crawl_state` and Dagster's statuses."""

import dagster as dg
from pydantic import Field

from steampulse_dagster import bootstrap
from steampulse_dagster.assets.failures import to_partial_failure
from steampulse_dagster.assets.key_set_step import KeySetStep
from steampulse_dagster.errors import SteamErrorKind
from steampulse_dagster.key_sets import KIND_TAG, PRIORITY_TAG, Priority
from steampulse_dagster.models.due import UNEXPECTED_ERROR
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.partitions import list_failed_appids
from steampulse_dagster.pools import LINEAGE_POOL
from steampulse_dagster.resources.analyst import AnalystResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.task_sizes import LARGE_TASK

KINDS = [*(kind.value for kind in SteamErrorKind), UNEXPECTED_ERROR]


class RetryConfig(dg.Config):
    """Which of the failed games are tried again."""

    kind: str = Field(default="", description=f"Only games whose crawl failed so: {', '.join(KINDS)}. Empty: all.")
    most: int = Field(default=5_000, ge=1, description="At most so many games; the rest by the next run of this job.")


@dg.op(
    pool=LINEAGE_POOL,
    description="Takes the games that failed through the whole lineage; what is stored and fresh is not done again.",
)
def retry_failed(
    context: dg.OpExecutionContext,
    config: RetryConfig,
    postgres: PostgresResource,
    steam: SteamResource,
    analyst: AnalystResource,
    object_store: ObjectStoreResource,
) -> None:
    """Drive every game whose last crawl failed, given-up ones too, or whose partition shows as failed in any asset."""
    appids = list_games_to_retry(context.instance, postgres, kind=config.kind)
    if not appids:
        context.log.info("No game has failed, so there is nothing to retry.")
        return
    chosen = appids[: config.most]
    context.log.info(f"{len(appids):,} games have failed; {len(chosen):,} of them are tried again.")
    step = KeySetStep(context, postgres=postgres, steam=steam, analyst=analyst, object_store=object_store)
    step.plan(chosen, list(Stage))
    failures = step.drive(chosen, list(Stage))
    if failures:
        raise to_partial_failure(failures, games=len(chosen))


@dg.job(
    executor_def=dg.in_process_executor,
    tags={**LARGE_TASK, PRIORITY_TAG: str(int(Priority.RETRY)), KIND_TAG: Priority.RETRY.name.lower()},
    description="The games that failed, and only those, once more: by their last crawl, or by a failed partition. "
    "Needs no choice of partitions.",
)
def retry_failed_job() -> None:
    """One step: which games they are is known when it runs."""
    retry_failed()


def list_games_to_retry(instance: dg.DagsterInstance, postgres: PostgresResource, *, kind: str = "") -> list[int]:
    """Tracked games whose last crawl failed; without `kind`, those with a failed partition as well.

    Raises dg.Failure for a kind that does not exist.
    """
    if kind and kind not in KINDS:
        raise dg.Failure(f"There is no kind {kind!r} of failure: {', '.join(KINDS)}.", allow_retries=False)
    crawls = bootstrap.build_due_service(postgres.get_database()).list_failures()
    by_crawl = {game.appid for game in crawls if not kind or game.last_error_kind == kind}
    return sorted(by_crawl if kind else by_crawl | list_failed_appids(instance))
