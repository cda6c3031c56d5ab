"""Puts the parts of orchestration together: what steps, sensors and schedules ask beside the pipeline itself."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache

from steampulse_dagster import bootstrap
from steampulse_dagster.clients.sqs import SqsQueue
from steampulse_dagster.config import get_settings
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.services.bulk_queue import BulkQueueService
from steampulse_dagster.services.request_queue import RejectedMessages, RequestQueueService
from steampulse_dagster.services.request_runs import RequestRunService
from steampulse_dagster.services.run_heartbeats import RunHeartbeatService
from steampulse_dagster.services.work_requests import WorkRequestService
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


def build_request_runs() -> RequestRunService:
    """Requests for work and the runs that fulfil them; asks the database only."""
    return RequestRunService(bootstrap.get_database())


def build_work_requests() -> WorkRequestService:
    """Takes requests for work; asks the database only."""
    return WorkRequestService(bootstrap.get_database())


def build_rejected_messages() -> RejectedMessages:
    """Messages of the queue that are no requests; asks the database only."""
    return RejectedMessages(bootstrap.get_database())


def build_request_queue() -> RequestQueueService | None:
    """Moves messages of the SQS queue into the table; None where no queue is set."""
    if get_settings().queue_url is None:
        return None
    return RequestQueueService(bootstrap.get_database(), build_work_requests(), get_sqs_queue())


@cache
def get_sqs_queue() -> SqsQueue:
    """The queue that the settings name. Raises ConfigError if they name none."""
    settings = get_settings()
    if settings.queue_url is None:
        raise ConfigError("No queue is set: STEAMPULSE_QUEUE_URL is the address of the SQS queue.")
    return SqsQueue(settings.queue_url, region=settings.aws_region, endpoint_url=settings.sqs_endpoint_url)
