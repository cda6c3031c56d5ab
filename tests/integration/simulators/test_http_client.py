"""What goes wrong on a connection arrives as httpx names it, whatever carries the bytes."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import httpx
import pytest

from steampulse_dagster.clients.http import RetryPolicy, SteamHttp
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter

pytestmark = pytest.mark.integration


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """A server that sends these bytes, one answer to each connection, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                conn, _ = listener.accept()
                with conn:
                    conn.recv(65536)
                    conn.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join(timeout=10)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhalf",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_a_broken_answer_is_a_request_error(answer):
    with answering(answer) as url:
        async with build_http_client(concurrency=2) as http:
            with pytest.raises(httpx.RequestError):
                await http.get(url)


async def test_no_cookie_is_kept_or_sent_back():
    answer = b"HTTP/1.1 200 OK\r\nset-cookie: browserid=7; Path=/\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    with answering(answer, answer) as url:
        async with build_http_client(concurrency=1) as http:
            assert (await http.get(url)).headers["set-cookie"]
            again = await http.get(url)
    assert not http.cookies
    assert "cookie" not in again.request.headers


@contextmanager
def closing_after(answers: int) -> Iterator[tuple[str, list[int]]]:
    """A server that hangs up after so many answers of a connection, without a word before it reads the next request.

    Yields its URL and how many requests each connection has brought, those that were not answered included.
    """
    asked: list[int] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                conn, _ = listener.accept()
                asked.append(0)
                with conn:
                    while conn.recv(65536):
                        asked[-1] += 1
                        if asked[-1] > answers:
                            break
                        conn.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"ok":true}')

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", asked
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


async def test_a_kept_connection_that_breaks_is_a_request_error_and_nothing_is_sent_again_by_itself():
    with closing_after(2) as (url, asked):
        async with build_http_client(concurrency=1) as http:
            for _ in range(2):
                assert (await http.get(url)).json() == {"ok": True}
            with pytest.raises(httpx.RequestError):
                await http.get(url)
            assert asked == [3]
            assert (await http.get(url)).json() == {"ok": True}
        assert asked == [3, 1]


class CountingLimiter(HostLimiter):
    """A limiter that counts the turns it gives."""

    turns = 0

    @asynccontextmanager
    async def slot(self, name: str) -> AsyncIterator[None]:
        async with super().slot(name):
            self.turns += 1
            yield


async def test_every_request_that_is_sent_again_over_a_new_connection_has_a_turn_of_its_own():
    limiter = CountingLimiter(requests_per_second=None, concurrency=1)
    with closing_after(2) as (url, asked):
        async with build_http_client(concurrency=1) as http:
            steam = SteamHttp(http, limiter, RetryPolicy(first_wait=0, jitter=0))
            for _ in range(5):
                assert await steam.fetch_json(url, params={}, what="The test") == {"ok": True}
        await limiter.close()
    # Five answers, and two requests at which a connection that had given two of them broke.
    assert asked == [3, 3, 1]
    assert limiter.turns == sum(asked)


async def test_a_refused_connection_is_a_request_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with build_http_client(concurrency=2) as http:
        with pytest.raises(httpx.RequestError):
            await http.get(f"http://127.0.0.1:{port}/")


async def test_silence_is_a_timeout():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with build_http_client(concurrency=2) as http:
            with pytest.raises(httpx.TimeoutException):
                await http.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.05)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "nowhere", "http://"])
async def test_an_address_that_cannot_be_used_is_told_apart(url):
    async with build_http_client(concurrency=2) as http:
        with pytest.raises((httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError)):
            await http.get(url)


async def test_a_redirect_is_handed_out_and_not_followed():
    with answering(b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n") as url:
        async with build_http_client(concurrency=2) as http:
            assert (await http.get(url)).status_code == 302


async def test_the_product_names_itself_and_a_cursor_arrives_as_it_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asked: list[bytes] = []

        def serve() -> None:
            conn, _ = listener.accept()
            with conn:
                asked.append(conn.recv(65536))
                conn.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        cursor = 'AoJ4+/= "%2B&'
        async with build_http_client(concurrency=2, contact="https://example.org") as http:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/page"
            assert (await http.get(url, params={"cursor": cursor})).json() == {}
        thread.join(timeout=10)
    head = asked[0].decode()
    assert httpx.URL(head.split(" ")[1]).params["cursor"] == cursor
    assert "User-Agent: SteamPulse/" in head or "user-agent: SteamPulse/" in head
    assert "https://example.org" in head
