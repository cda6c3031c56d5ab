"""Any OpenAI-compatible endpoint (Ollama, vLLM, a llama.cpp server) as a language model, over plain HTTP."""

import asyncio
import json
from enum import IntEnum
from typing import Any

import httpx
import stamina
import structlog
from pydantic import SecretStr

from steampulse_dagster.errors import AnalystError, ConfigError, UnknownOutcomeError
from steampulse_dagster.models.llm import ModelReply, ModelRequest, StopKind, TokenUsage
from steampulse_dagster.utils.together import finish

log = structlog.get_logger()

READ_TIMEOUT_SECONDS = 600.0
"""A model on a desktop machine needs minutes for a chunk."""
ATTEMPTS = 5
MOST_WAIT_SECONDS = 60.0
_FORM_REFUSED = (400, 415, 422)
CONTEXT_LOST_BELOW = 0.5
"""Many local servers cut a prompt that is too long without a word: fewer than half of the least tokens that a text of
its length can have were then read."""
CHARACTERS_PER_TOKEN_AT_MOST = 8
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_STOPS = {"stop": StopKind.FINISHED, "length": StopKind.TRUNCATED, "content_filter": StopKind.FILTERED}


class _Form(IntEnum):
    """How JSON is asked for beyond the prompt; stepped down when the endpoint refuses it, and remembered."""

    JSON_SCHEMA = 2
    JSON_OBJECT = 1
    PROMPT_ONLY = 0


