"""POST requests to IGDB and Twitch, paced by the limiter and repeated where that can help."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import stamina

from steampulse_dagster.clients.http import RetryPolicy, parse_retry_after
from steampulse_dagster.clients.http_body import Answer, AnswerTooLargeError, fetch_whole
from steampulse_dagster.clients.limiter import PATIENCE_SECONDS, CircuitOpenError, HostHeldError, Limiter
from steampulse_dagster.errors import ConfigError, IgdbApiError, IgdbErrorKind

HOLD_SECONDS = 1.0
"""Pause of all processes after a 429 that names none: IGDB's limit is by the second."""


class UnauthorizedError(Exception):
    """401: the token is not good, or no longer."""


class IgdbHttp:
    """Answers as parsed JSON. One object per event loop."""

    def __init__(self, client: httpx.AsyncClient, limiter: Limiter, policy: RetryPolicy | None = None) -> None:
        self._client = client
        self._limiter = limiter
        self._policy = policy or RetryPolicy(total_seconds=60.0)
        self.calls: Counter[str] = Counter()
        """Requests that were sent by what for, repeated ones included."""

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str], what: str) -> Any:
        """The JSON that answers a POST; `what` names it in errors, which never show headers or body.

        Raises IgdbApiError, rate_limited and unavailable only after repeated attempts; UnauthorizedError for a 401;
        ConfigError for an unusable address; DatabaseError if the shared budget cannot be read.
        """
        async for attempt in stamina.retry_context(
            on=lambda error: isinstance(error, IgdbApiError) and error.retryable,
            attempts=self._policy.attempts,
            timeout=self._policy.total_seconds,
            wait_initial=self._policy.first_wait,
            wait_max=self._policy.longest_wait,
            wait_jitter=self._policy.jitter,
        ):
            with attempt:
                return await self._ask(url, body=body, headers=headers, what=what)
        raise AssertionError("unreachable: the last attempt raises")

    async def _ask(self, url: str, *, body: bytes, headers: Mapping[str, str], what: str) -> Any:
        host = self._limiter.name_of(url)
        answer = await self._send(url, host, body=body, headers=headers, what=what)
        match answer.status_code:
            case 200:
                return _read_json(answer, what=what)
            case 401:
                raise UnauthorizedError
            case 429:
                pause = parse_retry_after(answer)
                await self._limiter.hold(host, seconds=HOLD_SECONDS if pause is None else pause, status=429)
                raise IgdbApiError(f"{what}: {host} limits our rate (HTTP 429).", kind=IgdbErrorKind.RATE_LIMITED)
            case status if status >= 500:
                raise IgdbApiError(f"{what}: {host} is out of order (HTTP {status}).", kind=IgdbErrorKind.UNAVAILABLE)
            case 403:
                raise IgdbApiError(f"{what}: {host} refuses this client (HTTP 403).", kind=IgdbErrorKind.KEY_REFUSED)
            case status:
                why = f"{what}: {host} cannot read the request (HTTP {status})."
                raise IgdbApiError(why, kind=IgdbErrorKind.BAD_QUERY)

    async def _send(self, url: str, host: str, *, body: bytes, headers: Mapping[str, str], what: str) -> Answer:
        try:
            async with self._limiter.slot(host):
                self.calls[what] += 1
                return await fetch_whole(self._client, url, params={}, post=body, headers=headers)
        except (CircuitOpenError, HostHeldError) as error:
            why = f"{what}: {host} asked for a pause of more than {PATIENCE_SECONDS:.0f} seconds."
            raise IgdbApiError(why, kind=IgdbErrorKind.RATE_LIMITED) from error
        except AnswerTooLargeError as error:
            raise IgdbApiError(f"{what}: {host} sent {error}.", kind=IgdbErrorKind.UNEXPECTED_SHAPE) from error
        except TimeoutError as error:
            raise IgdbApiError(f"{what}: {host} took too long.", kind=IgdbErrorKind.UNAVAILABLE) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise ConfigError(f"The address of IGDB or Twitch cannot be used: {error}.") from error
        except httpx.RequestError as error:
            why = f"{what}: {host} did not answer ({type(error).__name__})."
            raise IgdbApiError(why, kind=IgdbErrorKind.UNAVAILABLE) from error


def _read_json(answer: Answer, *, what: str) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        # HTML or half an answer with status 200 is mostly a passing fault of a gateway.
        raise IgdbApiError(f"{what}: the answer is not JSON.", kind=IgdbErrorKind.UNAVAILABLE) from error
