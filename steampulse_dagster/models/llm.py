"""What is asked of a language model, what it answers, and what that costs; rows of `llm_calls`."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from steampulse_dagster.models.base import Model


class Purpose(StrEnum):
    """What a call is for; each has its own prompt."""

    EXTRACT_CHUNK = "extract_chunk"
    JOIN_LABELS = "join_labels"
    SYNTHESIZE = "synthesize"
    REPAIR = "repair"


BULK_PURPOSES = frozenset({Purpose.EXTRACT_CHUNK, Purpose.SYNTHESIZE})
"""What makes up nearly all of the cost. Joining labels and repairs are small, and each would cost a job's hours."""


class Delivery(StrEnum):
    """How a request reaches the model: one call now, or a record of a bulk job."""

    REAL_TIME = "real_time"
    BATCH = "batch"


class ModelRequest(Model):
    """One question to a language model, the same whichever way it is delivered.

    `request_key` is a digest of everything the answer depends on: equal key, equal work, which is paid for once.
    """

    request_key: str
    purpose: Purpose
    appid: int
    model: str
    """Model id, inference profile id or ARN (Bedrock), or the endpoint's own model name."""
    prompt_version: str
    system: str
    """The long stable part: what a prompt cache keeps."""
    user: str
    max_tokens: int
    """Most tokens of the answer, thinking included."""
    answer_schema: str | None = None
    """JSON Schema of the answer, as JSON, for services that can hold a model to one. It follows from the prompt."""
    attempt: int = 1
    """Which question about the same thing this is: one above 1 follows an answer that could not be used."""


class ModelLimits(Model):
    """Which model is asked and how long it may answer."""

    model: str
    answer_tokens: int
    """Room for the first answer, thinking included. Kept near the need: services set it aside from the quota."""
    most_answer_tokens: int
    """What an answer that was cut off may be given when it is asked for again."""


class StopKind(StrEnum):
    """How an answer ended, in the product's words."""

    FINISHED = "finished"
    TRUNCATED = "truncated"
    """Ran into `max_tokens` or the context window: a larger budget or a smaller question may help."""
    FILTERED = "filtered"
    """A refusal or a content filter: asking the same again does not help."""
    UNUSABLE = "unusable"
    """Anything else, such as a malformed tool call."""


class TokenUsage(Model):
    """Tokens of one call. `input_tokens` does not count cached ones: the prompt is input + cache read + cache write."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    def add(self, other: "TokenUsage") -> "TokenUsage":
        """Both together."""
        return TokenUsage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
        )


class ModelReply(Model):
    """One answer: its text blocks joined (thinking left out), how it ended, what it used."""

    text: str
    stop: StopKind
    stop_reason: str
    """The service's own word."""
    usage: TokenUsage
    latency_ms: int | None = None


class ModelPrice(Model):
    """US dollars per million tokens of one model by one delivery, as of a day."""

    model: str
    delivery: Delivery
    input_usd: Decimal
    output_usd: Decimal
    cache_read_usd: Decimal
    cache_write_usd: Decimal
    large_prompt_above: int | None = None
    """Prompt tokens (cached ones too) above which `large_prompt_factor` applies to the whole call; None: no step."""
    large_prompt_factor: Decimal = Decimal(1)
    large_prompt_output_factor: Decimal | None = None
    """The factor of output tokens where it differs; None: the same."""
    source: str
    as_of: date


class CallStatus(StrEnum):
    """States of a row of `llm_calls`. RESERVED: the money is set aside, the answer is not there yet.
    UNKNOWN: the answer was never seen (time-out, dead process), so what was reserved is assumed to be spent."""

    RESERVED = "reserved"
    ANSWERED = "answered"
    FAILED = "failed"
    UNKNOWN = "unknown"


class LedgerCall(Model):
    """A row of `llm_calls`: one call. A request that failed and was asked again has several."""

    call_id: int
    request_key: str
    appid: int | None
    run_id: str | None = None
    purpose: Purpose
    model: str
    prompt_version: str
    delivery: Delivery
    status: CallStatus
    attempts: int = 1
    """Which call of its request this is, from 1."""
    usage: TokenUsage | None = None
    price: ModelPrice
    reserved_usd: Decimal
    cost_usd: Decimal | None = None
    latency_ms: int | None = None
    reply: ModelReply | None = None
    error: str | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None


class LanguageModel(Protocol):
    """Whoever answers requests: a client of one service, or what stands in front of it and keeps the books."""

    async def answer(self, request: ModelRequest) -> ModelReply:
        """One answer. Raises AnalystError, retryable where waiting can help; a refusal is an answer, not an error.

        Cancelled before it asked anybody, a client raises AnalystError; afterwards it ends with the answer, which is
        paid for.
        """
        ...
