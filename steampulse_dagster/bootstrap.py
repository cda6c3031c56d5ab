"""Puts the parts together: the only place that knows which service takes what. Dagster, the CLI and the API use it.

Everything is opened once per process, when first asked for; importing this module opens nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import Limiter, host_name
from steampulse_dagster.clients.object_store import ObjectStore, open_object_store
from steampulse_dagster.clients.steam import SteamDataSource
from steampulse_dagster.config import get_settings, renew_settings
from steampulse_dagster.embedded.environment import SIMULATED_BEDROCK, Environment, open_environment
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.logs import configure_logs
from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.models.limits import HostBudget
from steampulse_dagster.models.llm import Delivery, LanguageModel, ModelLimits, ModelReply, ModelRequest
from steampulse_dagster.repositories.migrate import migrate
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.analysis_jobs import AnalysisJobReader, AnalysisJobService
from steampulse_dagster.services.catalog import CatalogService
from steampulse_dagster.services.chunk_plans import ChunkPlanner
from steampulse_dagster.services.cost_plans import CostPlanService
from steampulse_dagster.services.crawl import CrawlService
from steampulse_dagster.services.crawl_games import GameCrawlService
from steampulse_dagster.services.due import DueService
from steampulse_dagster.services.host_budget import HostBudgetLedger, HostBudgetService
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.lineage import LineageService
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.services.quarantine import QuarantineService
from steampulse_dagster.services.report_diffs import ReportDiffService
from steampulse_dagster.services.reports import ReportReader, ReportService
from steampulse_dagster.services.spending_guard import SpendingGuard
from steampulse_dagster.services.status import StatusService
from steampulse_dagster.services.tracking import TrackedGames, TrackingService
from steampulse_dagster.utils.db import Database

if TYPE_CHECKING:
    from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst
    from steampulse_dagster.services.batch_jobs import BatchJobReader, BatchJobService
    from steampulse_dagster.services.batch_results import BatchResultService
    from steampulse_dagster.services.bulk_analysis import BulkAnalysisService, Pipeline

BEDROCK_SMALL = "us.anthropic.claude-haiku-5-5"
BEDROCK_LARGE = "us.anthropic.claude-sonnet-5-5"
BEDROCK_OPEN_CALLS = 32
SIMULATED_BATCH_URL = "s3://steampulse-simulated/batch"
SIMULATED_BATCH_ROLE = "arn:aws:iam::123456789012:role/simulated"
CHUNKS_OF_A_GAME = {"local": 4, "bedrock": 32, "openai": 4}
"""Chunks of one game at work at once. An analyst with few hands takes a few of each game, so that games end in turn."""


@cache
def get_environment(*, simulators: bool) -> Environment:
    """Addresses of everything outside; starts the embedded parts that no URL replaces.

    Everything begins here, so the process's logs are set up here too: Dagster's servers load the code as they like.
    """
    configure_logs(get_settings())
    return open_environment(get_settings(), simulators=simulators)


@cache
def get_database() -> Database:
    """The process's connection pool, on a database with all migrations applied."""
    url = get_environment(simulators=False).database_url
    migrate(url)
    return connect_database(url, pool_size=get_settings().database_pool_size)


def connect_database(url: str, *, pool_size: int) -> Database:
    """Connections of their own, which follow the URL where it can change while this process lives."""
    return Database(url, pool_size=pool_size, renew_url=_renew_database_url if get_settings().secrets_prefix else None)


def _renew_database_url() -> str:
    url = renew_settings().database_url
    return "" if url is None else url.get_secret_value()


@cache
def get_object_store() -> ObjectStore:
    """Folder or bucket for files that people and other programs read."""
    settings = get_settings()
    url = get_environment(simulators=False).object_store_url
    return open_object_store(url, region=settings.aws_region, endpoint_url=settings.s3_endpoint_url)


@cache
def get_local_analyst() -> Analyst:
    """The analyst without a language model; loads its embeddings."""
    from steampulse_dagster.analyzer.local.analyst import open_local_analyst

    return open_local_analyst()


