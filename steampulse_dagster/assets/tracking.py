"""Which games are followed: rules applied to the catalogue, and partitions that somebody added in the UI."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from steampulse_dagster import bootstrap_orchestration, bootstrap_pipeline
from steampulse_dagster.assets.failures import to_failure
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.interrupts import run_until_interrupted
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.models.tracking_rules import RuleOutcome
from steampulse_dagster.partition_statuses import PartitionStatuses
from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.resources.postgres import PostgresResource
from steampulse_dagster.resources.steam import SteamResource
from steampulse_dagster.run_queue import list_held
from steampulse_dagster.task_sizes import MIDDLING_TASK, SMALL_TASK

if TYPE_CHECKING:
    from steampulse_dagster.services.tracking import TrackOutcome

SHOWN_GAMES = 200


@dg.asset(
    deps=["catalog"],
    group_name="steam",
    kinds={"python", "postgres"},
    owners=["team:steampulse"],
    code_version="1",
)
def tracked_games(
    context: dg.AssetExecutionContext, postgres: PostgresResource, steam: SteamResource
) -> dg.MaterializeResult:
    """The games that are followed, with those that the tracking rules add to them: each rule up to its own cap, and
    none that a person stopped following. What GetItems says of new, modified and stale apps is fetched first."""

    from steampulse_dagster.services.tracking_rules import explain_outcome

    async def refresh() -> int:
        async with steam.open() as source:
            service = bootstrap_pipeline.build_tracking_service(postgres.get_database(), source)
            return await service.refresh_items()

    rules = bootstrap_orchestration.build_tracking_rules()
    try:
        asked = run_until_interrupted(refresh) if rules.list_all() else 0
        outcomes = rules.apply()
    except SteamPulseError as error:
        raise to_failure(error) from error
    for outcome in outcomes:
        context.log.info(explain_outcome(outcome))
    return dg.MaterializeResult(metadata=_describe_rules(outcomes, asked=asked))


class PartitionConfig(dg.Config):
    """Config of the step that looks partitions up."""

    keys: list[str] = Field(description="Keys of partitions whose games are not followed yet.")


@dg.op(out=dg.Out(dg.Nothing))
def adopt_partitions(
    context: dg.OpExecutionContext, config: PartitionConfig, postgres: PostgresResource, steam: SteamResource
) -> None:
    """Look up the games of partitions that somebody added, follow those that can be followed, and take the other
    partitions away, saying why; but for those that a run or backfill has, which the sensor asks for again."""

    async def track() -> "TrackOutcome":
        async with steam.open() as source:
            service = bootstrap_pipeline.build_tracking_service(postgres.get_database(), source)
            return await service.track_each(config.keys, reason=TrackReason.PARTITION)

    try:
        outcome = run_until_interrupted(track)
    except SteamPulseError as error:
        raise to_failure(error) from error
    for game in outcome.added:
        context.log.info(f"{game.appid} ({game.name}) is followed now.")
    held = list_held(context.instance, outcome.refused)
    for key in held:
        context.log.warning(f"{outcome.refused[key]} Its partition goes once no run or backfill has it any more.")
    gone = {key: why for key, why in outcome.refused.items() if key not in held}
    for key in gone:
        context.instance.delete_dynamic_partition(APPIDS.name or "", key)
    if gone:
        raise dg.Failure(
            f"Not followed, and the partition is gone: {' '.join(gone.values())}",
            metadata={"refused": _table([{"partition": key, "why": why} for key, why in gone.items()])},
            allow_retries=False,
        )


@dg.job(
    tags=SMALL_TASK,
    executor_def=dg.in_process_executor,
    description="Follow the games of partitions that were added by hand. Requested by `partitions_sensor`.",
)
def adopt_partitions_job() -> None:
    """One step."""
    adopt_partitions()


@dg.op(out=dg.Out(dg.Nothing))
def fill_statuses(context: dg.OpExecutionContext) -> None:
    """Fill Dagster's cache of the statuses of all games for each of the four assets."""
    statuses = PartitionStatuses(context.instance, APPIDS)
    for stage in Stage:
        statuses.fill(dg.AssetKey(stage.value))


@dg.job(
    tags=MIDDLING_TASK,
    executor_def=dg.in_process_executor,
    description="Makes pages of partitions quick again after games were followed or let go. Requested by "
    "`partitions_sensor` where there are many.",
)
def fill_statuses_job() -> None:
    """One step."""
    fill_statuses()


def _describe_rules(outcomes: Sequence[RuleOutcome], *, asked: int) -> dict[str, dg.MetadataValue]:
    from steampulse_dagster.services.tracking_rules import explain_outcome

    added = [match for outcome in outcomes for match in outcome.chosen]
    metadata: dict[str, dg.MetadataValue] = {
        "rules": dg.MetadataValue.int(len(outcomes)),
        "games added": dg.MetadataValue.int(len(added)),
        "apps asked for": dg.MetadataValue.int(asked),
    }
    if outcomes:
        metadata["by rule"] = _table(
            [{"rule": outcome.rule.rule_id, "what it did": explain_outcome(outcome)} for outcome in outcomes]
        )
    if added:
        metadata["added"] = _table(
            [{"appid": game.appid, "game": game.name, "reviews": game.reviews} for game in added[:SHOWN_GAMES]]
        )
    return metadata


def _table(rows: Sequence[Mapping[str, str | int]]) -> dg.MetadataValue:
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows])
