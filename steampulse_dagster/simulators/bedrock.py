"""The Bedrock Converse look-alike, as the boto3 client `bedrock-runtime` calls it; the answers come from a callable."""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from steampulse_dagster.simulators.wire import json_bytes, json_response

Answer = Callable[[str, str], str]
"""(system text, user text) to the model's text."""

SIGNAL_KEYS = (
    "design_praise",
    "gameplay_friction",
    "wishlist_items",
    "dropout_moments",
    "competitor_refs",
    "notable_quotes",
)
_REVIEW = re.compile(r'<review n="(\d+)"[^>]*>(.*?)</review>', re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]*[^.!?\s][^.!?\n]*[.!?]?")
_QUOTES, _QUOTE_CHARACTERS = 5, 200
_BYTES_PER_TOKEN = 4
_NO_SAMPLING = re.compile(r"claude-\w+-5(?:-|$)")
_ONE_SAMPLING = re.compile(r"claude-\w+-4-[5-9](?:-|$)")
_SAMPLING = {"temperature", "topP"}


class ServiceError(Exception):
    """A refusal by the service: HTTP status and error name."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name = status, name


def answer_extractively(_: str, user_text: str) -> str:
    """JSON made of the user text itself: a quote of each of the first numbered reviews, else the text's beginning."""
    reviews = _REVIEW.findall(user_text)
    if not reviews:
        return json.dumps({"text": user_text.strip()[:_QUOTE_CHARACTERS]}, ensure_ascii=False)
    quotes = [{"review": int(number), "quote": quote} for number, text in reviews if (quote := _first_sentence(text))]
    answer: dict[str, Any] = {key: [] for key in SIGNAL_KEYS}
    return json.dumps(answer | {"notable_quotes": quotes[:_QUOTES]}, ensure_ascii=False)


def _first_sentence(text: str) -> str:
    found = _SENTENCE.search(text)
    return found.group().strip()[:_QUOTE_CHARACTERS].strip() if found else ""


def build_bedrock_routes(answer: Answer | None = None) -> list[Route]:
    """Routes at the root paths that boto3 uses, so that AWS_ENDPOINT_URL_BEDROCK_RUNTIME is just the server's URL."""
    reply = answer or answer_extractively

    async def converse(request: Request) -> Response:
        began = time.perf_counter()
        try:
            body = await _read_body(request)
            _check_model_parameters(request.path_params["model_id"], body)
            system, user = _system_text(body), _user_text(body)
        except ServiceError as error:
            return _refusal(error)
        message = _build_answer(reply(system, user), body, prompt=system + user)
        return json_response({**message, "metrics": {"latencyMs": int(1000 * (time.perf_counter() - began))}})

    return [Route("/model/{model_id:path}/converse", converse, methods=["POST"])]


async def _read_body(request: Request) -> Mapping[str, Any]:
    if "authorization" not in request.headers:
        raise ServiceError(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise ServiceError(400, "SerializationException", "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise ServiceError(400, "SerializationException", "The request body is not a JSON object")
    return body


def _check_model_parameters(model_id: str, body: Mapping[str, Any]) -> None:
    """What today's Claude models refuse: sampling from 5 on, both kinds of it from 4.5 on, an answer's beginning."""
    config = body.get("inferenceConfig") or {}
    sampling = _SAMPLING & set(config)
    if sampling and _NO_SAMPLING.search(model_id):
        raise _invalid(f"{min(sampling)} is not supported for this model")
    if sampling == _SAMPLING and _ONE_SAMPLING.search(model_id):
        raise _invalid("temperature and top_p cannot both be specified for this model. Please use only one.")
    if config.get("maxTokens", 1) < 1:
        raise _invalid("maxTokens must be at least 1")
    messages = body.get("messages") or []
    if messages and messages[-1].get("role") == "assistant" and _NO_SAMPLING.search(model_id):
        raise _invalid("This model does not support assistant message prefill.")


def _system_text(body: Mapping[str, Any]) -> str:
    return _texts(body.get("system") or [], "SystemContentBlock object at system")


def _user_text(body: Mapping[str, Any]) -> str:
    """The text of the last user message. Raises ServiceError where the service would refuse the conversation."""
    messages = body.get("messages") or []
    if not messages:
        raise _invalid("A conversation must start with a user message.")
    if messages[0].get("role") != "user":
        raise _invalid("A conversation must start with a user message. Try again with a conversation that starts so.")
    texts = []
    for at, message in enumerate(messages):
        content = message.get("content") or []
        if not content:
            raise _invalid(f"The content field in the Message object at messages.{at} is empty.")
        text = _texts(content, f"ContentBlock object at messages.{at}.content")
        if message.get("role") == "user":
            texts.append(text)
    return texts[-1]


def _texts(blocks: list[Mapping[str, Any]], where: str) -> str:
    for at, block in enumerate(blocks):
        if "text" in block and not str(block["text"]).strip():
            raise _invalid(f"The text field in the {where}.{at} is blank. Add text to the text field, and try again.")
    return "\n".join(str(block["text"]) for block in blocks if "text" in block)


def _build_answer(text: str, body: Mapping[str, Any], *, prompt: str) -> dict[str, Any]:
    """A text beyond `maxTokens` is cut and says so in stopReason, as a real model's is."""
    limit = (body.get("inferenceConfig") or {}).get("maxTokens")
    shown = text if limit is None else text.encode()[: limit * _BYTES_PER_TOKEN].decode("utf-8", "ignore")
    tokens_in, tokens_out = estimate_tokens(prompt), estimate_tokens(shown)
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": shown}]}},
        "stopReason": "end_turn" if shown == text else "max_tokens",
        "usage": {"inputTokens": tokens_in, "outputTokens": tokens_out, "totalTokens": tokens_in + tokens_out},
    }


def estimate_tokens(text: str) -> int:
    """About one token for four bytes of UTF-8; at least one."""
    return max(1, -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN))


def _invalid(message: str) -> ServiceError:
    return ServiceError(400, "ValidationException", message)


def _refusal(error: ServiceError) -> Response:
    return Response(
        json_bytes({"message": str(error)}),
        status_code=error.status,
        headers={"content-type": "application/json", "x-amzn-errortype": error.name},
    )
