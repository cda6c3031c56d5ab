"""HTTP to Steam: `SteamHttp`, the only place that repeats a request."""

import email.utils
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import msgspec
import stamina

from steampulse_dagster.clients.http_body import Answer, AnswerTooLargeError, fetch_whole
from steampulse_dagster.clients.limiter import PATIENCE_SECONDS, CircuitOpenError, HostHeldError, Limiter
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from steampulse_dagster.utils.clock import utc_now

T_ = TypeVar("T_")
MAX_SHAPE_ATTEMPTS = 3
"""HTML, `null` or half an answer with status 200 is mostly a passing fault; past this it is a changed service."""
KEY_REFUSED = "key="
"""Steam's page for a bad key asks to "verify your key= parameter"; its page for a banned address does not."""


@dataclass(frozen=True)
class RetryPolicy:
    """Back-off of one request: exponential with jitter, seconds.

    `total_seconds` counts the time that Steam took to answer or fail, not the wait for a turn: with a rate of one a
    second and many games at once, most of the time of a request is its place in the queue.
    """

    attempts: int = 5
    total_seconds: float = 180.0
    first_wait: float = 0.5
    longest_wait: float = 20.0
    jitter: float = 1.0


class _TryAgain(Exception):
    """A failure that another attempt may cure; `wait` is what the server asked for, in seconds."""

    def __init__(self, error: SteamApiError, *, wait: float | None = None, status: int = 200) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait
        self.status = status


@dataclass
class _Patience:
    """Decides on one more attempt of one request."""

    policy: RetryPolicy
    shape_attempts: int = 0
    seconds_spent: float = 0.0

    def allows(self, error: Exception) -> bool:
        if not isinstance(error, _TryAgain) or self.seconds_spent > self.policy.total_seconds:
            return False
        if error.error.kind is SteamErrorKind.UNEXPECTED_SHAPE:
            self.shape_attempts += 1
            return self.shape_attempts < MAX_SHAPE_ATTEMPTS
        return True


@dataclass
class _Strikes:
    """Times that a host limited our rate without saying for how long, and the pause that it was given for the last."""

    count: int = 0
    paused_until: float = 0.0


@dataclass(frozen=True)
class _Request:
    url: str
    params: Mapping[str, str]
    host: str
    what: str
    appid: int | None

    def failed(self, why: str, kind: SteamErrorKind, *, retry_at: datetime | None = None) -> SteamApiError:
        return SteamApiError(f"{self.what}: {self.host} {why}.", kind=kind, appid=self.appid, retry_at=retry_at)


