"""Pools of Dagster: how many steps of a kind are at work at once, whoever started them, the command line included."""

import dagster as dg

LINEAGE_POOL = "lineage"
CATALOG_POOL = "catalog"
POOL_LIMITS = {LINEAGE_POOL: 4, CATALOG_POOL: 1}
"""A step of `lineage` is a process of a few hundred MB that keeps a core busy; two walks of the catalogue at once are
one too many. The queue starts fewer runs than the first allows, so that a run from the command line finds room."""


def ensure_pools(instance: dg.DagsterInstance) -> list[str]:
    """Give each pool that nobody has given a limit its own; the pools that were made. Limits set in the UI stay."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return []
    known = {limit.name for limit in storage.get_pool_limits() if not limit.from_default}
    missing = [pool for pool in POOL_LIMITS if pool not in known]
    for pool in missing:
        storage.set_concurrency_slots(pool, POOL_LIMITS[pool])
    return missing


def free_slots(instance: dg.DagsterInstance, run_id: str) -> None:
    """Give back what a dead run holds of pools."""
    if instance.event_log_storage.supports_global_concurrency_limits:
        instance.event_log_storage.free_concurrency_slots_for_run(run_id)
