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


class KeySetConfig(dg.Config):
    """Config of a step that works on a set of games."""

    appids: list[int] = Field(
        default=[], description="The games of this run. Leave empty when partitions were picked in the UI."
    )
    force: bool = Field(default=False, description="Fetch from Steam although what is stored is still fresh.")


def list_keys(context: dg.AssetExecutionContext, config: KeySetConfig) -> list[int]:
    """The appids of this run: from its partition or range, else from its config.

    Raises dg.Failure when a run has neither.
    """
    if _has_partitions(context):
        return [int(key) for key in context.partition_keys]
    if not config.appids:
        raise dg.Failure(
            "No games were chosen: pick partitions, or name appids in the run config of game_lineage.",
            allow_retries=False,
        )
    return sorted(set(config.appids))


def plan_keys(context: dg.AssetExecutionContext, *, assets: Sequence[str], appids: Iterable[int]) -> None:
    """Announce every (asset, key) of a key-set run. Runs with partitions of their own were announced by Dagster."""
    if _has_partitions(context):
        return
    step_key = context.op_execution_context.get_step_execution_context().step.key
    for appid in appids:
        for asset in assets:
            planned = AssetMaterializationPlannedData(dg.AssetKey(asset), partition=str(appid))
            event = DagsterEvent.build_asset_materialization_planned_event(context.run.job_name, step_key, planned)
            context.instance.report_dagster_event(event, context.run.run_id)


def _has_partitions(context: dg.AssetExecutionContext) -> bool:
    return context.has_partition_key or RANGE_START_TAG in context.run.tags