class _TryAgain(Exception):
    def __init__(self, error: AnalystError, *, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error, self.wait = error, wait


def _wait_before_next(error: Exception) -> bool | float:
    """For stamina: whether to try again, or after how many seconds where the endpoint said so."""
    return error.wait or True if isinstance(error, _TryAgain) else False


def build_endpoint_client(base_url: str, *, key: SecretStr | None) -> httpx.AsyncClient:
    """The client that one event loop reuses. Proxies of the environment are not used for this machine itself."""
    try:
        host = httpx.URL(base_url).host
    except httpx.InvalidURL as error:
        raise ConfigError(f"The address of the model endpoint cannot be used: {error}.") from None
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    return httpx.AsyncClient(
        base_url=f"{base_url.rstrip('/')}/",
        headers=headers,
        timeout=httpx.Timeout(READ_TIMEOUT_SECONDS, connect=10.0),
        trust_env=host not in _LOOPBACK,
    )


async def fetch_model_names(http: httpx.AsyncClient) -> frozenset[str]:
    """The models that the endpoint lists; empty where it lists none. Raises AnalystError where it does not answer."""
    try:
        response = await http.get("models", timeout=10.0)
    except httpx.RequestError as error:
        message = f"The model endpoint {http.base_url} cannot be reached ({type(error).__name__})."
        raise AnalystError(message, retryable=True) from error
    if response.status_code in (401, 403):
        raise AnalystError(f"The model endpoint {http.base_url} refuses the key (HTTP {response.status_code}).")
    try:
        return frozenset(str(model["id"]) for model in response.json()["data"])
    except (ValueError, KeyError, TypeError):
        return frozenset()


class OpenAICompatible:
    """Implements LanguageModel."""

    def __init__(self, http: httpx.AsyncClient, *, concurrency: int = 1, first_wait: float = 1.0) -> None:
        self._http = http
        self._slots = asyncio.Semaphore(concurrency)
        self._form = _Form.JSON_SCHEMA
        self._first_wait = first_wait

    async def answer(self, request: ModelRequest) -> ModelReply:
        """One answer. Raises AnalystError, UnknownOutcomeError where the endpoint stopped answering midway."""
        try:
            async for attempt in stamina.retry_context(
                on=_wait_before_next,
                attempts=ATTEMPTS,
                timeout=None,
                wait_initial=self._first_wait,
                wait_max=30.0,
                wait_jitter=self._first_wait,
            ):
                with attempt:
                    async with self._slots:
                        answer = await finish(self._complete(request))
        except _TryAgain as failure:
            raise failure.error from failure.__cause__
        except asyncio.CancelledError:
            message = f"{_describe(request)}: stopped before it was asked."
            raise AnalystError(message, retryable=True, appid=request.appid) from None
        reply = _parse_reply(answer, what=_describe(request), appid=request.appid)
        _check_context(request, reply)
        return reply

    async def _complete(self, request: ModelRequest) -> Any:
        what, appid = _describe(request), request.appid
        response = await self._post_in_form(request)
        self._raise_for_status(response, what=what, appid=appid)
        try:
            return response.json()
        except ValueError as error:
            raise UnknownOutcomeError(f"{what}: the answer is not JSON.", retryable=True, appid=appid) from error

    async def _post_in_form(self, request: ModelRequest) -> httpx.Response:
        """The answer in the strictest form that the endpoint takes. A refusal may have another cause, so a form counts
        as refused only once a looser one was answered."""
        form = self._form if request.answer_schema else min(self._form, _Form.JSON_OBJECT)
        response = await self._post(request, form)
        while response.status_code in _FORM_REFUSED and form is not _Form.PROMPT_ONLY:
            form = _Form(form - 1)
            response = await self._post(request, form)
            if response.status_code == 200:
                log.info("json_form_refused", model=request.model, left=form.name.lower())
                self._form = min(self._form, form)
        return response

    async def _post(self, request: ModelRequest, form: _Form) -> httpx.Response:
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            "max_tokens": request.max_tokens,
            "stream": False,
        }
        if response_format := _build_format(request, form):
            body["response_format"] = response_format
        try:
            return await self._http.post(
                "chat/completions",
                content=json.dumps(body).encode(),  # escaped to ASCII: half a character cannot break the request
                headers={"content-type": "application/json"},
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            message = f"{_describe(request)}: the endpoint cannot be reached ({type(error).__name__})."
            raise _TryAgain(AnalystError(message, retryable=True, appid=request.appid)) from error
        except httpx.RequestError as error:
            message = f"{_describe(request)}: the endpoint stopped answering ({type(error).__name__})."
            raise UnknownOutcomeError(message, retryable=True, appid=request.appid) from error

    def _raise_for_status(self, response: httpx.Response, *, what: str, appid: int) -> None:
        status = response.status_code
        if status == 200:
            return
        # Some endpoints quote the key that they refuse.
        key = self._http.headers.get("authorization", "").removeprefix("Bearer ")
        said = response.text.replace(key, "***") if key else response.text
        passing = status in (408, 429) or status >= 500
        error = AnalystError(f"{what}: HTTP {status}: {said[:300]}", retryable=passing, appid=appid)
        if passing:
            raise _TryAgain(error, wait=_read_wait(response))
        raise error


def _describe(request: ModelRequest) -> str:
    return f"Model {request.model}, {request.purpose.value} of {request.appid}"


def _build_format(request: ModelRequest, form: _Form) -> dict[str, Any] | None:
    match form:
        case _Form.JSON_SCHEMA:
            schema = json.loads(request.answer_schema or "{}")
            return {
                "type": "json_schema",
                "json_schema": {"name": request.purpose.value, "strict": True, "schema": schema},
            }
        case _Form.JSON_OBJECT:
            return {"type": "json_object"}
        case _Form.PROMPT_ONLY:
            return None


def _read_wait(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return min(float(value), MOST_WAIT_SECONDS) if value.isdecimal() else None


def _parse_reply(answer: Any, *, what: str, appid: int) -> ModelReply:
    try:
        choice = answer["choices"][0]
        text = choice["message"]["content"] or ""
        reason = str(choice.get("finish_reason"))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise UnknownOutcomeError(f"{what}: the answer has no message.", retryable=False, appid=appid) from error
    usage = answer.get("usage") if isinstance(answer.get("usage"), dict) else {}
    prompt, cached = _count(usage.get("prompt_tokens")), _count_cached(usage)
    return ModelReply(
        text=str(text),
        stop=_STOPS.get(reason, StopKind.UNUSABLE),
        stop_reason=reason,
        usage=TokenUsage(
            input_tokens=max(0, prompt - cached),
            output_tokens=_count(usage.get("completion_tokens")),
            cache_read_tokens=min(cached, prompt),
        ),
    )


def _check_context(request: ModelRequest, reply: ModelReply) -> None:
    """Refuse an answer to a prompt that the server cut: it would be about some of the reviews only."""
    read = reply.usage.input_tokens + reply.usage.cache_read_tokens
    sent = len(request.system) + len(request.user)
    if 0 < read < CONTEXT_LOST_BELOW * sent / CHARACTERS_PER_TOKEN_AT_MOST:
        raise AnalystError(
            f"{_describe(request)}: the endpoint read {read} tokens of a prompt of {sent} characters, so it cut it. "
            "Give the model a larger context.",
            retryable=False,
            appid=request.appid,
        )


def _count_cached(usage: dict[str, Any]) -> int:
    """Tokens of the prompt that came out of a cache; they are among the prompt's."""
    details = usage.get("prompt_tokens_details")
    return _count(details.get("cached_tokens")) if isinstance(details, dict) else 0


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
