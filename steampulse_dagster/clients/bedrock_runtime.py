"""Bedrock in real time: one Converse call for each request, through boto3. It knows nothing of prices or storage.

boto3 retries nothing here: its modes give up on an overloaded service within seconds, know nothing of the other calls
under way, and repeat a call after a read time-out, which may be paid for twice.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from steampulse_dagster.clients.adaptive_limit import AdaptiveLimit
from steampulse_dagster.clients.bedrock_client import Failure, Trouble, read_failure
from steampulse_dagster.clients.bedrock_messages import build_converse_body, is_converse_answer, parse_converse_reply
from steampulse_dagster.clients.bedrock_models import get_capabilities
from steampulse_dagster.clients.first_calls import FirstCalls
from steampulse_dagster.errors import AnalystError, UnknownOutcomeError
from steampulse_dagster.models.llm import ModelReply, ModelRequest
from steampulse_dagster.utils.together import finish

log = structlog.get_logger()


@dataclass(frozen=True)
class Patience:
    """What one request bears. Waits are in seconds; the time in the queue for a slot is no wait."""

    attempts: int = 40
    attempts_when_broken: int = 3
    total_wait: float = 900.0
    first_wait: float = 1.0
    longest_wait: float = 30.0
    not_ready_wait: float = 20.0


@dataclass
class _Course:
    """The failures of one request so far, and how long it has waited because of them."""

    patience: Patience
    seen: Counter[Trouble] = field(default_factory=Counter)
    waited: float = 0.0
    last: Failure | None = None

    def next_wait(self, failure: Failure) -> float | None:
        """How long to wait before the next attempt, half of it at random; None: no more attempts."""
        patience, trouble = self.patience, failure.trouble
        self.seen[trouble] += 1
        match trouble:
            case Trouble.THROTTLED | Trouble.OVERLOADED | Trouble.UNREACHABLE:
                wait = min(patience.longest_wait, patience.first_wait * 2.0 ** (self.seen.total() - 1))
            case Trouble.NOT_READY:
                wait = patience.not_ready_wait
            case Trouble.BROKEN if self.seen[trouble] < patience.attempts_when_broken:
                wait = patience.first_wait
            case _:
                return None
        wait = max(wait * random.uniform(0.5, 1.0), failure.wait_seconds)
        if self.seen.total() >= patience.attempts or self.waited + wait > patience.total_wait:
            return None
        self.waited += wait
        return wait


class _Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


class BedrockRuntime:
    """Implements LanguageModel. One object per event loop; `close` it."""

    def __init__(
        self,
        client: Any,
        *,
        concurrency: int,
        patience: Patience | None = None,
        models_file: Path | None = None,
    ) -> None:
        self._client = client
        self._patience = patience or Patience()
        self._models_file = models_file
        self._limit = AdaptiveLimit(concurrency)
        self._first_calls = FirstCalls()
        self._pool = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="bedrock")

    async def answer(self, request: ModelRequest) -> ModelReply:
        """One answer; throttling is waited out. Raises AnalystError, and UnknownOutcomeError where a call was sent and
        its answer never seen. Cancelled, it ends with the answer of a call under way, or with an AnalystError."""
        body = build_converse_body(request, get_capabilities(request.model, own_table=self._models_file), cached=True)
        course = _Course(self._patience)
        while True:
            try:
                return await self._converse_in_turn(request, body)
            except _Failed as failed:
                wait = course.next_wait(failed.failure)
                if wait is None:
                    raise _tell(failed.failure, request) from failed.__cause__
                course.last = failed.failure
                log.debug("model_call_waits", model=request.model, trouble=failed.failure.trouble.value, seconds=wait)
            except asyncio.CancelledError:
                raise _tell_stopped(course.last, request) from None
            try:
                await asyncio.sleep(wait)
            except asyncio.CancelledError:
                raise _tell_stopped(course.last, request) from None

    def close(self) -> None:
        """Let go of threads and connections; calls under way end first."""
        self._pool.shutdown()
        self._client.close()

    async def _converse_in_turn(self, request: ModelRequest, body: Mapping[str, Any]) -> ModelReply:
        """A call; where it would write the prompt cache together with others, one of them goes first."""
        if not any("cachePoint" in block for block in body["system"]):
            return await self._converse(request, body)
        async with self._first_calls.turn((request.model, request.system)):
            return await self._converse(request, body)

    async def _converse(self, request: ModelRequest, body: Mapping[str, Any]) -> ModelReply:
        async with self._limit.slot() as began:
            try:
                call = asyncio.get_running_loop().run_in_executor(
                    self._pool, lambda: self._client.converse(modelId=request.model, **body)
                )
                answer = await finish(call)  # it is paid for
            except (ClientError, BotoCoreError) as error:
                failure = read_failure(error, model=request.model)
                if failure.trouble in (Trouble.THROTTLED, Trouble.OVERLOADED):
                    self._limit.note_refused(began)
                raise _Failed(failure) from error
            except ResponseParserError as error:
                raise _Failed(Failure(Trouble.LOST, "its answer cannot be read")) from error
            self._limit.note_answered()
        if not is_converse_answer(answer):
            raise _Failed(Failure(Trouble.LOST, "its answer has no message or no usage"))
        return parse_converse_reply(answer)


def _tell_stopped(last: Failure | None, request: ModelRequest) -> AnalystError:
    """The error of a request that was cancelled while it waited for its turn or after a failure."""
    return _tell(last or Failure(Trouble.UNREACHABLE, "it was stopped before it was asked"), request)


def _tell(failure: Failure, request: ModelRequest) -> AnalystError:
    message = f"Bedrock, {request.model}, {request.purpose.value} of {request.appid}: {failure.words}"
    if failure.trouble is Trouble.LOST:
        return UnknownOutcomeError(message, retryable=True, appid=request.appid)
    return AnalystError(message, retryable=failure.trouble is not Trouble.REFUSED, appid=request.appid)
