"""The partition sets of the product: only tracked games are partitions, the catalogue is a table."""

import dagster as dg

from steampulse_dagster.models.lineage import Stage

APPIDS = dg.DynamicPartitionsDefinition(name="appid")

MAX_KEYS_PER_CALL = 5_000
"""Dagster puts all keys of a call into one IN list, which common SQLite builds cap at 32,766 values."""


FAILED = "FAILED"
"""Dagster's word for a partition whose newest run failed without materializing it."""


def list_failed_appids(instance: dg.DagsterInstance) -> set[int]:
    """Games that Dagster shows as failed in any of the four assets."""
    keys = instance.get_dynamic_partitions(APPIDS.name or "")
    failed: set[int] = set()
    for stage in Stage:
        statuses = instance.get_status_by_partition(dg.AssetKey(stage.value), keys, APPIDS) or {}
        failed.update(int(key) for key, status in statuses.items() if status is not None and status.value == FAILED)
    return failed


def sync_appid_partitions(instance: dg.DagsterInstance, tracked: list[int]) -> tuple[int, int]:
    """Make the partitions equal the tracked games; (added, removed) counts. Repeating it changes nothing."""
    wanted = {str(appid) for appid in tracked}
    present = set(instance.get_dynamic_partitions(APPIDS.name or ""))
    missing = sorted(wanted - present, key=int)
    for start in range(0, len(missing), MAX_KEYS_PER_CALL):
        instance.add_dynamic_partitions(APPIDS.name or "", missing[start : start + MAX_KEYS_PER_CALL])
    surplus = present - wanted
    for key in surplus:
        instance.delete_dynamic_partition(APPIDS.name or "", key)
    return len(missing), len(surplus)
