"""The Bedrock look-alike: Converse and bulk jobs, as the boto3 clients `bedrock-runtime` and `bedrock` call them.

The answers' words come from a callable; a script says which calls go wrong and how.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from steampulse_dagster.simulators.bedrock_families import (
    Family,
    check_parameters,
    count_thinking,
    count_tokens,
    cut_to_tokens,
    get_family,
)
from steampulse_dagster.simulators.bedrock_jobs import JobDesk
from steampulse_dagster.simulators.bedrock_oddities import Answer as ModelAnswer
from steampulse_dagster.simulators.bedrock_oddities import build_reasoning, make_odd
from steampulse_dagster.simulators.bedrock_script import CONTENTS, ERRORS, FORMS, STOPS, BedrockScript
from steampulse_dagster.simulators.bedrock_traffic import Latency, PromptCache, TokenBucket
from steampulse_dagster.simulators.bedrock_wire import ServiceError, invalid, read_body, refusing
from steampulse_dagster.simulators.fault_middleware import hang_up
from steampulse_dagster.simulators.objects import MemoryObjects, Objects, build_s3_routes
from steampulse_dagster.simulators.wire import json_bytes, json_response

Answer = Callable[[str, str], str]
"""(system text, user text) to the model's text. Called in threads, several at a time."""

