"""What a model costs: the price file of the settings, else the price list of the package `genai-prices`. No network.

The list is drawn from the providers' own (for Bedrock, AWS's price list) and comes with the installed package: newer
prices come with a newer version, or from the file.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.base import Model
from steampulse_dagster.models.llm import Delivery, ModelPrice
from steampulse_dagster.utils.clock import utc_now

BATCH_FACTOR = Decimal("0.5")
"""Bedrock and most others bill a bulk job half of what a call costs (AWS's price pages)."""


class FilePrice(Model):
    """One model in the price file: US dollars per million tokens."""

    input_usd: Decimal = Field(ge=0)
    output_usd: Decimal = Field(ge=0)
    cache_read_usd: Decimal | None = Field(default=None, ge=0)
    cache_write_usd: Decimal | None = Field(default=None, ge=0)
    batch_factor: Decimal = Field(default=BATCH_FACTOR, ge=0)
    large_prompt_above: int | None = Field(default=None, ge=0)
    large_prompt_factor: Decimal = Field(default=Decimal(1), ge=1)
    large_prompt_output_factor: Decimal | None = Field(default=None, ge=1)
    source: str = Field(min_length=1)
    as_of: date


class PriceBook:
    """Prices by model id. What the file says wins; `free_models` cost nothing; the rest must be in the list."""

    def __init__(
        self, *, file: Path | None = None, free_models: Sequence[str] = (), api_url: str | None = None
    ) -> None:
        """`api_url`: the endpoint whose prices are meant; None: Bedrock. Raises ConfigError if the file is unusable."""
        self._file = file
        self._own = {} if file is None else read_price_file(file)
        self._free = frozenset(free_models)
        self._api_url = api_url

    def get_price(self, model: str, delivery: Delivery) -> ModelPrice:
        """The price of a model by a delivery. Raises ConfigError where nobody has said what the model costs."""
        if own := self._own.get(model):
            return _read_own(own, model=model, delivery=delivery, file=self._file)
        if model in self._free:
            return _build_free(model, delivery)
        # Half a second of imports that a process without a paid model need not wait for.
        from steampulse_dagster.services.price_list import find_price

        listed = find_price(_strip_arn(model), delivery, api_url=self._api_url)
        if listed is None:
            raise ConfigError(_explain_unknown(model))
        return listed.model_copy(update={"model": model})


def read_price_file(file: Path) -> dict[str, FilePrice]:
    """The `prices` of a TOML or JSON file by model id. Raises ConfigError naming the file, the model and the field."""
    try:
        text = file.expanduser().read_text(encoding="utf-8")
        raw = json.loads(text, parse_float=Decimal) if file.suffix == ".json" else _parse_toml(text)
    except (OSError, ValueError) as error:
        raise ConfigError(f"The price file {file} (STEAMPULSE_PRICES_FILE) cannot be read: {error}") from None
    prices = raw.get("prices") if isinstance(raw, Mapping) else None
    if not isinstance(prices, Mapping):
        raise ConfigError(f'The price file {file} has no prices: write a table [prices."MODEL ID"] for each model.')
    return {model: _validate(file, model, price) for model, price in prices.items()}


def _parse_toml(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


def _validate(file: Path, model: str, price: object) -> FilePrice:
    try:
        return FilePrice.model_validate(price)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'price'}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"The price file {file}, model {model}: {problems}.") from None


def _read_own(own: FilePrice, *, model: str, delivery: Delivery, file: Path | None) -> ModelPrice:
    factor = own.batch_factor if delivery is Delivery.BATCH else Decimal(1)
    cache_read = own.input_usd if own.cache_read_usd is None else own.cache_read_usd
    cache_write = own.input_usd if own.cache_write_usd is None else own.cache_write_usd
    return ModelPrice(
        model=model,
        delivery=delivery,
        input_usd=own.input_usd * factor,
        output_usd=own.output_usd * factor,
        cache_read_usd=cache_read * factor,
        cache_write_usd=cache_write * factor,
        large_prompt_above=own.large_prompt_above,
        large_prompt_factor=own.large_prompt_factor,
        large_prompt_output_factor=own.large_prompt_output_factor,
        source=f"{file.name if file else 'price file'}: {own.source}",
        as_of=own.as_of,
    )


def _build_free(model: str, delivery: Delivery) -> ModelPrice:
    nothing = Decimal(0)
    return ModelPrice(
        model=model,
        delivery=delivery,
        input_usd=nothing,
        output_usd=nothing,
        cache_read_usd=nothing,
        cache_write_usd=nothing,
        source="STEAMPULSE_FREE_MODELS",
        as_of=utc_now().date(),
    )


def _strip_arn(model: str) -> str:
    """The id in the ARN of a foundation model or of one of AWS's own inference profiles. An account's own profiles
    (`application-inference-profile`) have made-up ids that say nothing about the model."""
    head, _, name = model.rpartition("/")
    return name if head.startswith("arn:") and head.endswith((":foundation-model", ":inference-profile")) else model


def _explain_unknown(model: str) -> str:
    return (
        f"Nobody has said what the model {model} costs, so it is not asked. Add it to a price file "
        f'(STEAMPULSE_PRICES_FILE): [prices."{model}"] with input_usd and output_usd per million tokens, source and '
        "as_of; or, if it runs on a machine of your own, name it in STEAMPULSE_FREE_MODELS."
    )
