"""The IGDB v4 and Twitch token look-alikes: tokens, limits, queries over a world's tables."""

import asyncio
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from steampulse_dagster.simulators.apicalypse import parse_multiquery, parse_query
from steampulse_dagster.simulators.apicalypse_query import QuerySyntaxError
from steampulse_dagster.simulators.igdb_tables import Tables, tables_of
from steampulse_dagster.simulators.wire import json_response
from steampulse_dagster.simulators.world import World

TOKEN_SECONDS = 5_587_808
"""Life of a token as the documentation's example gives it, about 65 days."""
_PER_SECOND, _OPEN_AT_ONCE, _MULTIQUERY_PARTS = 4, 8, 10
UNAUTHORISED = {
    "message": "Authorization Failure. Have you tried:",
    "Tip 1": "Ensure you are sending Authorization and Client-ID as headers.",
    "Tip 2": "Ensure Authorization value starts with 'Bearer ', including the space",
    "Tip 3": "Ensure Authorization value ends with the App Access Token you generated, NOT your Client Secret.",
    "Docs": "https://api-docs.igdb.com/#authentication",
    "Discord": "https://discord.gg/FrvfwQg",
}


class TokenDesk:
    """Hands out app tokens and knows whose they are. Without `clients` (id to secret) any id and secret will do.

    Tokens live for `seconds`, or until they are revoked. `issued` counts them.
    """

    def __init__(
        self,
        clients: Mapping[str, str] | None = None,
        *,
        seconds: int = TOKEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clients = clients
        self._owners: dict[str, tuple[str, float]] = {}
        self._clock = clock
        self.seconds = seconds
        self.issued = 0

    def refuse(self, client_id: str, *, secret: str, grant: str) -> tuple[int, str] | None:
        """Status and message of a refusal, None if the client may have a token."""
        if not client_id:
            return 400, "missing client id"
        if not secret:
            return 400, "missing client secret"
        if grant != "client_credentials":
            return 400, "unsupported grant type"
        if self._clients is not None and client_id not in self._clients:
            return 400, "invalid client"
        if self._clients is not None and self._clients[client_id] != secret:
            return 403, "invalid client secret"
        return None

    def issue(self, client_id: str) -> str:
        token = secrets.token_hex(15)
        self._owners[token] = (client_id, self._clock() + self.seconds)
        self.issued += 1
        return token

    def revoke_all(self) -> None:
        """End every token, as Twitch does when a secret is changed."""
        self._owners.clear()

    def accepts(self, *, client_id: str, token: str) -> bool:
        owner, ends = self._owners.get(token, ("", 0.0))
        return bool(client_id) and owner == client_id and self._clock() < ends


@dataclass
class _Usage:
    starts: deque[float] = field(default_factory=deque)
    open: int = 0


class ClientLimits:
    """4 requests a second and 8 open ones for each client id. Refused requests do not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._usage: dict[str, _Usage] = defaultdict(_Usage)

    @contextmanager
    def slot(self, client_id: str) -> Iterator[bool]:
        """Whether the request may be served; it counts as open until the block ends."""
        usage, now = self._usage[client_id], self._clock()
        while usage.starts and now - usage.starts[0] >= 1:
            usage.starts.popleft()
        if len(usage.starts) >= _PER_SECOND or usage.open >= _OPEN_AT_ONCE:
            yield False
            return
        usage.starts.append(now)
        usage.open += 1
        try:
            yield True
        finally:
            usage.open -= 1


def build_twitch(desk: TokenDesk) -> Starlette:
    """An ASGI application that answers as id.twitch.tv/oauth2/token does, to query fields or a form body."""

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        sent = {name: values[0] for name, values in form.items()} | dict(request.query_params)
        client_id = sent.get("client_id", "")
        refusal = desk.refuse(client_id, secret=sent.get("client_secret", ""), grant=sent.get("grant_type", ""))
        if refusal is not None:
            return json_response({"status": refusal[0], "message": refusal[1]}, status=refusal[0])
        return json_response(
            {"access_token": desk.issue(client_id), "expires_in": desk.seconds, "token_type": "bearer"}
        )

    return Starlette(routes=[Route("/oauth2/token", token, methods=["POST"])])


def build_igdb(world: World, desk: TokenDesk, limits: ClientLimits) -> Starlette:
    """An ASGI application that answers as api.igdb.com/v4 does: POST, the query as plain-text body."""

    async def serve(request: Request, answer: Callable[[Tables, str], Any]) -> Response:
        client_id = request.headers.get("client-id", "")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not desk.accepts(client_id=client_id, token=token):
            return json_response(UNAUTHORISED, status=401)
        with limits.slot(client_id) as allowed:
            if not allowed:
                return json_response({"message": "Too Many Requests"}, status=429)
            text = (await request.body()).decode("utf-8", "replace")
            return await asyncio.to_thread(_answer, world, text, answer)

    async def rows(request: Request) -> Response:
        endpoint = request.path_params["endpoint"]
        return await serve(request, lambda tables, text: tables.run(_known(tables, endpoint), parse_query(text)))

    async def count(request: Request) -> Response:
        endpoint = request.path_params["endpoint"]
        return await serve(
            request, lambda tables, text: {"count": tables.count(_known(tables, endpoint), parse_query(text))}
        )

    async def multiquery(request: Request) -> Response:
        return await serve(request, _run_multiquery)

    routes = [
        Route("/multiquery", multiquery, methods=["POST"]),
        Route("/{endpoint}", rows, methods=["POST"]),
        Route("/{endpoint}/count", count, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _answer_http_error})


def _answer(world: World, text: str, answer: Callable[[Tables, str], Any]) -> Response:
    try:
        return json_response(answer(tables_of(world), text))
    except QuerySyntaxError as error:
        return json_response([{"title": "Syntax Error", "status": 400, "cause": str(error)}], status=400)
    except HTTPException as error:
        return _problem(error)


def _known(tables: Tables, endpoint: str) -> str:
    """Raises HTTPException 404 for an endpoint that the world has no table for."""
    if endpoint not in tables:
        raise HTTPException(404, f"Unknown endpoint '{endpoint}'")
    return endpoint


def _run_multiquery(tables: Tables, text: str) -> list[dict[str, Any]]:
    parts = parse_multiquery(text)
    if len(parts) > _MULTIQUERY_PARTS:
        raise QuerySyntaxError(f"A multiquery has at most {_MULTIQUERY_PARTS} queries")
    answers: list[dict[str, Any]] = []
    for part in parts:
        endpoint, _, wanted = part.endpoint.partition("/")
        if wanted == "count":
            answers.append({"name": part.name, "count": tables.count(_known(tables, endpoint), part.query)})
        else:
            answers.append({"name": part.name, "result": tables.run(_known(tables, part.endpoint), part.query)})
    return answers


def _problem(error: HTTPException) -> Response:
    body = [{"title": error.detail, "status": error.status_code}]
    return json_response(body, status=error.status_code)


async def _answer_http_error(_: Request, error: Exception) -> Response:
    return _problem(error if isinstance(error, HTTPException) else HTTPException(500))
