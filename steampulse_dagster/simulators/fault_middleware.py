"""Puts a fault plan before a world: ASGI middleware that breaks, delays or spoils the answers the plan names."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from steampulse_dagster.simulators.fault_pages import PageFaults
from steampulse_dagster.simulators.fault_quirks import make_odd
from steampulse_dagster.simulators.faults import PAGE_FAULTS, TARGETS, FaultPlan
from steampulse_dagster.simulators.igdb import UNAUTHORISED
from steampulse_dagster.simulators.wire import JSON_TYPE, json_bytes, json_response, steam_error

STORE_FRONT = "https://store.steampowered.com/"
_DRIPS = 20
_MEBIBYTE = b" " * 2**20
_DEFAULT_PAGE = 20


class ConnectionBrokenError(ConnectionError):
    """The connection ends here; `answered` says whether the answer had begun. Seen only where there is no socket."""

    def __init__(self, *, answered: bool) -> None:
        super().__init__("the simulated connection broke")
        self.answered = answered


class FaultMiddleware:
    """Every request passes here first; what is not Steam, and what no fault strikes, goes through untouched."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self._app, self._plan = app, plan
        self._pages = PageFaults()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = _target(scope)
        if target is None:
            await self._app(scope, receive, send)
            return
        query = _Query(scope["query_string"]) if target == "reviews" else None
        address = f"{scope['path']}?{scope['query_string'].decode()}"
        name = self._plan.choose(target, address, page=query.page if query else address)
        if name is not None and name not in PAGE_FAULTS:
            await self._break(name, scope, receive, send)
        elif query is not None and (name is not None or self._plan.quirks):
            await self._spoil(name, query, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _break(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        match name:
            case "refused":
                await hang_up(receive, answered=False)
            case "reset":
                answer = await _capture(self._app, scope, receive)
                await answer.begin(send, length=len(answer.body))
                await send(_chunk(answer.body[: len(answer.body) // 2], more=True))
                await hang_up(receive, answered=True)
            case "stall":
                await asyncio.sleep(self._plan.stall_seconds)
                await self._app(scope, receive, send)
            case "drip":
                answer = await _capture(self._app, scope, receive)
                await answer.begin(send, length=len(answer.body))
                await self._drip(answer.body, send)
            case "endless":
                await _Answer(200, b"").begin(send, length=None)
                for _ in range(self._plan.endless_mebibytes):
                    await send(_chunk(_MEBIBYTE, more=True))
                    await asyncio.sleep(0)
                await send(_chunk(b"", more=False))
            case "truncated":
                answer = await _capture(self._app, scope, receive)
                await Response(answer.body[: len(answer.body) // 2], media_type=JSON_TYPE)(scope, receive, send)
            case _:
                await self._refusal(name)(scope, receive, send)

    def _refusal(self, name: str) -> Response:
        match name:
            case "429_retry_after":
                refusal = steam_error(429)
                refusal.headers["retry-after"] = str(self._plan.retry_after_seconds)
                return refusal
            case "html":
                return HTMLResponse("<html><head><title>Steam</title></head><body>Maintenance</body></html>")
            case "redirect":
                return RedirectResponse(STORE_FRONT, status_code=302)
            case "null":
                return Response(b"null", media_type=JSON_TYPE)
            case "garbled":
                return Response(b"\x1f\x8bno gzip at all", headers={"content-encoding": "gzip"}, media_type=JSON_TYPE)
            case "401":
                return json_response(UNAUTHORISED, status=401)
            case "no_rows":
                return json_response([])
            case "empty_object":
                return Response(b'{"response":{}}', media_type=JSON_TYPE)
            case _:
                return steam_error(int(name))

    async def _drip(self, body: bytes, send: Send) -> None:
        size = max(1, len(body) // _DRIPS)
        for start in range(0, len(body), size):
            await asyncio.sleep(self._plan.stall_seconds / _DRIPS)
            await send(_chunk(body[start : start + size], more=True))
        await send(_chunk(b"", more=False))

    async def _spoil(self, name: str | None, query: "_Query", scope: Scope, receive: Receive, send: Send) -> None:
        if name == "short_page":
            scope = {**scope, "query_string": query.shortened(self._plan.draw(query.page, "short"))}
        answer = await _capture(self._app, scope, receive)
        page = json.loads(answer.body).get("response") if answer.status == 200 else None
        if isinstance(page, dict) and page:
            page = self._pages.spoil(name or "", page, walk=query.walk, cursor=query.cursor)
            if isinstance(page.get("reviews"), list):
                page["reviews"] = [make_odd(review, self._plan) for review in page["reviews"]]
            answer = _Answer(200, json_bytes({"response": page}))
        await answer.begin(send, length=len(answer.body))
        await send(_chunk(answer.body, more=False))


class _Query:
    """What a request for reviews asks for."""

    def __init__(self, query_string: bytes) -> None:
        self._fields = {name: values[0] for name, values in parse_qs(query_string.decode()).items()}
        asked = json.loads(self._fields["input_json"]) if "input_json" in self._fields else self._fields
        self._asked: dict[str, Any] = dict(asked)
        self.cursor = str(self._asked.get("cursor") or "*")
        rest = {name: value for name, value in self._asked.items() if name not in ("cursor", "num_per_page")}
        self.walk = json.dumps(rest, sort_keys=True)
        self.page = f"{self.cursor} {self.walk}"

    def shortened(self, share: float) -> bytes:
        """The query with a smaller page, at least half of what was asked for."""
        size = int(self._asked.get("num_per_page") or _DEFAULT_PAGE)
        smaller = max(1, int(size * (0.5 + share / 2)))
        if "input_json" in self._fields:
            asked = json.dumps({**self._asked, "num_per_page": smaller})
            return urlencode({**self._fields, "input_json": asked}).encode()
        return urlencode({**self._fields, "num_per_page": str(smaller)}).encode()


class _Answer:
    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    async def begin(self, send: Send, *, length: int | None) -> None:
        headers = [(b"content-type", JSON_TYPE.encode())]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})


async def _capture(app: ASGIApp, scope: Scope, receive: Receive) -> _Answer:
    status, parts = 500, []

    async def keep(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    return _Answer(status, b"".join(parts))


async def hang_up(receive: Receive, *, answered: bool) -> None:
    """End the connection without another word. ASGI knows no such thing, so the server's own socket is asked for."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionBrokenError(answered=answered)
    if answered:
        await asyncio.sleep(0.01)
    transport.abort()
    await asyncio.sleep(0.01)


def _chunk(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def _target(scope: Scope) -> str | None:
    if scope["type"] != "http":
        return None
    path = f"{scope['path']}/"
    return next((name for name, part in TARGETS.items() if part in path), None)
