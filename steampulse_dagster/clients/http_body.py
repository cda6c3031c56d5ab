"""Reads an answer whole within a time and a size: a hostile or broken server costs neither hours nor memory."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx

MAX_BODY_BYTES = 64 * 2**20
"""A page of 100 reviews of 8,000 characters of four bytes stays below 4 MB, the app list's longest page below 8 MB."""
MAX_ANSWER_SECONDS = 90.0
"""For one answer from the request to its last byte. httpx's own read time-out is for a single read: a byte every 20
seconds would never trip it."""
_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")


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
) -> httpx.Response:
    """The answer to a GET, or to a POST of the body `post`, with its body, decoded.

    Raises AnswerTooLargeError, TimeoutError, httpx.RequestError.
    """
    asking = client.stream("GET" if post is None else "POST", _with_query(url, params), content=post, headers=headers)
    async with asyncio.timeout(seconds), asking as response:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > limit:
                raise AnswerTooLargeError(f"more than {limit} bytes")
    kept = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WIRE]
    return httpx.Response(response.status_code, headers=kept, content=bytes(body), request=response.request)


def _with_query(url: str, params: Mapping[str, str]) -> str:
    # Handed to httpx by itself, a query costs a second reading of the whole address.
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
