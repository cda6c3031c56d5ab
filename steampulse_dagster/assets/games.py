"""games → reviews → chunk_summaries → reports for a set of tracked games, in one step.

One step, because a game flows to its report without waiting for the slowest neighbour, and because a run costs
seconds of process start while a game costs milliseconds to seconds.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from steampulse_dagster.assets.checks import CHECK_SPECS, evaluate_checks, to_blocked_failure
from steampulse_dagster.assets.failures import to_partial_failure
from steampulse_dagster.assets.key_set_step import KeySetStep
from steampulse_dagster.key_sets import STEP_NAME, KeySetConfig, list_keys
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.pools import LINEAGE_POOL
from steampulse_dagster.resources.analyst import AnalystResource
from steampulse_dagster.resources.object_store import ObjectStoreResource
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource

OWNERS = ["team:steampulse"]
NIGHTLY = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=36), fail_window=timedelta(hours=72))
"""Whether the nights happen at all: Dagster looks at the newest materialization of any game. Which games are overdue is
for the check `reviews_are_fresh`."""

SPECS = [
    dg.AssetSpec(
        Stage.GAMES.value,
        deps=["catalog"],
        skippable=True,
        group_name="steam",
        kinds={"python", "postgres"},
        owners=OWNERS,
        code_version="1",
        freshness_policy=NIGHTLY,
        description="Store metadata of each tracked game: state, price outside sales, release date, genres, "
        "categories and weighted user tags. Fills `games`, `game_tags`, `game_genres`, `game_categories`.",
    ),
    dg.AssetSpec(
        Stage.REVIEWS.value,
        deps=[Stage.GAMES.value],
        skippable=True,
        group_name="steam",
        kinds={"python", "postgres"},
        owners=OWNERS,
        code_version="1",
        freshness_policy=NIGHTLY,
        description="Every review that Steam hands out, in all languages, with all its fields; edits keep their "
        "earlier text. Fills `reviews`, `review_revisions`, `crawl_state`, `quarantine`.",
    ),
    dg.AssetSpec(
        Stage.CHUNK_SUMMARIES.value,
        deps=[Stage.REVIEWS.value],
        skippable=True,
        group_name="analysis",
        kinds={"python", "postgres"},
        owners=OWNERS,
        code_version="1",
        freshness_policy=NIGHTLY,
        description="Pass 1: append-only chunks of 50 reviews, each read once by the analyst for what is praised, what "
        "hurts, what is wished for, where players drop out and which games they compare with; quotes are proven "
        "against the stored text. Fills `chunks` and `chunk_summaries`.",
    ),
    dg.AssetSpec(
        Stage.REPORTS.value,
        deps=[Stage.CHUNK_SUMMARIES.value],
        skippable=True,
        group_name="analysis",
        kinds={"python", "postgres"},
        owners=OWNERS,
        code_version="1",
        freshness_policy=NIGHTLY,
        description="Pass 2: one structured report a game. Scores and counts are computed in Python over all stored "
        "reviews; each statement names how many of the reviews that were read say so. Fills `reports`.",
    ),
]


@dg.multi_asset(
    name=STEP_NAME,
    pool=LINEAGE_POOL,
    specs=SPECS,
    check_specs=CHECK_SPECS,
    can_subset=True,
    partitions_def=APPIDS,
    backfill_policy=dg.BackfillPolicy.multi_run(100),
)
def game_lineage(
    context: dg.AssetExecutionContext,
    config: KeySetConfig,
    postgres: PostgresResource,
    steam: SteamResource,
    analyst: AnalystResource,
    object_store: ObjectStoreResource,
) -> Iterator[dg.MaterializeResult]:
    """Drive the chosen games through the selected stages; record each (asset, game) as it turned out."""
    stages = [stage for stage in Stage if dg.AssetKey(stage.value) in context.selected_asset_keys]
    appids = list_keys(context, config) if stages else []  # checks alone need no games
    step = KeySetStep(context, postgres=postgres, steam=steam, analyst=analyst, object_store=object_store)
    if config.appids:
        step.plan(appids, stages)
    failures = step.drive(appids, stages, force=config.force, full=config.full) if stages else []
    wrong = evaluate_checks(context, postgres)
    if failures:
        raise to_partial_failure(failures, games=len(appids))
    if wrong:
        raise to_blocked_failure(wrong)
    yield from ()  # a generator that yields nothing: each materialization was recorded by its own event
