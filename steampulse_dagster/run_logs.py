"""The log lines of Dagster runs, in the product's own shape and stream, each once.

Dagster gives each run whose config names no logger a console logger of its own; a run launched in the UI names none.
Its maker is replaced here, the one function that all of them come from (`tests/unit/test_logs.py` fails if it no longer
is); a level in the run config counts as before.
"""

import logging

import dagster._loggers


def take_over_run_logs() -> None:
    """Let runs of this process log as the settings say. Opens nothing until a run begins."""
    dagster._loggers.create_console_logger = _build_run_logger


def _build_run_logger(name: str, level: str | int) -> logging.Logger:
    # Late: whoever only loads the definitions need not wait for it.
    from steampulse_dagster.config import get_settings
    from steampulse_dagster.logs import build_run_logger, configure_logs

    settings = get_settings()
    configure_logs(settings)
    return build_run_logger(settings, name=name, level=level)
