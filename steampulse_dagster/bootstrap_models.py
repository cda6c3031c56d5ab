"""Puts language models and the local analyst together: who reads, behind which books, and what that may cost.

Importing this module opens nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING

from steampulse_dagster import bootstrap
from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.config import get_settings
from steampulse_dagster.embedded.environment import SIMULATED_BEDROCK
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.models.llm import Delivery, LanguageModel, ModelLimits, ModelReply, ModelRequest
from steampulse_dagster.services.chunk_plans import ChunkPlanner
from steampulse_dagster.services.cost_plans import CostPlanService
from steampulse_dagster.services.ledger import Ledger
from steampulse_dagster.services.model_calls import PaidModel
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.utils.db import Database

if TYPE_CHECKING:
    from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst

BEDROCK_SMALL = "us.anthropic.claude-haiku-5-5"
BEDROCK_LARGE = "us.anthropic.claude-sonnet-5-5"
BEDROCK_OPEN_CALLS = 32


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
            async with open_bedrock() as model, keep_books(model) as paid:
                yield build_generative(paid)
        case "openai":
            async with open_endpoint() as model, keep_books(model) as paid:
                yield build_generative(paid)


@asynccontextmanager
async def open_bedrock() -> AsyncIterator[LanguageModel]:
    """Bedrock in real time, closed at the end."""
    from steampulse_dagster.clients.bedrock_client import build_client
    from steampulse_dagster.clients.bedrock_runtime import BedrockRuntime

    settings = get_settings()
    simulated = settings.bedrock_url == SIMULATED_BEDROCK
    environment = await asyncio.to_thread(bootstrap.get_environment, simulators=simulated)
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
    environment = await asyncio.to_thread(bootstrap.get_environment, simulators=simulated)
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
async def keep_books(model: LanguageModel) -> AsyncIterator[PaidModel]:
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


def build_generative(model: LanguageModel) -> "GenerativeAnalyst":
    from steampulse_dagster.analyzer.generative.analyst import GenerativeAnalyst

    small, large = get_model_limits()
    return GenerativeAnalyst(model, engine=get_settings().analyst, small=small, large=large)


def build_cost_plan_service(database: Database) -> CostPlanService | None:
    """What analysing games would cost; None with the local analyst, which costs nothing."""
    settings = get_settings()
    if settings.analyst == "local":
        return None
    planner = ChunkPlanner(database, analysed_per_game=settings.analysed_per_game)
    return CostPlanService(
        database,
        build_ledger(),
        build_generative(_NobodyToAsk()),
        planner=planner,
        job_minimum=settings.batch_minimum_records,
    )


def build_ledger(database: Database | None = None) -> Ledger:
    """The ledger of model calls, by default of the process's database, with the prices and limits of the settings."""
    return Ledger(
        database or bootstrap.get_database(),
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
