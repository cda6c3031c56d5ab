"""The log lines of Dagster runs, in the product's own shape and stream, each once; also names the run in all others.

Dagster gives each run whose config names no logger a console logger of its own; a run launched in the UI names none.
Its maker is replaced here, the one function that all of them come from (`tests/unit/test_logs.py` fails if it no longer
is); a level in the run config counts as before.
"""

import logging
import sys

import dagster._loggers

from steampulse_dagster.config import get_settings


def take_over_run_logs() -> None:
    """Let runs of this process log as the settings say. Opens nothing until a run begins."""
    dagster._loggers.create_console_logger = build_run_logger


def build_run_logger(name: str, level: str | int) -> logging.Logger:
    """The logger of one run; Dagster hands it every line and event."""
    from steampulse_dagster.logs import RunFormatter, configure_logs  # not for every process that loads definitions

    settings = get_settings()
    configure_logs(settings)
    handler = _RunHandler(sys.stderr)
    handler.setFormatter(RunFormatter(settings))
    logger = logging.Logger(name, level)
    logger.addHandler(handler)
    return logger


class _RunHandler(logging.StreamHandler):
    """Writes to standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """A run's first line comes before anything of ours begins, so ours are bound to the run from there on."""
        import structlog

        run_id = getattr(record, "dagster_meta", {}).get("run_id")
        if run_id:
            structlog.contextvars.bind_contextvars(run_id=run_id)
        super().emit(record)