@asynccontextmanager
async def open_analyst() -> AsyncIterator[Analyst]:
    """The analyst that the settings name, with its connections, closed at the end. A language model keeps the books.

    Raises ConfigError for a setting that is missing.
    """
    match get_settings().analyst:
        case "local":
            yield await asyncio.to_thread(get_local_analyst)
        case "bedrock":
            async with open_bedrock() as model, _keep_books(model) as paid:
                yield _build_generative(paid)
        case "openai":
            async with open_endpoint() as model, _keep_books(model) as paid:
                yield _build_generative(paid)


@asynccontextmanager
async def open_bedrock() -> AsyncIterator[LanguageModel]:
    """Bedrock in real time, closed at the end."""
    from steampulse_dagster.clients.bedrock_client import build_client
    from steampulse_dagster.clients.bedrock_runtime import BedrockRuntime

    settings = get_settings()
    simulated = settings.bedrock_url == SIMULATED_BEDROCK
    environment = await asyncio.to_thread(get_environment, simulators=simulated)
    concurrency = settings.model_concurrency or BEDROCK_OPEN_CALLS
    client = await asyncio.to_thread(
        build_client,
        "bedrock-runtime",
        region=settings.aws_region,
        connections=concurrency,
        endpoint_url=environment.bedrock_url,
        simulated=simulated,
    )
    model = BedrockRuntime(client, concurrency=concurrency, models_file=settings.bedrock_models_file)
    try:
        yield model
    finally:
        await asyncio.to_thread(model.close)


@asynccontextmanager
async def open_bulk_analysis() -> "AsyncIterator[BulkAnalysisService]":
    """Analysis by bulk jobs of Bedrock, with its connections, closed at the end. Raises ConfigError for a setting that
    is missing."""
    from steampulse_dagster.clients.bedrock_models import get_capabilities
    from steampulse_dagster.models.batches import BatchLimits
    from steampulse_dagster.services.bulk_analysis import BulkAnalysisService

    settings, database = get_settings(), await asyncio.to_thread(get_database)
    jobs, results = await asyncio.to_thread(build_batch_services)
    object_store = await asyncio.to_thread(get_object_store)

    def build_pipeline(model: LanguageModel) -> "Pipeline":
        analyst = _build_generative(model)
        analysis = _build_analysis(database, analyst)
        reports = ReportService(database, analyst, object_store)

        async def analyse(appid: int) -> bool:
            chunks = await analysis.summarize_chunks(appid)
            report = await reports.write_report(appid)
            return chunks.analysed > 0 or report.created

        return analyse

    async with open_bedrock() as model, _keep_books(model) as paid:
        yield BulkAnalysisService(
            jobs=jobs,
            results=results,
            ledger=build_ledger(),
            tracker=build_analysis_jobs(_build_generative(paid)),
            real_time=paid,
            build_pipeline=build_pipeline,
            get_capabilities=partial(get_capabilities, own_table=settings.bedrock_models_file),
            limits=BatchLimits(
                minimum_records=settings.batch_minimum_records,
                maximum_records=settings.batch_maximum_records,
                maximum_bytes=settings.batch_maximum_bytes,
            ),
            concurrency=settings.games_concurrency,
        )


