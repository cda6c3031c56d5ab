from collections import deque

import httpx
import pytest

from steampulse_dagster.clients.http import SteamHttp, build_http_client
from steampulse_dagster.clients.limiter import HostLimiter
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from tests.fake_steam import NO_WAITING

pytestmark = pytest.mark.unit

FINE = httpx.Response(200, json={"response": {"ok": 1}})
HTML = httpx.Response(200, text="<html>maintenance</html>", headers={"content-type": "text/html"})


class RecordingLimiter(HostLimiter):
    def __init__(self):
        super().__init__(requests_per_second=None, concurrency=4)
        self.held = []

    def hold(self, host, *, seconds):
        self.held.append((host, seconds))


class Server:
    """Answers with the given responses in turn, the last one for ever; an exception is raised instead."""

    def __init__(self, *answers):
        self.answers = deque(answers)
        self.requests = []
        self.limiter = RecordingLimiter()

    def handle(self, request):
        self.requests.append(request)
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    async def fetch(self, **options):
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.handle)) as client:
            http = SteamHttp(client, self.limiter, NO_WAITING)
            url = options.pop("url", "https://api.test/x")
            return await http.fetch_json(url, params={"key": "SECRET"}, what="The test", **options)


async def refusal(server, **options):
    with pytest.raises(SteamApiError) as caught:
        await server.fetch(**options)
    return caught.value


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503, text="<html>busy</html>"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("peer closed the connection mid-body"),
        HTML,
        httpx.Response(200, text="null"),
        httpx.Response(200, text='{"response": {"revi'),
    ],
    ids=lambda trouble: f"{type(trouble).__name__}",
)
async def test_a_passing_trouble_is_overcome_by_asking_again(trouble):
    server = Server(trouble, FINE)
    assert await server.fetch() == {"response": {"ok": 1}}
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("trouble", "kind", "attempts", "retryable"),
    [
        (httpx.Response(429), SteamErrorKind.RATE_LIMITED, 4, True),
        (httpx.Response(502), SteamErrorKind.UNAVAILABLE, 4, True),
        (httpx.ConnectTimeout("slow"), SteamErrorKind.UNAVAILABLE, 4, True),
        (HTML, SteamErrorKind.UNEXPECTED_SHAPE, 3, False),
        (httpx.Response(200, text="null"), SteamErrorKind.UNEXPECTED_SHAPE, 3, False),
        (httpx.Response(200, text="[]"), SteamErrorKind.UNEXPECTED_SHAPE, 3, False),
        (httpx.Response(403, text="<html>no</html>"), SteamErrorKind.BLOCKED, 1, False),
        (httpx.Response(401), SteamErrorKind.BLOCKED, 1, False),
        (httpx.Response(404), SteamErrorKind.UNEXPECTED_SHAPE, 1, False),
        (httpx.Response(302, headers={"location": "https://store.test/"}), SteamErrorKind.UNEXPECTED_SHAPE, 1, False),
    ],
)
async def test_a_lasting_trouble_ends_with_its_kind_after_its_number_of_attempts(trouble, kind, attempts, retryable):
    server = Server(trouble)
    error = await refusal(server, appid=7)
    assert (error.kind, error.retryable, error.appid) == (kind, retryable, 7)
    assert len(server.requests) == attempts
    assert "SECRET" not in error.message


async def test_null_from_the_store_means_that_it_limits_the_rate():
    error = await refusal(Server(httpx.Response(200, text="null")), null_means_throttled=True)
    assert (error.kind, error.retryable) == (SteamErrorKind.RATE_LIMITED, True)


async def test_a_pause_asked_for_by_the_server_is_kept_for_the_whole_host():
    server = Server(httpx.Response(429, headers={"retry-after": "0"}), FINE)
    await server.fetch()
    assert server.limiter.held == [("api.test", 0.0)]


async def test_a_pause_longer_than_the_cap_ends_the_request_at_once():
    server = Server(httpx.Response(429, headers={"retry-after": "3600"}))
    error = await refusal(server)
    assert error.kind is SteamErrorKind.RATE_LIMITED
    assert len(server.requests) == 1
    assert server.limiter.held == [("api.test", 60.0)]


async def test_an_unreadable_pause_is_no_pause():
    server = Server(httpx.Response(429, headers={"retry-after": "soon"}), FINE)
    assert await server.fetch() == {"response": {"ok": 1}}


async def test_a_pause_may_be_given_as_a_date():
    server = Server(httpx.Response(503, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}), FINE)
    await server.fetch()
    assert server.limiter.held == [("api.test", 0.0)]


async def test_an_address_without_a_scheme_is_a_wrong_setting():
    async with build_http_client(concurrency=1) as client:
        http = SteamHttp(client, HostLimiter(requests_per_second=None, concurrency=1), NO_WAITING)
        with pytest.raises(ConfigError, match="address of Steam"):
            await http.fetch_json("api.test/x", params={}, what="The test")


async def test_the_client_names_the_product_and_follows_no_redirect():
    async with build_http_client(concurrency=3, contact="ops@example.invalid") as client:
        assert client.headers["user-agent"].startswith("SteamPulse/")
        assert "ops@example.invalid" in client.headers["user-agent"]
        assert client.follow_redirects is False
