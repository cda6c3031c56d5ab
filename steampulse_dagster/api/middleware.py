"""What every answer has: a request id, safe headers, an ETag; and an answer whatever goes wrong. Plain ASGI."""

import re
import time
from hashlib import blake2b
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from steampulse_dagster.api.errors import build_error_response

log = structlog.get_logger()

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing of a page comes from elsewhere, and nothing in its text can run or load anything."""

SAFE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


OF_A_BODY = frozenset({b"content-length", b"content-type", b"content-encoding"})
"""Headers that an answer without a body does not have."""


class RequestContext:
    """Gives each request an id, which logs and the answer name, and logs how it ended. Answers HEAD as GET does."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET"} if is_head else scope
        status, started = 500, time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in SAFE_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-cache" if inner["method"] == "GET" else "no-store")
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(inner, receive, send_with_headers)
            finally:
                took = round(1_000 * (time.perf_counter() - started), 1)
                log.info("request_handled", method=scope["method"], path=scope["path"], status=status, ms=took)


class EntityTags:
    """Tags each whole answer to a GET by its content, and answers 304 to whoever has it already.

    Made of the bytes and not of versions of rows: it is right by construction, and hashing costs microseconds. A page
    that is kept has its tag already (services/drawn_pages.py).
    Answers that are streamed have none: they would have to be held back.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        known = _read_tags(Headers(scope=scope).get("if-none-match", ""))
        held: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if message["status"] == 200 and "content-length" in headers:
                    held = message
                    return
            elif held is not None:
                start, held = held, None
                body = message.get("body", b"")
                if not message.get("more_body"):
                    headers = MutableHeaders(scope=start)
                    tag = headers.get("ETag") or f'W/"{blake2b(body, digest_size=16).hexdigest()}"'
                    headers["ETag"] = tag
                    if _weaken(tag) in known or "*" in known:
                        start, message = _not_modified(start), {"type": "http.response.body", "body": b""}
                await send(start)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _read_tags(header: str) -> set[str]:
    """The tags of If-None-Match as weak ones: what is compressed on the way is the same content."""
    tags = (tag.strip() for tag in header.split(","))
    return {tag if tag == "*" else _weaken(tag) for tag in tags if tag}


def _weaken(tag: str) -> str:
    return tag if tag.startswith("W/") else f"W/{tag}"


def _not_modified(start: Message) -> Message:
    kept = [(name, value) for name, value in start["headers"] if name not in OF_A_BODY]
    return {**start, "status": 304, "headers": kept}


class UnexpectedErrors:
    """Answers 500 in the usual form where a route fails in a way nobody foresaw, and logs it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_started = False

        async def send_noting(message: Message) -> None:
            nonlocal is_started
            is_started = is_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        except Exception:
            log.exception("request_failed_unexpectedly")
            if is_started:
                raise
            answer = build_error_response(
                Request(scope), status=500, code="INTERNAL_ERROR", message="Something went wrong here; it is logged."
            )
            await answer(scope, receive, send)
