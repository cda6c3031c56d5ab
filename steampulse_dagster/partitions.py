"""The partition sets of the product: only tracked games are partitions, the catalogue is a table."""

import dagster as dg

APPIDS = dg.DynamicPartitionsDefinition(name="appid")
STEAM_IDS = dg.DynamicPartitionsDefinition(name="steam_id")
"""Libraries that were imported or are wanted; a partition is made with the run that imports it."""

MAX_KEYS_PER_CALL = 5_000
"""Dagster puts all keys of a call into one IN list, which common SQLite builds cap at 32,766 values."""


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
