"""The partition sets of the product: only tracked games are partitions, the catalogue is a table."""

from collections.abc import Collection

import dagster as dg

from steampulse_dagster.models.lineage import Stage
from steampulse_dagster.services.partition_rules import MOST_ADDED

APPIDS = dg.DynamicPartitionsDefinition(name="appid")
STEAM_IDS = dg.DynamicPartitionsDefinition(name="steam_id")
"""Libraries that were imported or are wanted; a partition is made with the run that imports it."""

FAILED = "FAILED"
"""Dagster's word for a partition whose newest run failed without materializing it."""


def list_failed_appids(instance: dg.DagsterInstance) -> set[int]:
    """Games that Dagster shows as failed in any of the four assets."""
    keys = instance.get_dynamic_partitions(APPIDS.name or "")
    failed: set[int] = set()
    for stage in Stage:
        statuses = instance.get_status_by_partition(dg.AssetKey(stage.value), keys, APPIDS) or {}
        failed.update(
            int(key) for key, status in statuses.items() if key.isdigit() and status and status.value == FAILED
        )
    return failed


def sync_appid_partitions(
    instance: dg.DagsterInstance, tracked: Collection[int], untracked: Collection[int] = ()
) -> tuple[int, int]:
    """Give every tracked game its partition, and take those of untracked ones away; (added, removed) counts.

    Any other partition was added by a person in the UI and stays: `partitions_sensor` looks the game up. Repeating it
    changes nothing.
    """
    present = set(instance.get_dynamic_partitions(APPIDS.name or ""))
    wanted = {str(appid) for appid in tracked}
    missing = _add(instance, wanted - present)
    surplus = present & {str(appid) for appid in untracked} - wanted
    for key in surplus:
        instance.delete_dynamic_partition(APPIDS.name or "", key)
    return missing, len(surplus)


def ensure_partitions(instance: dg.DagsterInstance, appids: Collection[int]) -> None:
    """Make the partitions of these games that are not there yet: Dagster refuses a run over the end of the lineage
    whose key it does not know, and the sensor that makes them may be behind, or off."""
    present = set(instance.get_dynamic_partitions(APPIDS.name or ""))
    _add(instance, {str(appid) for appid in appids} - present)


def _add(instance: dg.DagsterInstance, keys: Collection[str]) -> int:
    missing = sorted(keys, key=int)
    for start in range(0, len(missing), MOST_ADDED):
        instance.add_dynamic_partitions(APPIDS.name or "", missing[start : start + MOST_ADDED])
    return len(missing)
