"""Puts the parts of orchestration together: what steps, sensors and schedules ask beside the pipeline itself."""

from collections.abc import Callable
from decimal import Decimal

from steampulse_dagster import bootstrap
from steampulse_dagster.config import get_settings
from steampulse_dagster.services.bulk_queue import BulkQueueService
from steampulse_dagster.services.run_heartbeats import RunHeartbeatService
from steampulse_dagster.utils.db import Database


def build_run_cost(run_id: str) -> Callable[[], Decimal | None]:
    """What the calls of a run cost so far; None with the local analyst, which costs nothing."""
    if get_settings().analyst == "local":
        return lambda: None
    ledger = bootstrap.build_ledger()
    return lambda: ledger.get_spent(run_id).run


def build_bulk_queue() -> BulkQueueService:
    """Which games are on their way through bulk jobs; asks the database only."""
    return BulkQueueService(bootstrap.get_database())


def build_run_heartbeats(database: Database | None = None) -> RunHeartbeatService:
    """Signs of life of runs; asks the database only."""
    return RunHeartbeatService(database or bootstrap.get_database(), seconds=get_settings().run_heartbeat_seconds)