def build_batch_services() -> "tuple[BatchJobService, BatchResultService]":
    """Bulk jobs and the reading of their answers. Raises ConfigError for a setting that is missing."""
    from steampulse_dagster.clients.bedrock_batch import ATTEMPTS, BedrockBatch
    from steampulse_dagster.clients.bedrock_client import build_client
    from steampulse_dagster.clients.object_store_s3 import S3Store
    from steampulse_dagster.services.batch_jobs import BatchJobService
    from steampulse_dagster.services.batch_results import BatchResultService

    settings = get_settings()
    if settings.analyst != "bedrock":
        raise ConfigError("Bulk jobs are Bedrock's: set STEAMPULSE_ANALYST=bedrock, or use `steampulse run`.")
    simulated = settings.bedrock_url == SIMULATED_BEDROCK
    environment, database = get_environment(simulators=simulated), get_database()
    url, role_arn = settings.batch_s3_url, settings.batch_role_arn
    url = url or (f"s3://{settings.s3_bucket}/batch" if settings.s3_bucket else None)
    files_url = settings.s3_endpoint_url
    if simulated:
        url, role_arn, files_url = SIMULATED_BATCH_URL, SIMULATED_BATCH_ROLE, f"{environment.bedrock_url}/s3"
    if role_arn is None:
        raise ConfigError("Bulk jobs need STEAMPULSE_BATCH_ROLE_ARN, a role that lets Bedrock read and write files.")
    if url is None or not urlsplit(url).netloc or urlsplit(url).scheme != "s3":
        raise ConfigError("Bulk jobs need a place in S3: set STEAMPULSE_BATCH_S3_URL=s3://bucket/prefix.")
    parts = urlsplit(url)
    files = S3Store(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        region=settings.aws_region,
        endpoint_url=files_url,
        simulated=simulated,
    )
    client = build_client(
        "bedrock",
        region=settings.aws_region,
        endpoint_url=environment.bedrock_url,
        simulated=simulated,
        attempts=ATTEMPTS,
    )
    ledger = build_ledger()
    jobs = BatchJobService(database, ledger=ledger, service=BedrockBatch(client, role_arn=role_arn), files=files)
    return jobs, BatchResultService(database, ledger=ledger, files=files)


@asynccontextmanager
async def open_endpoint() -> AsyncIterator[LanguageModel]:
    """An OpenAI-compatible endpoint, closed at the end."""
    from steampulse_dagster.clients.openai_compatible import OpenAICompatible, build_endpoint_client

    settings = get_settings()
    if settings.openai_url is None:
        raise ConfigError("The analyst `openai` needs STEAMPULSE_OPENAI_URL, such as http://127.0.0.1:11434/v1.")
    async with build_endpoint_client(settings.openai_url, key=settings.openai_api_key) as http:
        yield OpenAICompatible(http, concurrency=settings.model_concurrency or 1)


async def describe_models() -> str:
    """Whether the configured language models can be had and what they cost; asks nothing that costs anything.

    Raises ConfigError (a setting, an unknown price) or AnalystError (service, credentials or model).
    """
    models = sorted({limits.model for limits in get_model_limits()})
    prices = await asyncio.to_thread(build_price_book)
    told = []
    for model in models:
        price = await asyncio.to_thread(prices.get_price, model, Delivery.REAL_TIME)
        state = await _fetch_model_state(model)
        told.append(f"{model}: {state}, ${price.input_usd} in, ${price.output_usd} out per million tokens")
    return "; ".join(told)


async def _fetch_model_state(model: str) -> str:
    settings = get_settings()
    if settings.analyst == "openai":
        from steampulse_dagster.clients.openai_compatible import build_endpoint_client, fetch_model_names

        async with build_endpoint_client(settings.openai_url or "", key=settings.openai_api_key) as http:
            names = await fetch_model_names(http)
        return "listed" if model in names else "not among the models that the endpoint lists"
    from steampulse_dagster.clients.bedrock_check import fetch_model_state
    from steampulse_dagster.clients.bedrock_client import build_client

    simulated = settings.bedrock_url == SIMULATED_BEDROCK
    environment = await asyncio.to_thread(get_environment, simulators=simulated)
    client = await asyncio.to_thread(
        build_client,
        "bedrock",
        region=settings.aws_region,
        endpoint_url=environment.bedrock_url,
        simulated=simulated,
        read_timeout=10.0,
    )
    return await asyncio.to_thread(fetch_model_state, client, model)


