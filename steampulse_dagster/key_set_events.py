"""What became of each (asset, key) of a run, written to Dagster's event log in batches; the one file that knows how
Dagster stores events.

One event through Dagster's public way costs 25 ms on PostgreSQL, a batched one less than 1 ms. A batch holds events of
one asset: Dagster updates the asset's own row for the last event of a batch only. Where an upgrade of Dagster has
changed what is used here, materializations go the public way, planned events are left out, and the run's log says so.
"""

import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import dagster as dg

from steampulse_dagster.partition_statuses import INTERNALS_CHANGED, PartitionStatuses

if TYPE_CHECKING:
    from dagster._core.events.log import EventLogEntry

MOST_IN_A_BATCH = 500
MOST_MATERIALIZATIONS = 100
"""In a batch; the one of a report carries the report, some 20 kB."""


class KeySetRecorder:
    """Announces and records the (asset, key) pairs of one step. Blocks on the database."""

    def __init__(self, context: dg.AssetExecutionContext | dg.OpExecutionContext) -> None:
        self._context = context
        self._instance: dg.DagsterInstance = context.instance
        self._run_id: str = context.run.run_id
        self._waiting: deque[dg.AssetMaterialization] = deque()
        self._recorded: dict[dg.AssetKey, set[str]] = defaultdict(set)
        self._writing = Lock()
        self._batched = True

    def plan(self, assets: Sequence[str], keys: Iterable[str]) -> None:
        """Announce every (asset, key), before any work: a key whose run dies then shows as failed, never as done."""
        keys = list(keys)
        try:
            for asset in assets:
                for start in range(0, len(keys), MOST_IN_A_BATCH):
                    part = keys[start : start + MOST_IN_A_BATCH]
                    _store_planned(self._instance, [self._build_planned(asset, key) for key in part])
        except INTERNALS_CHANGED as error:
            self._fall_back(error)

    def add(self, materialization: dg.AssetMaterialization) -> None:
        """Keep a materialization, whose data is committed, for the next `flush`."""
        self._waiting.append(materialization)

    def flush(self) -> None:
        """Write what was added, in order of assets. What could not be written is kept for the next call, and raised."""
        with self._writing:
            by_asset: dict[dg.AssetKey, list[dg.AssetMaterialization]] = defaultdict(list)
            for _ in range(len(self._waiting)):
                materialization = self._waiting.popleft()
                by_asset[materialization.asset_key].append(materialization)
            left = list(by_asset)
            try:
                for asset, materializations in by_asset.items():
                    self._write(materializations)
                    self._recorded[asset].update(one.partition or "" for one in materializations)
                    left.remove(asset)
            finally:
                self._waiting.extendleft(one for asset in reversed(left) for one in reversed(by_asset[asset]))

    def settle(self, partitions: dg.PartitionsDefinition[Any]) -> None:
        """Make Dagster's cached statuses agree with what this recorder wrote, once all of it is written.

        Dagster reads events past a cursor. Where two runs write at once, the later number may be there first, and a
        page that is read in between moves the cursor past the earlier one for good: its key would show as missing.
        """
        statuses = PartitionStatuses(self._instance, partitions)
        for asset, keys in self._recorded.items():
            if statuses.list_unshown(asset, keys):
                self._instance.wipe_asset_cached_status([asset])
                statuses.fill(asset)  # now, and not while somebody waits for a page

    def _write(self, materializations: Sequence[dg.AssetMaterialization]) -> None:
        if self._batched:
            try:
                for start in range(0, len(materializations), MOST_MATERIALIZATIONS):
                    part = materializations[start : start + MOST_MATERIALIZATIONS]
                    self._instance.event_log_storage.store_event_batch([self._build_materialized(one) for one in part])
                return
            except INTERNALS_CHANGED as error:
                self._fall_back(error)
        for materialization in materializations:
            self._context.log_event(materialization)

    def _fall_back(self, error: Exception) -> None:
        self._batched = False
        self._context.log.warning(
            f"Dagster {dg.__version__} records events otherwise than expected ({error!r}): they are written one by "
            "one, and games that fail keep the status that they had."
        )

    def _build_planned(self, asset: str, key: str) -> "EventLogEntry":
        from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent

        data = AssetMaterializationPlannedData(dg.AssetKey(asset), partition=key)
        return self._build_entry(
            DagsterEvent.build_asset_materialization_planned_event(self._context.run.job_name, self._step_key, data)
        )

    def _build_materialized(self, materialization: dg.AssetMaterialization) -> "EventLogEntry":
        from dagster._core.events import DagsterEvent, StepMaterializationData

        return self._build_entry(
            DagsterEvent(
                event_type_value=dg.DagsterEventType.ASSET_MATERIALIZATION.value,
                job_name=self._context.run.job_name,
                step_key=self._step_key,
                event_specific_data=StepMaterializationData(materialization, []),
                message=f"Materialized {materialization.asset_key.to_user_string()} of {materialization.partition}.",
            )
        )

    def _build_entry(self, event: dg.DagsterEvent) -> "EventLogEntry":
        from dagster._core.events.log import EventLogEntry

        return EventLogEntry(
            error_info=None,
            level="INFO",
            user_message="",
            run_id=self._run_id,
            timestamp=time.time(),
            step_key=event.step_key,
            job_name=event.job_name,
            dagster_event=event,
        )

    @property
    def _step_key(self) -> str:
        return _get_op_context(self._context).get_step_execution_context().step.key


def _get_op_context(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> dg.OpExecutionContext:
    return context.op_execution_context if isinstance(context, dg.AssetExecutionContext) else context


def _store_planned(instance: dg.DagsterInstance, entries: "Sequence[EventLogEntry]") -> None:
    """Store planned events of one asset: Dagster's own batch writer takes them one by one, on PostgreSQL too."""
    from dagster._core.storage.event_log import SqlEventLogStorageTable
    from dagster_postgres import PostgresEventLogStorage

    storage = instance.event_log_storage
    if not isinstance(storage, PostgresEventLogStorage):
        storage.store_event_batch(entries)
        return
    statement = storage.prepare_insert_event_batch(entries).returning(SqlEventLogStorageTable.c.id)
    with storage.index_connection() as connection, contextlib.closing(connection.execute(statement)) as rows:
        newest = max(row[0] for row in rows)
    storage.store_asset_event(entries[-1], newest)
