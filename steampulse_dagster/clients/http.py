"""HTTP to Steam: the reused client, and `SteamHttp.fetch_json`, the only place that repeats a request."""

import email.utils
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx
import stamina

from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind

MAX_RETRY_AFTER_SECONDS = 60.0
"""A longer pause asked for by the server ends the request: waiting for it is the scheduler's business."""
MAX_SHAPE_ATTEMPTS = 3
"""HTML, `null` or half an answer with status 200 is mostly a passing fault; past this it is a changed service."""


@dataclass(frozen=True)
class RetryPolicy:
    """Back-off of one request: exponential with jitter, seconds."""

    attempts: int = 5
    total_seconds: float = 180.0
    first_wait: float = 0.5
    longest_wait: float = 20.0
    jitter: float = 1.0


class _TryAgain(Exception):
    """A failure that another attempt may cure; `wait` is what the server asked for, in seconds."""

    def __init__(self, error: SteamApiError, *, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait


def build_http_client(*, concurrency: int, contact: str | None = None) -> httpx.AsyncClient:
    """The client that one event loop reuses for every request.

    Redirects are not followed: Steam answers a dead endpoint by a redirect to the front page of its store.
    """
    # httpx logs whole addresses at INFO, and an address may carry the API key.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    about = "+Steam review analysis" + (f"; {contact}" if contact else "")
    return httpx.AsyncClient(
        headers={"User-Agent": f"SteamPulse/{_product_version()} ({about})", "Accept": "application/json"},
        timeout=httpx.Timeout(30.0, connect=10.0),
        limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        follow_redirects=False,
    )


class SteamHttp:
    """GET requests that answer with a JSON object, paced by the limiter and repeated where that can help."""

    def __init__(self, client: httpx.AsyncClient, limiter: HostLimiter, policy: RetryPolicy | None = None) -> None:
        self._client = client
        self._limiter = limiter
        self._policy = policy or RetryPolicy()

    async def fetch_json(
        self,
        url: str,
        *,
        params: Mapping[str, str],
        what: str,
        appid: int | None = None,
        null_means_throttled: bool = False,
    ) -> dict[str, Any]:
        """The JSON object at `url`. `what` names the request in errors, which never show `params` (keys).

        Raises SteamApiError: rate_limited, unavailable and unexpected_shape only after repeated attempts,
        blocked (403, which turns into a ban of the whole address if ignored) at once.
        """
        policy = self._policy
        shape_attempts = 0

        def wait_before_next(error: Exception) -> bool | float:
            nonlocal shape_attempts
            if not isinstance(error, _TryAgain):
                return False
            if error.error.kind is SteamErrorKind.UNEXPECTED_SHAPE:
                shape_attempts += 1
                return shape_attempts < MAX_SHAPE_ATTEMPTS
            return True if error.wait is None else error.wait

        try:
            async for attempt in stamina.retry_context(
                on=wait_before_next,
                attempts=policy.attempts,
                timeout=policy.total_seconds,
                wait_initial=policy.first_wait,
                wait_max=policy.longest_wait,
                wait_jitter=policy.jitter,
            ):
                with attempt:
                    response = await self._send(url, params=params, what=what, appid=appid)
                    return _read_object(response, what=what, appid=appid, null_means_throttled=null_means_throttled)
        except _TryAgain as failure:
            raise failure.error from failure.__cause__
        raise AssertionError("unreachable: the last attempt raises")

    async def _send(self, url: str, *, params: Mapping[str, str], what: str, appid: int | None) -> httpx.Response:
        host = "Steam"
        try:
            host = httpx.URL(url).host
            async with self._limiter.slot(host):
                response = await self._client.get(url, params=dict(params))
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise ConfigError(f"The address of Steam cannot be used: {error}.") from error
        except httpx.RequestError as error:
            message = f"{what}: {host} did not answer ({type(error).__name__})."
            raise _TryAgain(SteamApiError(message, kind=SteamErrorKind.UNAVAILABLE, appid=appid)) from error
        self._raise_for_status(response, host=host, what=what, appid=appid)
        return response

    def _raise_for_status(self, response: httpx.Response, *, host: str, what: str, appid: int | None) -> None:
        def failed(why: str, kind: SteamErrorKind) -> SteamApiError:
            return SteamApiError(f"{what}: {host} {why} (HTTP {response.status_code}).", kind=kind, appid=appid)

        match response.status_code:
            case 200:
                return
            case 401:
                raise failed("refused the API key", SteamErrorKind.BLOCKED)
            case 403:
                raise failed("refused this key or address; stop asking for hours", SteamErrorKind.BLOCKED)
            case 429:
                self._back_off(response, host=host, error=failed("limits our rate", SteamErrorKind.RATE_LIMITED))
            case status if status >= 500:
                self._back_off(response, host=host, error=failed("is out of order", SteamErrorKind.UNAVAILABLE))
            case status if 300 <= status < 400:
                raise failed("redirects: this endpoint is gone", SteamErrorKind.UNEXPECTED_SHAPE)
            case _:
                raise failed("does not know this request", SteamErrorKind.UNEXPECTED_SHAPE)

    def _back_off(self, response: httpx.Response, *, host: str, error: SteamApiError) -> None:
        wait = _parse_retry_after(response)
        if wait is not None:
            self._limiter.hold(host, seconds=min(wait, MAX_RETRY_AFTER_SECONDS))
            if wait > MAX_RETRY_AFTER_SECONDS:
                raise error
        raise _TryAgain(error, wait=wait)


def _read_object(
    response: httpx.Response, *, what: str, appid: int | None, null_means_throttled: bool
) -> dict[str, Any]:
    try:
        answer = response.json()
    except (ValueError, RecursionError) as error:
        message = f"{what}: the answer is not JSON ({_content_type(response)})."
        raise _TryAgain(SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid)) from error
    match answer:
        case dict():
            return answer
        case None if null_means_throttled:
            message = f"{what}: answered null, which is how the store limits the rate."
            raise _TryAgain(SteamApiError(message, kind=SteamErrorKind.RATE_LIMITED, appid=appid))
        case _:
            message = f"{what}: the answer is {type(answer).__name__}, not an object."
            raise _TryAgain(SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=appid))


def _content_type(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "no content type")).split(";")[0]


def _parse_retry_after(response: httpx.Response) -> float | None:
    """Seconds from a Retry-After header in either of its forms; None if absent or unreadable."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _product_version() -> str:
    try:
        return version("steampulse")
    except PackageNotFoundError:
        return "0"