class SteamHttp:
    """GET requests that answer with a JSON object, paced by the limiter and repeated where that can help."""

    def __init__(self, client: httpx.AsyncClient, limiter: Limiter, policy: RetryPolicy | None = None) -> None:
        self._client = client
        self._limiter = limiter
        self._policy = policy or RetryPolicy()
        self._strikes: dict[str, _Strikes] = {}

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

        Raises SteamApiError: rate_limited, unavailable and unexpected_shape only after repeated attempts, blocked
        (403, which turns into a ban of the whole address if ignored) at once, and then without asking until the
        circuit closes. Raises ConfigError for an unusable address, DatabaseError if the shared budget cannot be read.
        """
        request = _Request(url=url, params=params, host=self._limiter.name_of(url), what=what, appid=appid)
        return await self._fetch(
            request, lambda response: _read_object(request, response, null_means_throttled=null_means_throttled)
        )

    async def fetch_usual(
        self,
        url: str,
        *,
        params: Mapping[str, str],
        what: str,
        read_usual: Callable[[bytes], T_ | None],
        appid: int | None = None,
    ) -> T_ | dict[str, Any]:
        """As `fetch_json`, for an answer that `read_usual` mostly makes something of at once, straight from its bytes.

        What it returns None for comes as `fetch_json` returns it, and raises what that raises.
        """
        request = _Request(url=url, params=params, host=self._limiter.name_of(url), what=what, appid=appid)

        def read(response: Answer) -> T_ | dict[str, Any]:
            usual = read_usual(response.content)
            return _read_object(request, response) if usual is None else usual

        return await self._fetch(request, read)

    async def _fetch(self, request: _Request, read: Callable[[Answer], T_]) -> T_:
        patience = _Patience(self._policy)
        try:
            return await self._ask(request, patience, read)
        except _TryAgain as failure:
            first: _TryAgain | None = failure
        try:
            async for attempt in stamina.retry_context(
                on=patience.allows,
                attempts=self._policy.attempts,
                timeout=None,
                wait_initial=self._policy.first_wait,
                wait_max=self._policy.longest_wait,
                wait_jitter=self._policy.jitter,
            ):
                with attempt:
                    if first is not None:  # nearly always it does, and needs none of this
                        failed, first = first, None
                        raise failed
                    return await self._ask(request, patience, read)
        except _TryAgain as failure:
            raise failure.error from failure.__cause__
        raise AssertionError("unreachable: the last attempt raises")

    async def _ask(self, request: _Request, patience: _Patience, read: Callable[[Answer], T_]) -> T_:
        """One attempt; what it tells about the host is passed on to everybody who asks there."""
        try:
            response = await self._send(request, patience)
            await self._check_status(request, response)
            answer = read(response)
        except _TryAgain as failure:
            await self._keep_pause(request, failure)
            raise
        self._strikes.pop(request.host, None)
        await self._limiter.confirm(request.host)
        return answer

    async def _send(self, request: _Request, patience: _Patience) -> Answer:
        try:
            async with self._limiter.slot(request.host):
                started = time.monotonic()
                try:
                    return await fetch_whole(self._client, request.url, params=request.params)
                finally:
                    patience.seconds_spent += time.monotonic() - started
        except CircuitOpenError as error:
            raise _blocked(request, "refused our address lately and is left alone", error.until) from None
        except HostHeldError as error:
            why = f"asked for a pause until {error.until:%Y-%m-%d %H:%M:%S} UTC"
            raise request.failed(why, SteamErrorKind.RATE_LIMITED, retry_at=error.until) from None
        except AnswerTooLargeError as error:
            raise _TryAgain(request.failed(f"sent {error}", SteamErrorKind.UNEXPECTED_SHAPE)) from error
        except TimeoutError as error:
            raise _TryAgain(request.failed("took too long to answer", SteamErrorKind.UNAVAILABLE)) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise ConfigError(f"The address of Steam cannot be used: {error}.") from error
        except httpx.RequestError as error:
            why = f"did not answer ({type(error).__name__})"
            raise _TryAgain(request.failed(why, SteamErrorKind.UNAVAILABLE)) from error

    async def _check_status(self, request: _Request, response: Answer) -> None:
        status = response.status_code
        if status == 200:
            return
        wait = parse_retry_after(response)
        match status:
            case 401:
                # The key is wrong, not the address: what needs no key may go on, so the circuit stays closed.
                raise request.failed("refused the API key (HTTP 401)", SteamErrorKind.KEY_REFUSED)
            case 403 if "key" in request.params and KEY_REFUSED in response.text:
                raise request.failed("refused the API key (HTTP 403)", SteamErrorKind.KEY_REFUSED)
            case 403:
                until = await self._limiter.refuse(request.host, status=status)
                raise _blocked(request, "refused our address (HTTP 403)", until)
            case 429:
                why = "limits our rate (HTTP 429)"
                raise _TryAgain(request.failed(why, SteamErrorKind.RATE_LIMITED), wait=wait, status=status)
            case _ if status >= 500:
                why = f"is out of order (HTTP {status})"
                raise _TryAgain(request.failed(why, SteamErrorKind.UNAVAILABLE), wait=wait, status=status)
            case _ if 300 <= status < 400:
                why = f"redirects: this endpoint is gone (HTTP {status})"
                raise request.failed(why, SteamErrorKind.UNEXPECTED_SHAPE)
            case _:
                raise request.failed(f"does not know this request (HTTP {status})", SteamErrorKind.UNEXPECTED_SHAPE)

    async def _keep_pause(self, request: _Request, failure: _TryAgain) -> None:
        """Hold the host for as long as it asked for, or for a guess if it limits the rate and does not say.

        Raises the failure itself if the pause is too long to wait for; the host is held all the same.
        """
        if failure.wait is None and failure.error.kind is not SteamErrorKind.RATE_LIMITED:
            return
        seconds = self._guess_pause(request.host) if failure.wait is None else failure.wait
        if seconds > 0:
            await self._limiter.hold(request.host, seconds=seconds, status=failure.status)
        if seconds > PATIENCE_SECONDS:
            until = utc_now() + timedelta(seconds=seconds)
            why = f"asked for a pause until {until:%Y-%m-%d %H:%M:%S} UTC (HTTP {failure.status})"
            raise request.failed(why, failure.error.kind, retry_at=until) from failure

    def _guess_pause(self, host: str) -> float:
        """Doubled with each time in a row, with jitter; several requests that were under way count as one time."""
        strikes = self._strikes.setdefault(host, _Strikes())
        now = time.monotonic()
        if now >= strikes.paused_until:
            strikes.count += 1
            longest = min(self._policy.longest_wait, self._policy.first_wait * 2**strikes.count)
            strikes.paused_until = now + longest * random.uniform(0.5, 1.0)
        return strikes.paused_until - now


def _blocked(request: _Request, why: str, until: datetime) -> SteamApiError:
    why = (
        f"{why}; nothing is sent to it before {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC "
        f"(if it was lifted earlier: `steampulse limits --reset {request.host}`)"
    )
    return request.failed(why, SteamErrorKind.BLOCKED, retry_at=until)


def _read_object(request: _Request, response: Answer, *, null_means_throttled: bool = False) -> dict[str, Any]:
    try:
        answer = _decode(response)
    except (ValueError, RecursionError) as error:
        raise _TryAgain(_misshapen(request, f"is not JSON ({_content_type(response)})")) from error
    match answer:
        case dict():
            return answer
        case None if null_means_throttled:
            message = f"{request.what}: answered null, which is how the store limits the rate."
            raise _TryAgain(SteamApiError(message, kind=SteamErrorKind.RATE_LIMITED, appid=request.appid))
        case _:
            raise _TryAgain(_misshapen(request, f"is {type(answer).__name__}, not an object"))


def _misshapen(request: _Request, how: str) -> SteamApiError:
    message = f"{request.what}: the answer {how}."
    return SteamApiError(message, kind=SteamErrorKind.UNEXPECTED_SHAPE, appid=request.appid)


def _decode(response: Answer) -> Any:
    """The JSON of an answer. What the quick decoder refuses (lone surrogates, odd encodings) the lenient one reads."""
    try:
        return msgspec.json.decode(response.content)
    except (ValueError, RecursionError):
        return response.json()


def _content_type(response: Answer) -> str:
    return str(response.headers.get("content-type", "no content type")).split(";")[0]


def parse_retry_after(response: Answer) -> float | None:
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
