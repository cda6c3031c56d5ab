from collections import deque
from datetime import UTC, datetime

import httpx
import pytest

from steampulse_dagster.clients.http import RetryPolicy, SteamHttp
from steampulse_dagster.clients.http_client import build_http_client
from steampulse_dagster.clients.limiter import HostLimiter, Limiter
from steampulse_dagster.clients.local_ledger import LocalLedger
from steampulse_dagster.errors import ConfigError, SteamApiError, SteamErrorKind
from steampulse_dagster.models.limits import HostBudget
from tests.fake_steam import NO_WAITING

pytestmark = pytest.mark.unit

OPEN_UNTIL = datetime(2027, 1, 2, 3, 4, tzinfo=UTC)
FINE = httpx.Response(200, json={"response": {"ok": 1}})
HTML = httpx.Response(200, text="<html>maintenance</html>", headers={"content-type": "text/html"})


class RecordingLimiter(HostLimiter):
    def __init__(self):
        super().__init__(requests_per_second=None, concurrency=4)
        self.held = []
        self.refused = []

    async def hold(self, name, *, seconds, status):
        self.held.append((name, seconds, status))

    async def refuse(self, name, *, status):
        self.refused.append((name, status))
        return OPEN_UNTIL


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

    async def fetch(self, *, params=None, policy=NO_WAITING, **options):
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.handle)) as client:
            http = SteamHttp(client, self.limiter, policy)
            chosen = {"key": "SECRET"} if params is None else params
            return await http.fetch_json("https://api.test/x", params=chosen, what="The test", **options)


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
        (httpx.Response(401), SteamErrorKind.KEY_REFUSED, 1, False),
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


@pytest.mark.parametrize("status", [429, 503])
async def test_a_pause_asked_for_by_the_server_is_kept_for_the_whole_host(status):
    server = Server(httpx.Response(status, headers={"retry-after": "7"}), FINE)
    await server.fetch()
    assert server.limiter.held == [("api.test", 7.0, status)]


@pytest.mark.parametrize(("status", "kind"), [(429, SteamErrorKind.RATE_LIMITED), (503, SteamErrorKind.UNAVAILABLE)])
async def test_a_pause_longer_than_patience_ends_the_request_at_once_and_is_kept_in_full(status, kind):
    server = Server(httpx.Response(status, headers={"retry-after": "3600"}))
    error = await refusal(server, appid=7)
    assert (error.kind, error.retryable, error.appid) == (kind, True, 7)
    assert len(server.requests) == 1
    assert server.limiter.held == [("api.test", 3600.0, status)]
    assert 3590 < (error.retry_at - datetime.now(UTC)).total_seconds() <= 3600
    assert f"The test: api.test asked for a pause until {error.retry_at:%Y-%m-%d %H:%M:%S} UTC" in error.message


async def test_requests_after_a_long_pause_was_asked_for_end_without_being_sent():
    server = Server(httpx.Response(429, headers={"retry-after": "3600"}))
    server.limiter = HostLimiter(requests_per_second=None, concurrency=4)
    await refusal(server)
    error = await refusal(server)
    assert (error.kind, len(server.requests)) == (SteamErrorKind.RATE_LIMITED, 1)
    assert error.retry_at is not None


async def test_a_rate_limit_without_a_pause_holds_the_host_ever_longer_until_it_answers():
    busy = httpx.Response(429)
    server = Server(busy, busy, busy, FINE)
    policy = RetryPolicy(attempts=4, first_wait=0.001, longest_wait=0.004, jitter=0)
    await server.fetch(policy=policy)
    pauses = [seconds for _, seconds, _ in server.limiter.held]
    assert all(0 < seconds <= 0.004 for seconds in pauses)


async def test_a_refusal_opens_the_circuit_and_says_until_when_and_what_to_do():
    server = Server(httpx.Response(403, text="<html>Access Denied</html>"))
    error = await refusal(server, appid=7)
    assert server.limiter.refused == [("api.test", 403)]
    assert error.retry_at == OPEN_UNTIL
    assert "2027-01-02 03:04 UTC" in error.message
    assert "steampulse limits --reset api.test" in error.message


async def test_with_the_circuit_open_nothing_is_sent():
    server = Server(FINE)
    server.limiter = Limiter(LocalLedger(HostBudget(), block_seconds=3600))
    await server.limiter.refuse("api.test", status=403)
    error = await refusal(server, appid=7)
    assert (error.kind, error.retryable, server.requests) == (SteamErrorKind.BLOCKED, False, [])
    assert "The test" in error.message
    assert "steampulse limits --reset api.test" in error.message


KEY_PAGE = "<h1>Forbidden</h1>Access is denied. Retrying will not help. Please verify your <pre>key=</pre> parameter."


@pytest.mark.parametrize("answer", [httpx.Response(403, text=KEY_PAGE), httpx.Response(401, text=KEY_PAGE)])
async def test_a_refused_key_leaves_the_circuit_closed_for_what_needs_no_key(answer):
    server = Server(answer)
    error = await refusal(server)
    assert error.kind is SteamErrorKind.KEY_REFUSED
    assert "API key" in error.message
    assert server.limiter.refused == []


async def test_a_page_about_keys_opens_the_circuit_if_none_was_sent():
    server = Server(httpx.Response(403, text=KEY_PAGE))
    await refusal(server, params={})
    assert server.limiter.refused == [("api.test", 403)]


async def test_an_unreadable_pause_is_no_pause():
    server = Server(httpx.Response(429, headers={"retry-after": "soon"}), FINE)
    assert await server.fetch() == {"response": {"ok": 1}}


async def test_a_pause_may_be_given_as_a_date():
    server = Server(httpx.Response(503, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}), FINE)
    await server.fetch()
    assert server.limiter.held == []


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
