"""Structured logs on standard error: coloured lines for people, JSON lines for machines; libraries' lines among them.

A line carries what is bound where it is written: run_id of a Dagster run, appid of the game, steam_id of the library,
request_id of an API request (`structlog.contextvars`).
"""

import logging
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import structlog

from steampulse_dagster.config import LogSettings

DAGSTER_LOGGERS = ("dagster", "dagit", "dagster-webserver")
TALKATIVE = (
    *("httpx", "httpcore", "urllib3", "botocore", "boto3", "s3transfer", "aiohttp", "asyncio", "uvicorn.access"),
    "alembic",
)
"""Libraries that tell of every request, some with its whole address, or of each of their parts: from WARNING on."""
_SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(settings: LogSettings) -> None:
    """Set up structlog and the logging of libraries for this process; repeating it changes nothing."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[*_SHARED, structlog.processors.format_exc_info, build_renderer(settings)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # One write a line, so that lines of several threads do not mix.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _OurHandler)]
    root.addHandler(_build_handler(settings))
    root.setLevel(level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    if settings.log_format == "json":
        _take_over_what_python_prints()


def take_over_uvicorn_logs() -> None:
    """Let uvicorn's servers of this process log as all others: it gives its loggers handlers of their own, in another
    shape, when a server starts."""
    import uvicorn.config

    uvicorn.config.LOGGING_CONFIG["loggers"] = {}


def _take_over_what_python_prints() -> None:
    """Warnings and uncaught errors as lines of the log too: several lines of text in a stream of JSON are none."""

    def tell(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        exc_info = (kind, error if error is not None else kind(), trace)
        structlog.get_logger().critical("process_failed", exc_info=exc_info)

    logging.captureWarnings(True)
    sys.excepthook = tell
    threading.excepthook = lambda args: tell(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: tell(args.exc_type, args.exc_value, args.exc_traceback)


def build_renderer(settings: LogSettings) -> structlog.types.Processor:
    """What makes one line of an event."""
    match settings.log_format:
        case "json":
            return structlog.processors.JSONRenderer(default=str)
        case "console":
            return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def describe_run_record(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of one line of a Dagster run: the message, where in the run, and which kind of event it tells."""
    meta: Mapping[str, Any] = getattr(record, "dagster_meta", {})
    event = meta.get("dagster_event")
    partition = None if event is None else event.partition
    fields = {
        "event": meta.get("orig_message") or record.getMessage(),
        "logger": "dagster.run",
        "level": record.levelname.lower(),
        "run_id": meta.get("run_id"),
        "job": meta.get("job_name"),
        "step": meta.get("step_key"),
        "dagster_event": None if event is None else event.event_type.name,
        "appid": int(partition) if partition and partition.isdigit() else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


class RunFormatter(logging.Formatter):
    """Lines of Dagster runs, in the shape of all others."""

    def __init__(self, settings: LogSettings) -> None:
        super().__init__()
        self._render = build_renderer(settings)
        self._stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)

    def format(self, record: logging.LogRecord) -> str:
        fields = self._stamp(None, record.levelname, describe_run_record(record))
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return str(self._render(None, record.levelname, fields))


def build_run_logger(settings: LogSettings, *, name: str, level: str | int) -> logging.Logger:
    """A logger of one Dagster run, which Dagster hands every line and event; on standard error."""
    handler = _RunHandler(sys.stderr)
    handler.setFormatter(RunFormatter(settings))
    logger = logging.Logger(name, level)
    logger.addHandler(handler)
    return logger


class _RunHandler(logging.StreamHandler[Any]):
    def emit(self, record: logging.LogRecord) -> None:
        """A run's first line comes before anything of ours begins, so ours are bound to the run from there on."""
        run_id = getattr(record, "dagster_meta", {}).get("run_id")
        if run_id:
            structlog.contextvars.bind_contextvars(run_id=run_id)
        super().emit(record)


class _OurHandler(logging.StreamHandler[Any]):
    """Known by its type, so that setting up twice leaves one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Dagster's servers write their own lines, as JSON too (--log-format json): once is enough."""
        family = record.name.partition(".")[0]
        if family in DAGSTER_LOGGERS and logging.getLogger(family).handlers:
            return False
        return bool(super().filter(record))


def _build_handler(settings: LogSettings) -> logging.Handler:
    handler = _OurHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                build_renderer(settings),
            ],
        )
    )
    return handler
