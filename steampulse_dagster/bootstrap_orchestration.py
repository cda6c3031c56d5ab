"""Puts the parts of orchestration together: what steps, sensors and schedules ask beside the pipeline itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from functools import cache, partial

from pydantic import SecretStr

from steampulse_dagster import bootstrap, bootstrap_models
from steampulse_dagster.clients.limiter import host_name
from steampulse_dagster.clients.sqs import SqsQueue
from steampulse_dagster.config import get_settings
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.costs import GameCost
from steampulse_dagster.models.news import NewsLimits
from steampulse_dagster.services.alerts import AlertChannel, AlertService
from steampulse_dagster.services.analysis_forecast import AnalysisForecast
from steampulse_dagster.services.bulk_queue import BulkQueueService
from steampulse_dagster.services.catalog import CatalogReader
from steampulse_dagster.services.data_checks import DataCheckService
from steampulse_dagster.services.news import NewsService
from steampulse_dagster.services.nights import HostRate, NightService, NightSettings
from steampulse_dagster.services.request_queue import RejectedMessages, RequestQueueService
from steampulse_dagster.services.request_runs import RequestRunService
from steampulse_dagster.services.run_heartbeats import RunHeartbeatService
from steampulse_dagster.services.tracking_rules import TrackingRuleService
from steampulse_dagster.services.work_requests import WorkRequestService
from steampulse_dagster.utils.db import Database


def build_run_cost(run_id: str) -> Callable[[], Decimal | None]:
    """What the calls of a run cost so far; None with the local analyst, which costs nothing."""
    if get_settings().analyst == "local":
        return lambda: None
    ledger = bootstrap_models.build_ledger()
    return lambda: ledger.get_spent(run_id).run


def build_game_cost(run_id: str) -> Callable[[int], GameCost | None]:
    """What the calls about a game cost so far; None with the local analyst."""
    if get_settings().analyst == "local":
        return lambda appid: None
    return partial(bootstrap_models.build_ledger().get_game_cost, run_id=run_id)


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


def build_night_service() -> NightService:
    """What the nightly backfill and the weekly bulk job would take now; asks the database only."""
    settings, environment = get_settings(), bootstrap.get_environment(simulators=False)
    return NightService(
        bootstrap.get_database(),
        NightSettings(
            fresh_hours=settings.fresh_hours,
            hours=settings.night_hours,
            games=settings.night_games,
            games_per_run=settings.games_per_run,
            analysed_per_game=settings.analysed_per_game,
        ),
        api=HostRate(host_name(environment.steam_api_url), environment.steam_requests_per_second),
        store=HostRate(host_name(environment.steam_store_url), environment.steam_store_requests_per_second),
        forecast=_build_forecast(),
        analyst_key=_get_analyst_key(),
    )


def build_news_service() -> NewsService:
    """Which games have news that is worth another analysis; asks the database only."""
    settings = get_settings()
    return NewsService(
        bootstrap.get_database(),
        limits=NewsLimits(
            count=settings.reanalyse_new_reviews,
            share=settings.reanalyse_new_share,
            shift=settings.reanalyse_shift,
            cool_down_hours=settings.reanalyse_after_hours,
        ),
        games_per_run=settings.games_per_run,
        forecast=_build_forecast(),
        analyst_key=_get_analyst_key(),
        analysed_per_game=settings.analysed_per_game,
    )


def build_tracking_rules() -> TrackingRuleService:
    """Rules that follow games; asks the database only."""
    return TrackingRuleService(bootstrap.get_database())


def get_catalog_age() -> timedelta | None:
    """How long ago the newest walk of the catalogue began; None before the first."""
    return CatalogReader(bootstrap.get_database()).get_age()


def _build_forecast() -> AnalysisForecast | None:
    if get_settings().analyst == "local":
        return None
    small, large = bootstrap_models.get_model_limits()
    return AnalysisForecast(bootstrap_models.build_ledger(), small=small, large=large)


def _get_analyst_key() -> str | None:
    """Whose reports count; None with the local analyst: to know its own key it would have to load its embeddings."""
    plans = bootstrap_models.build_cost_plan_service(bootstrap.get_database())
    return None if plans is None else plans.analyst_key


@asynccontextmanager
async def open_alerts() -> AsyncIterator[AlertService]:
    """Alerts, with the ways to people that the settings name, closed at the end."""
    from steampulse_dagster.clients.alert_channels import MailChannel, MailServer, WebhookChannel
    from steampulse_dagster.clients.http_client import build_http_client

    settings, channels = get_settings(), dict[str, AlertChannel]()
    async with build_http_client(concurrency=2) as http:
        if settings.alert_webhook_url is not None:
            channels["webhook"] = WebhookChannel(http, settings.alert_webhook_url)
        if settings.smtp_host is not None and settings.alert_email_to:
            server = MailServer(
                host=settings.smtp_host,
                port=settings.smtp_port,
                user=settings.smtp_user,
                password=settings.smtp_password,
                starttls=settings.smtp_starttls,
            )
            channels["mail"] = MailChannel(server, sender=settings.alert_email_from, to=settings.alert_email_to)
        yield AlertService(
            bootstrap.get_database(),
            channels=channels,
            cooldown=timedelta(minutes=settings.alert_cooldown_minutes),
            secrets=[value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)],
        )


def build_data_checks(database: Database) -> DataCheckService:
    """Checks on what is stored; asks the database only."""
    return DataCheckService(database, ledger=bootstrap_models.build_ledger(database))
