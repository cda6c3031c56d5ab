"""Reads an answer whole within a time and a size: a hostile or broken server costs neither hours nor memory."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

MAX_BODY_BYTES = 64 * 2**20
"""A page of 100 reviews of 8,000 characters of four bytes stays below 4 MB, the app list's longest page below 8 MB."""
MAX_ANSWER_SECONDS = 90.0
"""For one answer from the request to its last byte. httpx's own read time-out is for a single read: a byte every 20
seconds would never trip it."""


@dataclass(frozen=True)
class Answer:
    """What a server answered. A second httpx.Response with the body in it would take a tenth of a request's time."""

    status_code: int
    headers: httpx.Headers
    content: bytes
    """The body, decoded."""

    @property
    def text(self) -> str:
        """The body as UTF-8, whatever else it is."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON in any of its encodings. Raises ValueError, RecursionError."""
        return json.loads(self.content)


class AnswerTooLargeError(Exception):
    """The body is longer than anything that Steam sends; it was not read to its end."""


async def fetch_whole(
    client: httpx.AsyncClient,
    url: str,
    *,
    params: Mapping[str, str],
    post: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = MAX_BODY_BYTES,
    seconds: float = MAX_ANSWER_SECONDS,
) -> Answer:
    """The answer to a GET, or to a POST of the body `post`.

    Raises AnswerTooLargeError, TimeoutError, httpx.RequestError.
    """
    asking = client.stream("GET" if post is None else "POST", _with_query(url, params), content=post, headers=headers)
    async with asyncio.timeout(seconds), asking as response:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > limit:
                raise AnswerTooLargeError(f"more than {limit} bytes")
    return Answer(response.status_code, response.headers, bytes(body))


def _with_query(url: str, params: Mapping[str, str]) -> str:
    # Handed to httpx by itself, a query costs a second reading of the whole address.
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
