"""Puts the parts of orchestration together: what steps, sensors and schedules ask beside the pipeline itself."""

from collections.abc import Callable
from decimal import Decimal

from steampulse_dagster import bootstrap
from steampulse_dagster.config import get_settings


def build_run_cost(run_id: str) -> Callable[[], Decimal | None]:
    """What the calls of a run cost so far; None with the local analyst, which costs nothing."""
    if get_settings().analyst == "local":
        return lambda: None
    ledger = bootstrap.build_ledger()
    return lambda: ledger.get_spent(run_id).run
