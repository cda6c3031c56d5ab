"""The HTTP client that one event loop reuses: an httpx.AsyncClient over aiohttp's connections."""

import logging
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport


async def _leave_repeating_to_us(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> Any:
    """aiohttp sends a GET once more by itself if a kept connection breaks, past the limiter and the shared budget.

    It does so for two kinds of error alone; under another name the failure arrives at `SteamHttp`, which decides.
    """
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise  # nothing was sent
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise httpx.RemoteProtocolError(str(error)) from error


class _Transport(AiohttpTransport):
    """aiohttp's connections without what nobody wants here: repeating, cookies."""

    def get_client(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
            ssl=self.ssl_context,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), middlewares=[_leave_repeating_to_us]
        )


class _NoCookies(httpx.Cookies):
    """Takes none: no answer that we want depends on one, and to look for them cost a twentieth of a crawl."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


class _Client(httpx.AsyncClient):
    """httpx over aiohttp's connections: httpx's own cost more than all that is done with a page of reviews.

    Its pool looks at each connection for each request, and reads HTTP in Python.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._cookies = _NoCookies()

    # httpx hands every option over by name.
    def _init_transport(  # type: ignore[override]
        self, transport: httpx.AsyncBaseTransport | None = None, **options: Any
    ) -> httpx.AsyncBaseTransport:
        return transport or _Transport(**options)

    def _init_proxy_transport(  # type: ignore[override]
        self, proxy: httpx.Proxy, **options: Any
    ) -> httpx.AsyncBaseTransport:
        return _Transport(proxy=proxy, **options)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            return await super().send(request, **options)
        except aiohttp.ClientError as error:  # an answer that is no HTTP: the one kind that arrives as it is
            raise httpx.RemoteProtocolError(str(error), request=request) from error


def build_http_client(*, concurrency: int, contact: str | None = None) -> httpx.AsyncClient:
    """The client that one event loop reuses for every request. `contact` tells Steam whom to write to.

    Redirects are not followed: Steam answers a dead endpoint by a redirect to the front page of its store.
    """
    # httpx logs whole addresses at INFO, and an address may carry the API key.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    about = "+Steam review analysis" + (f"; {contact}" if contact else "")
    return _Client(
        headers={"User-Agent": f"SteamPulse/{_product_version()} ({about})", "Accept": "application/json"},
        timeout=httpx.Timeout(30.0, connect=10.0),
        limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
        follow_redirects=False,
    )


def _product_version() -> str:
    try:
        return version("steampulse")
    except PackageNotFoundError:
        return "0"