SIGNAL_KEYS = (
    "design_praise",
    "gameplay_friction",
    "wishlist_items",
    "dropout_moments",
    "competitor_refs",
    "notable_quotes",
)
SLOW_FACTOR = 10.0
_REVIEW = re.compile(r'<review n="(\d+)"[^>]*>(.*?)</review>', re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]*[^.!?\s][^.!?\n]*[.!?]?")
_QUOTES, _QUOTE_CHARACTERS = 5, 200
_ERRORS: Mapping[str, tuple[int, str, str]] = {
    "throttled": (429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "not_ready": (429, "ModelNotReadyException", "The model is not ready for inference. Wait and try again."),
    "unavailable": (503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
    "internal": (500, "InternalServerException", "The system encountered an unexpected error."),
    "model_timeout": (408, "ModelTimeoutException", "The model took too long to answer."),
    "model_error": (424, "ModelErrorException", "The model failed to process the request."),
    "invalid": (400, "ValidationException", "The model returned the following errors: prompt is too long"),
    "denied": (403, "AccessDeniedException", "You don't have access to the model with the specified model ID."),
    "missing": (404, "ResourceNotFoundException", "The model was not found."),
    "quota": (400, "ServiceQuotaExceededException", "Your account has reached a quota of the service."),
}


@dataclass(frozen=True)
class Prompt:
    """The texts of a Converse body: all system text, the part of it before a cache point, the last user message."""

    system: str
    prefix: str
    user: str
    everything: str


class BedrockSimulator:
    """Answers Converse calls and runs bulk jobs. Its parts may be replaced while it serves."""

    def __init__(
        self,
        answer: Answer | None = None,
        *,
        script: BedrockScript | None = None,
        latency: Latency | None = None,
        quota: TokenBucket | None = None,
        objects: Objects | None = None,
        profile_only: str | None = None,
    ) -> None:
        """`quota` throttles calls as AWS does; `objects` holds the files of bulk jobs; models whose bare id holds
        `profile_only` can only be asked by an inference profile."""
        self.answer = answer or answer_extractively
        self.script = script or BedrockScript()
        self.latency = latency or Latency()
        self.quota = quota
        self.objects = objects or MemoryObjects()
        self.calls: list[str] = []
        """User texts of the calls that were answered, and so charged, in order."""
        self.refused = 0
        self.jobs = JobDesk(self.objects, answer_record=self._answer_record, script=lambda: self.script)
        self._cache = PromptCache()
        self._profile_only = profile_only

    def routes(self) -> list[BaseRoute]:
        """At the root paths that boto3 uses, so that an endpoint URL is just the server's; the files under /s3."""
        converse = Route("/model/{model_id:path}/converse", refusing(self._converse), methods=["POST"])
        lookups = [
            Route("/inference-profiles/{model_id:path}", refusing(self._show_profile), methods=["GET"]),
            Route("/foundation-models/{model_id:path}", refusing(self._show_model), methods=["GET"]),
        ]
        return [converse, *lookups, *self.jobs.routes(), *build_s3_routes(self.objects)]

    async def _show_profile(self, request: Request) -> Response:
        model = request.path_params["model_id"]
        get_family(model)
        arn = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{model}"
        return json_response(
            {
                "inferenceProfileName": model,
                "inferenceProfileArn": arn,
                "inferenceProfileId": model,
                "models": [],
                "status": "ACTIVE",
                "type": "SYSTEM_DEFINED",
            }
        )

    async def _show_model(self, request: Request) -> Response:
        model = request.path_params["model_id"]
        get_family(model)
        arn = f"arn:aws:bedrock:us-east-1::foundation-model/{model}"
        details = {"modelArn": arn, "modelId": model, "modelLifecycle": {"status": "ACTIVE"}}
        return json_response({"modelDetails": details})

    async def _converse(self, request: Request) -> Response:
        began = time.perf_counter()
        body = await read_body(request)
        model = request.path_params["model_id"]
        prompt = self._check(model, body)
        if self.quota is not None and not self.quota.take():
            self.refused += 1
            raise ServiceError(*_ERRORS["throttled"])
        wrong = self.script.choose(ERRORS, f"{model} {prompt.everything}")
        if wrong is not None and wrong in _ERRORS:
            self.refused += 1
            raise ServiceError(*_ERRORS[wrong])
        if wrong == "gateway":
            return HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", status_code=502)
        cached = self._cache.holds(model, prompt.prefix)
        message = await run_in_threadpool(self._build_message, model, body, prompt, cached=cached)
        await asyncio.sleep(self.latency.draw() * (SLOW_FACTOR if wrong == "slow" else 1.0))
        self.calls.append(prompt.user)
        self._cache.keep(model, prompt.prefix)
        if wrong == "dropped":
            await hang_up(request.receive, answered=False)
        whole = {**message, "metrics": {"latencyMs": int(1000 * (time.perf_counter() - began))}}
        if wrong == "cut_body":
            return Response(json_bytes(whole)[: len(json_bytes(whole)) // 2], media_type="application/json")
        return json_response(whole)

    def _check(self, model: str, body: Mapping[str, Any]) -> Prompt:
        """The texts of a conversation. Raises ServiceError where the service would refuse it."""
        if self._profile_only and self._profile_only in model and model.startswith("anthropic."):
            raise invalid(
                f"Invocation of model ID {model} with on-demand throughput isn't supported. Retry your request with "
                "the ID or ARN of an inference profile that contains this model."
            )
        check_parameters(body, get_family(model))
        return read_prompt(body)

    def _answer_record(self, model: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a record of a bulk job, which has no prompt cache. Raises ServiceError."""
        return self._build_message(model, body, self._check(model, body), cached=False, caches=False)

    def _build_message(
        self, model: str, body: Mapping[str, Any], prompt: Prompt, *, cached: bool, caches: bool = True
    ) -> dict[str, Any]:
        family = get_family(model)
        text = self.answer(prompt.system, prompt.user)
        odd = self.script.choose({**STOPS, **FORMS, **CONTENTS}, f"{model} {prompt.everything}")
        answer, tokens_out = _fit(make_odd(odd, ModelAnswer(text)), body, family)
        usage = _count_usage(prompt, family, cached=cached, caches=caches)
        total = sum(usage.values()) + tokens_out
        return {
            "output": {"message": {"role": "assistant", "content": answer.list_blocks()}},
            "stopReason": answer.stop,
            "usage": {**usage, "outputTokens": tokens_out, "totalTokens": total},
        }


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


def read_prompt(body: Mapping[str, Any]) -> Prompt:
    """The texts of a Converse body. Raises ServiceError where it is no conversation."""
    blocks = body.get("system") or []
    points = [at for at, block in enumerate(blocks) if "cachePoint" in block]
    system = _texts(blocks, "SystemContentBlock object at system")
    prefix = _texts(blocks[: points[-1]], "system") if points else ""
    messages = body.get("messages") or []
    if not messages:
        raise invalid("A conversation must start with a user message.")
    if messages[0].get("role") != "user":
        raise invalid("A conversation must start with a user message. Try again with a conversation that starts so.")
    said = []
    for at, message in enumerate(messages):
        content = message.get("content") or []
        if not content:
            raise invalid(f"The content field in the Message object at messages.{at} is empty.")
        said.append((message.get("role"), _texts(content, f"ContentBlock object at messages.{at}.content")))
    user = [text for role, text in said if role == "user"][-1]
    return Prompt(system=system, prefix=prefix, user=user, everything=system + "".join(text for _, text in said))


def _texts(blocks: Sequence[Mapping[str, Any]], where: str) -> str:
    for at, block in enumerate(blocks):
        if "text" in block and not str(block["text"]).strip():
            raise invalid(f"The text field in the {where}.{at} is blank. Add text to the text field, and try again.")
    return "\n".join(str(block["text"]) for block in blocks if "text" in block)


def _fit(answer: ModelAnswer, body: Mapping[str, Any], family: Family) -> tuple[ModelAnswer, int]:
    """The answer within `maxTokens`, thinking included, and the tokens it used."""
    limit = (body.get("inferenceConfig") or {}).get("maxTokens")
    thinking = count_thinking(body, family)
    needed = count_tokens(answer.text, family) if answer.text else 0
    if limit is not None and thinking + needed > limit:
        text = cut_to_tokens(answer.text, limit - thinking, family)
        answer = ModelAnswer(text, stop="max_tokens", blocks=None if text else ())
        needed = max(0, limit - thinking)
        thinking = min(thinking, limit)
    if thinking and answer.blocks is None:
        answer = ModelAnswer(answer.text, answer.stop, (build_reasoning("…"), {"text": answer.text}))
    return answer, thinking + needed


def _count_usage(prompt: Prompt, family: Family, *, cached: bool, caches: bool) -> dict[str, int]:
    """Tokens of the prompt; a prefix too short for the model is cached by nobody and costs nothing extra."""
    everything = count_tokens(prompt.everything, family)
    prefix = count_tokens(prompt.prefix, family) if prompt.prefix else 0
    if not caches or prefix < family.cache_minimum:
        return {"inputTokens": everything}
    kind = "cacheReadInputTokens" if cached else "cacheWriteInputTokens"
    usage = {"inputTokens": max(1, everything - prefix), "cacheReadInputTokens": 0, "cacheWriteInputTokens": 0}
    return {**usage, kind: prefix}
