"""Structured logs: coloured lines for people, JSON lines for machines, both on standard error."""

import logging
import sys

import structlog

from steampulse_dagster.config import Settings


def configure_logs(settings: Settings) -> None:
    """Set up structlog for this process."""
    renderer: structlog.types.Processor
    match settings.log_format:
        case "json":
            renderer = structlog.processors.JSONRenderer()
        case "console":
            renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
