"""Prices: the file of the settings, the list, and refusal of what nobody has priced."""

import socket
from datetime import date
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from hypothesis import given, settings
from hypothesis import strategies as st

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.llm import Delivery, TokenUsage
from steampulse_dagster.services.call_costs import compute_cost
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.utils.clock import utc_now

pytestmark = pytest.mark.unit

NOW, BULK = Delivery.REAL_TIME, Delivery.BATCH
LISTED = (
    "us.anthropic.claude-haiku-5-5",
    "global.anthropic.claude-haiku-5-5",
    "eu.anthropic.claude-sonnet-5-5",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "global.anthropic.claude-sonnet-4-6",
    "amazon.nova-lite-v1:0",
    "global.openai.gpt-6-sol",
    "openai.gpt-oss-120b-1:0",
)


def amounts(price):
    return [price.input_usd, price.output_usd, price.cache_read_usd, price.cache_write_usd]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("global.anthropic.claude-haiku-5-5", ["0.10", "0.50", "0.01", "0.125"]),
        ("us.anthropic.claude-haiku-5-5", ["0.11", "0.55", "0.011", "0.1375"]),
        ("jp.anthropic.claude-haiku-5-5", ["0.11", "0.55", "0.011", "0.1375"]),
        ("anthropic.claude-haiku-5-5", ["0.11", "0.55", "0.011", "0.1375"]),
        ("global.anthropic.claude-sonnet-5-5", ["2", "10", "0.10", "2.50"]),
        ("eu.anthropic.claude-sonnet-5-5", ["2.20", "11", "0.11", "2.75"]),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", ["1.10", "5.50", "0.11", "1.375"]),
    ],
)
def test_bedrock_ids_and_profiles_have_the_published_prices(model, expected):
    price = PriceBook().get_price(model, NOW)
    assert amounts(price) == [Decimal(amount) for amount in expected]
    assert price.source.startswith("genai-prices ")
    assert price.as_of == utc_now().date()


def test_a_bulk_job_at_bedrock_costs_half():
    book = PriceBook()
    for model in LISTED:
        assert amounts(book.get_price(model, BULK)) == [amount / 2 for amount in amounts(book.get_price(model, NOW))]


def test_arns_of_models_and_of_profiles_of_aws_are_read_and_own_profiles_are_refused():
    book = PriceBook()
    for arn, model in (
        ("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-5-5", "anthropic.claude-haiku-5-5"),
        ("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-haiku-5-5", LISTED[0]),
    ):
        price = book.get_price(arn, NOW)
        assert amounts(price) == amounts(book.get_price(model, NOW))
        assert price.model == arn
    with pytest.raises(ConfigError, match="application-inference-profile/abc123"):
        book.get_price("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123", NOW)


def test_a_large_prompt_bills_the_whole_call_at_the_higher_price():
    price = PriceBook().get_price("global.anthropic.claude-haiku-5-5", NOW)
    at_the_step = TokenUsage(input_tokens=60_000, cache_read_tokens=40_000, output_tokens=1_000)
    above = TokenUsage(input_tokens=60_000, cache_read_tokens=40_001, output_tokens=1_000)
    assert compute_cost(at_the_step, price) == Decimal("0.0069")
    assert compute_cost(above, price) == (Decimal("0.0069") + Decimal("0.00000001")) * 5


@settings(max_examples=200)
@given(
    st.sampled_from(LISTED),
    st.tuples(*[st.integers(0, 300_000)] * 4),
)
def test_costs_agree_with_the_price_list_to_the_last_digit(model, tokens):
    plain, read, written, output = tokens
    usage = TokenUsage(input_tokens=plain, cache_read_tokens=read, cache_write_tokens=written, output_tokens=output)
    listed = calc_price(
        Usage(
            input_tokens=plain + read + written,
            cache_read_tokens=read,
            cache_write_tokens=written,
            output_tokens=output,
        ),
        model_ref=model,
        provider_id="aws",
    )
    assert compute_cost(usage, PriceBook().get_price(model, NOW)) == listed.total_price


@pytest.mark.parametrize("model", ["anthropic.claude-haiku-9", "llama3.1:8b", "", "gpt"])
def test_a_model_without_a_price_is_refused_and_the_error_says_what_to_do(model):
    with pytest.raises(ConfigError, match="STEAMPULSE_PRICES_FILE") as raised:
        PriceBook().get_price(model, NOW)
    assert model in raised.value.message


def test_a_local_server_costs_nothing_only_where_that_is_said():
    assert amounts(PriceBook(free_models=["llama3.1:8b"]).get_price("llama3.1:8b", NOW)) == [0, 0, 0, 0]
    for book in (PriceBook(free_models=["llama3.1:8b"]), PriceBook(api_url="http://127.0.0.1:11434/v1")):
        with pytest.raises(ConfigError, match="qwen3:8b"):
            book.get_price("qwen3:8b", NOW)


def test_the_price_file_wins_over_the_list(tmp_path):
    file = tmp_path / "prices.toml"
    file.write_text(
        '[prices."us.anthropic.claude-haiku-5-5"]\n'
        'input_usd = 0.1\noutput_usd = "0.3"\ncache_read_usd = 0\nlarge_prompt_above = 1000\n'
        'large_prompt_factor = 2\nsource = "our contract"\nas_of = 2026-11-01\n'
    )
    price = PriceBook(file=file).get_price("us.anthropic.claude-haiku-5-5", NOW)
    assert amounts(price) == [Decimal("0.1"), Decimal("0.3"), 0, Decimal("0.1")]
    assert (price.source, price.as_of) == ("prices.toml: our contract", date(2026, 11, 1))
    assert (price.large_prompt_above, price.large_prompt_factor) == (1000, 2)
    assert PriceBook(file=file).get_price(price.model, BULK).output_usd == Decimal("0.15")


def test_the_price_file_may_be_json(tmp_path):
    file = tmp_path / "prices.json"
    file.write_text(
        '{"prices": {"m": {"input_usd": 0.1, "output_usd": 1, "batch_factor": 1, '
        '"source": "x", "as_of": "2026-01-02"}}}'
    )
    assert PriceBook(file=file).get_price("m", BULK).input_usd == Decimal("0.1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices = 3", "no prices"),
        ("not toml", "cannot be read"),
        ("[prices.m]\ninput_usd = 1\noutput_usd = 1\nas_of = 2026-01-01", "model m: source"),
        ('[prices.m]\ninput_usd = -1\noutput_usd = 1\nsource = "x"\nas_of = 2026-01-01', "model m: input_usd"),
        ('[prices.m]\ninput_usd = nan\noutput_usd = 1\nsource = "x"\nas_of = 2026-01-01', "model m: input_usd"),
        ('[prices.m]\ninput = 1\noutput_usd = 1\nsource = "x"\nas_of = 2026-01-01', "model m: input"),
    ],
)
def test_an_unusable_price_file_is_named_with_its_fault(tmp_path, text, words):
    file = tmp_path / "prices.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=words) as raised:
        PriceBook(file=file)
    assert "prices.toml" in raised.value.message
    with pytest.raises(ConfigError, match="cannot be read"):
        PriceBook(file=tmp_path / "none.toml")


def test_no_price_needs_the_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert PriceBook().get_price(LISTED[0], NOW).input_usd > 0
