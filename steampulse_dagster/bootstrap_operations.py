"""Puts together what operations need beside the pipeline."""

from functools import cache

from steampulse_dagster.bootstrap import build_budgets, get_database
from steampulse_dagster.config import get_settings
from steampulse_dagster.services.metrics import MetricsService


@cache
def get_metrics_service() -> MetricsService:
    """Figures for Prometheus, one service a process: it keeps what it read for some seconds."""
    return MetricsService(get_database(), fresh_hours=get_settings().fresh_hours, budgets=build_budgets())
