"""Puts together what operations need beside the pipeline."""

from steampulse_dagster.bootstrap_models import build_budgets
from steampulse_dagster.config import get_settings
from steampulse_dagster.services.metrics import MetricsService
from steampulse_dagster.utils.db import Database


def build_metrics_service(database: Database) -> MetricsService:
    """Figures for Prometheus; one service a process, as it keeps what it read for some seconds."""
    return MetricsService(database, fresh_hours=get_settings().fresh_hours, budgets=build_budgets())