def get_model_limits() -> tuple[ModelLimits, ModelLimits]:
    """The models of pass 1 and pass 2, and how long they may answer. Raises ConfigError if none is named."""
    settings = get_settings()
    small, large = settings.small_model, settings.large_model
    if settings.analyst == "openai":
        if small is None:
            raise ConfigError("The analyst `openai` needs STEAMPULSE_SMALL_MODEL, the model's name at the endpoint.")
        large = large or small
    return (
        _limit_answers(small or BEDROCK_SMALL, answer_tokens=6_000, most_answer_tokens=24_000),
        _limit_answers(large or BEDROCK_LARGE, answer_tokens=8_000, most_answer_tokens=32_000),
    )


def _limit_answers(model: str, *, answer_tokens: int, most_answer_tokens: int) -> ModelLimits:
    """With room for the thoughts of a model on Bedrock that cannot do without."""
    from steampulse_dagster.clients.bedrock_models import get_capabilities

    settings = get_settings()
    own_table = settings.bedrock_models_file
    room = get_capabilities(model, own_table=own_table).thinking_room if settings.analyst == "bedrock" else 0
    return ModelLimits(model=model, answer_tokens=answer_tokens + room, most_answer_tokens=most_answer_tokens + room)


@asynccontextmanager
async def _keep_books(model: LanguageModel) -> AsyncIterator[PaidModel]:
    """The model behind the ledger; calls that outlive their callers end before the model is closed."""
    paid = PaidModel(model, await asyncio.to_thread(build_ledger))
    try:
        yield paid
    finally:
        await paid.drain()


class _NobodyToAsk:
    """Implements LanguageModel where questions are built and not asked."""

    async def answer(self, request: ModelRequest) -> ModelReply:
        raise AssertionError(f"a plan asks nothing: {request.purpose}")


def _build_generative(model: LanguageModel) -> "GenerativeAnalyst":
    from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst

    small, large = get_model_limits()
    return GenerativeAnalyst(model, engine=get_settings().analyst, small=small, large=large)


@asynccontextmanager
async def open_steam() -> AsyncIterator[SteamDataSource]:
    """Steam behind one reused HTTP client and the request budget that all processes share, closed at the end."""
    settings = get_settings()
    environment = get_environment(simulators=not (settings.steam_api_url and settings.steam_store_url))
    budgets = {
        host_name(url): HostBudget(requests_per_second=rate, concurrency=settings.steam_concurrency)
        for url, rate in (
            (environment.steam_api_url, environment.steam_requests_per_second),
            (environment.steam_store_url, environment.steam_store_requests_per_second),
        )
    }
    await asyncio.to_thread(get_database)  # with its tables
    # A connection of its own: turns are not to wait for those that store reviews.
    own = connect_database(environment.database_url, pool_size=1)
    limiter = Limiter(HostBudgetLedger(own, budgets, block_hours=settings.steam_block_hours))
    connections = settings.steam_concurrency * len(budgets)
    try:
        async with build_http_client(concurrency=connections, contact=settings.steam_contact) as http:
            yield SteamDataSource(
                http,
                api_url=environment.steam_api_url,
                store_url=environment.steam_store_url,
                key=environment.steam_api_key,
                limiter=limiter,
                country=settings.steam_country,
            )
    finally:
        await limiter.close()


def build_catalog_service(database: Database, steam: SteamDataSource) -> CatalogService:
    """The catalogue of all apps on Steam."""
    return CatalogService(database, steam)


def build_tracking_service(database: Database, steam: SteamDataSource) -> TrackingService:
    """Which games are followed."""
    return TrackingService(database, steam)


def build_lineage_service(
    database: Database, steam: SteamDataSource, *, analyst: Analyst, object_store: ObjectStore
) -> LineageService:
    """Games from Steam to their reports."""
    settings = get_settings()
    crawl = CrawlService(
        database,
        steam,
        fresh_hours=settings.fresh_hours,
        reviews_per_game=settings.reviews_per_game,
        author_salt=settings.author_salt,
        store_author_ids=settings.store_author_ids,
    )
    plans = build_cost_plan_service(database)
    guard = None if plans is None else SpendingGuard(plans, build_ledger())
    return LineageService(
        games=GameCrawlService(database, steam, fresh_hours=settings.fresh_hours),
        crawl=crawl,
        analysis=_build_analysis(database, analyst, guard=guard),
        reports=ReportService(database, analyst, object_store),
        due=DueService(database, fresh_hours=settings.fresh_hours),
        jobs=AnalysisJobService(database, analyst_key=analyst.provenance.key),
        concurrency=settings.games_concurrency,
        guard=guard,
    )


