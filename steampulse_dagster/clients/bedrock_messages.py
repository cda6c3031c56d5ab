"""Requests and answers in the shape of Bedrock's Converse, alike for one call and for a record of a bulk job. Pure."""

from collections.abc import Mapping
from typing import Any

from steampulse_dagster.clients.bedrock_models import Capabilities, Thinking
from steampulse_dagster.models.llm import ModelReply, ModelRequest, StopKind, TokenUsage

_CHARACTERS_PER_TOKEN = 3
"""Of English prompts, by the newer tokenizer and on the safe side: a cache point that is too early costs nothing."""
_STOPS = {
    "end_turn": StopKind.FINISHED,
    "stop_sequence": StopKind.FINISHED,
    "max_tokens": StopKind.TRUNCATED,
    "model_context_window_exceeded": StopKind.TRUNCATED,
    "content_filtered": StopKind.FILTERED,
    "guardrail_intervened": StopKind.FILTERED,
    "refusal": StopKind.FILTERED,
}


def build_converse_body(request: ModelRequest, capabilities: Capabilities, *, cached: bool) -> dict[str, Any]:
    """The body of a Converse call without the model id. `cached` marks the system prompt for the prompt cache, where it
    is long enough for the model; a bulk job has neither a cache nor structured output."""
    system: list[dict[str, Any]] = [{"text": request.system}]
    if cached and _reaches_cache(request.system, capabilities):
        system.append({"cachePoint": {"type": "default"}})
    body: dict[str, Any] = {
        "system": system,
        "messages": [{"role": "user", "content": [{"text": request.user}]}],
        "inferenceConfig": {"maxTokens": request.max_tokens},
    }
    if capabilities.temperature is not None:
        body["inferenceConfig"]["temperature"] = capabilities.temperature
    if capabilities.thinking is Thinking.OFF_BY_REQUEST:
        body["additionalModelRequestFields"] = {"thinking": {"type": "disabled"}}
    if output := _build_output(request, capabilities, bulk=not cached):
        body["outputConfig"] = output
    return body


def is_converse_answer(answer: Mapping[str, Any]) -> bool:
    """Whether this is an answer at all: with a message, a stop reason, and the tokens to be paid for."""
    message = _mapping(_mapping(answer.get("output")).get("message"))
    return "content" in message and "stopReason" in answer and "inputTokens" in _mapping(answer.get("usage"))


def parse_converse_reply(answer: Mapping[str, Any]) -> ModelReply:
    """An answer's text blocks joined, thinking left out. A stop reason that is not known makes it unusable."""
    output = _mapping(answer.get("output"))
    content = _mapping(output.get("message")).get("content")
    blocks = content if isinstance(content, list) else []
    texts = [block["text"] for block in blocks if isinstance(block, Mapping) and isinstance(block.get("text"), str)]
    reason = str(answer.get("stopReason", ""))
    return ModelReply(
        text="".join(texts),
        stop=_STOPS.get(reason, StopKind.UNUSABLE),
        stop_reason=reason,
        usage=_parse_usage(_mapping(answer.get("usage"))),
        latency_ms=_count(_mapping(answer.get("metrics")), "latencyMs") or None,
    )


def _build_output(request: ModelRequest, capabilities: Capabilities, *, bulk: bool) -> dict[str, Any]:
    output: dict[str, Any] = {"effort": capabilities.effort} if capabilities.effort else {}
    if capabilities.structured_output and request.answer_schema and not bulk:
        schema = {"schema": request.answer_schema, "name": request.purpose.value}
        output["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": schema}}
    return output


def _reaches_cache(system: str, capabilities: Capabilities) -> bool:
    least = capabilities.cache_minimum_tokens
    return least > 0 and len(system) >= least * _CHARACTERS_PER_TOKEN


def _parse_usage(usage: Mapping[str, Any]) -> TokenUsage:
    return TokenUsage(
        input_tokens=_count(usage, "inputTokens"),
        output_tokens=_count(usage, "outputTokens"),
        cache_read_tokens=_count(usage, "cacheReadInputTokens"),
        cache_write_tokens=_count(usage, "cacheWriteInputTokens"),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
