"""Dagster's cache of the statuses of all partitions of an asset: kept filled, so that no page of the UI has to fill it.

Dagster throws an asset's cache away whenever a partition is added or removed, because the cache is named after a digest
of all keys, and fills it again from the whole event log while the next page waits. The internals of Dagster that this
needs are its own function for filling the cache and the store that the function asks for partitions.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.instance.types import CachingDynamicPartitionsLoader
    from dagster._core.storage.partition_status_cache import AssetStatusCacheValue

INTERNALS_CHANGED = (ImportError, AttributeError, TypeError)
"""What code that relies on another's internals raises when they change."""


class PartitionStatuses:
    """The statuses of one set of partitions; reads its keys once, for however many assets. Blocks on the database."""

    def __init__(self, instance: dg.DagsterInstance, partitions: dg.PartitionsDefinition[Any]) -> None:
        self._instance = instance
        self._partitions = partitions
        self._keys = _build_store(instance)

    def fill(self, asset: dg.AssetKey) -> "AssetStatusCacheValue | None":
        """Bring the cache of an asset up to date; None for an asset without any event."""
        from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

        return get_and_update_asset_status_cache_value(self._instance, asset, self._partitions, self._keys)

    def list_unshown(self, asset: dg.AssetKey, keys: Iterable[str]) -> list[str]:
        """Which of these partitions the UI shows neither as materialized nor as in progress."""
        cached = self.fill(asset)
        if cached is None:
            return list(keys)
        working = cached.deserialize_in_progress_partition_subsets(self._partitions)
        failed = cached.deserialize_failed_partition_subsets(self._partitions)
        done = cached.deserialize_materialized_partition_subsets(self._partitions)
        return [key for key in keys if key not in working and (key in failed or key not in done)]


def digest_keys(keys: Sequence[str]) -> str:
    """A short name for a set of partitions, which changes when one is added or removed."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def _build_store(instance: dg.DagsterInstance) -> "CachingDynamicPartitionsLoader":
    from dagster._core.instance.types import CachingDynamicPartitionsLoader

    class KeysInMemory(CachingDynamicPartitionsLoader):
        """Asks for all keys once. Dagster's own asks which of 100,000 keys exist by lists of them, in half the time
        that filling a cache takes."""

        def get_existing_dynamic_partitions(
            self, partitions_def_name: str, partition_keys: Sequence[str]
        ) -> frozenset[str]:
            return frozenset(self.get_dynamic_partitions(partitions_def_name)).intersection(partition_keys)

    return KeysInMemory(instance)
