"""Runs that carry a set of keys in their config; the one file that knows Dagster's internals.

Dagster's own multi-partition runs carry a *range* of keys. A key-set run names its keys in run config, so Dagster
cannot plan them: this module writes the planned event of every (asset, key) at the start of the run, so that a key
whose run dies midway shows as failed, never as materialized. Materializations go through the public `log_event`.
"""

from collections.abc import Iterable, Sequence

import dagster as dg
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent
from pydantic import Field

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


class KeySetConfig(dg.Config):
    """Config of a step that works on a set of games."""

    appids: list[int] = Field(
        default=[], description="The games of this run. Leave empty when partitions were picked in the UI."
    )
    force: bool = Field(default=False, description="Fetch from Steam although what is stored is still fresh.")
    full: bool = Field(default=False, description="Walk all reviews of each game again; nothing that is stored goes.")


def build_tags(appids: Sequence[int], *, whole_chain: bool) -> dict[str, str]:
    """Tags that a key-set run of these games must carry.

    A run that begins in the middle of the chain has a partitioned input, and Dagster asks which partitions of it the
    run reads before the step begins; a run without any partition fails there. One of its own keys is answer enough.
    """
    if whole_chain or not appids:
        return {}
    return {RANGE_START_TAG: str(appids[0]), RANGE_END_TAG: str(appids[0])}


def list_keys(context: dg.AssetExecutionContext, config: KeySetConfig) -> list[int]:
    """The appids of this run: from its config, else from its partition or range.

    Raises dg.Failure when a run has neither.
    """
    if config.appids:
        return sorted(set(config.appids))
    if context.has_partition_key or RANGE_START_TAG in context.run.tags:
        return [int(key) for key in context.partition_keys]
    raise dg.Failure(
        "No games were chosen: pick partitions, or name appids in the run config of game_lineage.",
        allow_retries=False,
    )


def plan_keys(
    context: dg.AssetExecutionContext, config: KeySetConfig, *, assets: Sequence[str], appids: Iterable[int]
) -> None:
    """Announce every (asset, key) of a key-set run. Dagster itself announces those of a partition or range."""
    if not config.appids:
        return
    step_key = context.op_execution_context.get_step_execution_context().step.key
    for appid in appids:
        for asset in assets:
            planned = AssetMaterializationPlannedData(dg.AssetKey(asset), partition=str(appid))
            event = DagsterEvent.build_asset_materialization_planned_event(context.run.job_name, step_key, planned)
            context.instance.report_dagster_event(event, context.run.run_id)
