"""Reads the price list of the package `genai-prices`, as installed: no network. Its data types are those of 0.2."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.metadata import version

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, TieredPrices
from genai_prices.types import ModelPrice as ListedPrice

from steampulse_dagster.models.llm import Delivery, ModelPrice
from steampulse_dagster.utils.clock import utc_now

BEDROCK = "aws"
"""Bedrock's name in the price list."""
BEDROCK_BATCH_FACTOR = Decimal("0.5")
"""Bedrock bills a bulk job half of what a call costs (AWS's price pages); the list has no rows of its own for it."""
_BATCH = {"processing": "batch"}


def find_price(model: str, delivery: Delivery, *, api_url: str | None) -> ModelPrice | None:
    """Today's price of a model at Bedrock, or at the endpoint `api_url`; None if the list does not have it."""
    provider_id = None if api_url else BEDROCK
    try:
        _, listed = get_snapshot().find_provider_model(model, None, provider_id, api_url)
    except LookupError:
        return None
    prices = listed.get_prices(utc_now(), _BATCH if delivery is Delivery.BATCH else None)
    if prices.input_mtok is None or prices.output_mtok is None:
        return None
    halved = delivery is Delivery.BATCH and provider_id == BEDROCK and not _has_batch_prices(listed)
    return _convert(prices, model=model, delivery=delivery, factor=BEDROCK_BATCH_FACTOR if halved else Decimal(1))


def _convert(prices: ListedPrice, *, model: str, delivery: Delivery, factor: Decimal) -> ModelPrice:
    step, input_factor, output_factor = _read_step(prices)
    plain = _base(prices.input_mtok)
    return ModelPrice(
        model=model,
        delivery=delivery,
        input_usd=plain * factor,
        output_usd=_base(prices.output_mtok) * factor,
        # A model without a price for cached tokens bills them like any others.
        cache_read_usd=(plain if prices.cache_read_mtok is None else _base(prices.cache_read_mtok)) * factor,
        cache_write_usd=(plain if prices.cache_write_mtok is None else _base(prices.cache_write_mtok)) * factor,
        large_prompt_above=step,
        large_prompt_factor=input_factor,
        large_prompt_output_factor=None if output_factor == input_factor else output_factor,
        source=_name_list(),
        as_of=utc_now().date(),
    )


def _read_step(prices: ListedPrice) -> tuple[int | None, Decimal, Decimal]:
    """The prompt size from which a higher price holds, and the factors of input and output. Of several steps the first
    size and the highest factors: never below what is billed."""
    of_input = [prices.input_mtok, prices.cache_read_mtok, prices.cache_write_mtok]
    steps = [*_list_steps(*of_input), *_list_steps(prices.output_mtok)]
    if not steps:
        return None, Decimal(1), Decimal(1)
    input_factor = max((factor for _, factor in _list_steps(*of_input)), default=Decimal(1))
    output_factor = max((factor for _, factor in _list_steps(prices.output_mtok)), default=Decimal(1))
    return min(start for start, _ in steps), input_factor, output_factor


def _list_steps(*prices: Decimal | TieredPrices | None) -> Iterator[tuple[int, Decimal]]:
    for price in prices:
        if isinstance(price, TieredPrices) and price.base:
            for tier in price.tiers:
                yield tier.start, tier.price / price.base


def _base(price: Decimal | TieredPrices | None) -> Decimal:
    match price:
        case TieredPrices():
            return price.base
        case None:
            return Decimal(0)
        case _:
            return price


def _has_batch_prices(listed: ModelInfo) -> bool:
    return any(variant.when == _BATCH for variant in listed.price_variants or ())


@cache
def _name_list() -> str:
    return f"genai-prices {version('genai-prices')}"