def _build_analysis(database: Database, analyst: Analyst, *, guard: SpendingGuard | None = None) -> AnalysisService:
    settings = get_settings()
    return AnalysisService(
        database,
        analyst,
        concurrency=settings.model_concurrency or CHUNKS_OF_A_GAME[settings.analyst],
        analysed_per_game=settings.analysed_per_game,
        guard=guard,
    )


def build_cost_plan_service(database: Database) -> CostPlanService | None:
    """What analysing games would cost; None with the local analyst, which costs nothing."""
    settings = get_settings()
    if settings.analyst == "local":
        return None
    planner = ChunkPlanner(database, analysed_per_game=settings.analysed_per_game)
    return CostPlanService(
        database,
        build_ledger(),
        _build_generative(_NobodyToAsk()),
        planner=planner,
        job_minimum=settings.batch_minimum_records,
    )


def build_host_budget_service() -> HostBudgetService:
    """What the hosts outside may be asked now."""
    return HostBudgetService(get_database())


def build_ledger(database: Database | None = None) -> Ledger:
    """The ledger of model calls, by default of the process's database, with the prices and limits of the settings."""
    return Ledger(
        database or get_database(),
        prices=build_price_book(),
        budgets=build_budgets(),
        get_cache_minimum=_get_cache_minimum,
    )


def build_budgets() -> Budgets:
    """The limits of spending in the settings."""
    settings = get_settings()
    return Budgets(
        per_call=settings.budget_usd_per_call,
        per_run=settings.budget_usd_per_run,
        per_day=settings.budget_usd_per_day,
        per_month=settings.budget_usd_per_month,
    )


def _get_cache_minimum(model: str) -> int | None:
    from steampulse_dagster.clients.bedrock_models import get_capabilities

    settings = get_settings()
    if settings.analyst != "bedrock":
        return None
    return get_capabilities(model, own_table=settings.bedrock_models_file).cache_minimum_tokens or None


def build_price_book() -> PriceBook:
    """What models cost, by the settings and the price list."""
    settings = get_settings()
    api_url = settings.openai_url if settings.analyst == "openai" else None
    return PriceBook(file=settings.prices_file, free_models=settings.free_models, api_url=api_url)


def build_analysis_jobs(analyst: Analyst) -> AnalysisJobService:
    """Keeps track of re-analyses by this analyst."""
    return AnalysisJobService(get_database(), analyst_key=analyst.provenance.key)


def build_analysis_job_reader() -> AnalysisJobReader:
    """Re-analyses of games; asks the database only."""
    return AnalysisJobReader(get_database())


def build_batch_job_reader() -> "BatchJobReader":
    """Bulk jobs as they were last seen; asks the database only."""
    from steampulse_dagster.services.batch_jobs import BatchJobReader

    return BatchJobReader(get_database())


def build_status_service() -> StatusService:
    """What is stored; asks the database only."""
    return StatusService(get_database(), fresh_hours=get_settings().fresh_hours)


def build_tracked_games() -> TrackedGames:
    """The games that are followed, without asking Steam."""
    return TrackedGames(get_database())


def build_due_service(database: Database | None = None) -> DueService:
    """When games are crawled next, and which ones failed; asks the database only."""
    return DueService(database or get_database(), fresh_hours=get_settings().fresh_hours)


def build_quarantine_service() -> QuarantineService:
    """What could not be read; asks the database only."""
    return QuarantineService(get_database())


def build_report_diff_service() -> ReportDiffService:
    """What changed between stored reports; asks the database only."""
    return ReportDiffService(get_database())


def build_report_reader() -> ReportReader:
    """Stored reports, for whoever reads them."""
    return ReportReader(get_database())
