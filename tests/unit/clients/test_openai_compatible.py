"""An OpenAI-compatible endpoint against a fake one: forms of JSON stepped down, retries, cut prompts, secrets kept."""

import json

import httpx
import pytest
from pydantic import SecretStr

from steampulse_dagster.clients.openai_compatible import OpenAICompatible, build_endpoint_client
from steampulse_dagster.errors import AnalystError, ConfigError, UnknownOutcomeError
from steampulse_dagster.models.llm import StopKind
from tests.llm_fakes import build_request

pytestmark = pytest.mark.unit

SCHEMA = '{"type":"object"}'
KEY = "sk-very-secret"


class Endpoint:
    """Answers from a list, the last one again and again; keeps the requests."""

    def __init__(self, *answers, takes=("json_schema", "json_object", None)):
        self.answers = list(answers) or [build_answer()]
        self.takes = takes
        self.bodies = []

    def __call__(self, request):
        body = json.loads(request.content)
        self.bodies.append(body)
        if self.form(-1) not in self.takes:
            return httpx.Response(400, text="Unknown field")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def form(self, at):
        return (self.bodies[at].get("response_format") or {}).get("type")

    def forms(self):
        return [self.form(at) for at in range(len(self.bodies))]


def build_answer(text="{}", *, reason="stop", usage=None):
    usage = usage or {"prompt_tokens": 400, "completion_tokens": 20}
    body = {"choices": [{"message": {"content": text}, "finish_reason": reason}], "usage": usage}
    return httpx.Response(200, json=body)


def build_model(endpoint, *, key=None):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    http = httpx.AsyncClient(transport=httpx.MockTransport(endpoint), base_url="http://model/v1/", headers=headers)
    return OpenAICompatible(http, first_wait=0.0)


async def test_a_request_carries_its_texts_its_room_and_its_schema():
    endpoint = Endpoint(build_answer('{"a": 1}'))
    reply = await build_model(endpoint).answer(build_request(answer_schema=SCHEMA))
    body = endpoint.bodies[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert (body["max_tokens"], body["stream"]) == (1000, False)
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert (reply.text, reply.stop, reply.usage.input_tokens) == ('{"a": 1}', StopKind.FINISHED, 400)


async def test_a_request_without_a_schema_asks_for_any_object():
    endpoint = Endpoint()
    await build_model(endpoint).answer(build_request())
    assert endpoint.forms() == ["json_object"]


@pytest.mark.parametrize(
    ("takes", "forms"),
    [
        (("json_object", None), ["json_schema", "json_object", "json_object"]),
        ((None,), ["json_schema", "json_object", None, None]),
    ],
)
async def test_a_form_that_is_refused_is_stepped_down_once_and_remembered(takes, forms):
    endpoint = Endpoint(takes=takes)
    model = build_model(endpoint)
    for _ in range(2):
        await model.answer(build_request(answer_schema=SCHEMA))
    assert endpoint.forms() == forms


async def test_a_refusal_for_another_reason_leaves_the_strict_form_for_the_next():
    endpoint = Endpoint(*[httpx.Response(400, text="too long")] * 3, build_answer())
    model = build_model(endpoint)
    with pytest.raises(AnalystError, match="too long") as caught:
        await model.answer(build_request(answer_schema=SCHEMA))
    assert not caught.value.retryable
    await model.answer(build_request(answer_schema=SCHEMA))
    assert endpoint.form(-1) == "json_schema"


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_busy_endpoint_is_asked_again(status):
    endpoint = Endpoint(httpx.Response(status, headers={"retry-after": "0"}), build_answer())
    assert (await build_model(endpoint).answer(build_request())).stop is StopKind.FINISHED


async def test_an_endpoint_that_stays_busy_is_an_error_that_waiting_helps_against():
    endpoint = Endpoint(httpx.Response(503, text="loading"))
    with pytest.raises(AnalystError, match="loading") as caught:
        await build_model(endpoint).answer(build_request())
    assert caught.value.retryable
    assert len(endpoint.bodies) == 5


async def test_a_refused_key_is_not_quoted():
    endpoint = Endpoint(httpx.Response(401, text=f"Incorrect API key provided: {KEY}"))
    with pytest.raises(AnalystError, match="Incorrect API key") as caught:
        await build_model(endpoint, key=KEY).answer(build_request())
    assert KEY not in str(caught.value)
    assert not caught.value.retryable


@pytest.mark.parametrize("answer", [httpx.ReadTimeout("slow"), httpx.ReadError("gone"), httpx.Response(200, text="{")])
async def test_an_answer_that_was_never_seen_whole_is_of_unknown_outcome(answer):
    endpoint = Endpoint(answer)
    with pytest.raises(UnknownOutcomeError):
        await build_model(endpoint).answer(build_request())
    assert len(endpoint.bodies) == 1


async def test_an_answer_without_a_message_is_of_unknown_outcome():
    with pytest.raises(UnknownOutcomeError, match="no message"):
        await build_model(Endpoint(httpx.Response(200, json={"choices": []}))).answer(build_request())


async def test_nobody_there_is_asked_again():
    endpoint = Endpoint(httpx.ConnectError("refused"), build_answer())
    assert (await build_model(endpoint).answer(build_request())).text == "{}"


@pytest.mark.parametrize(
    ("reason", "stop"),
    [("length", StopKind.TRUNCATED), ("content_filter", StopKind.FILTERED), ("tool_calls", StopKind.UNUSABLE)],
)
async def test_an_answer_that_ended_otherwise_says_so(reason, stop):
    reply = await build_model(Endpoint(build_answer('{"a', reason=reason))).answer(build_request())
    assert reply.stop is stop


async def test_a_prompt_that_the_endpoint_cut_is_an_error_that_names_the_remedy():
    endpoint = Endpoint(build_answer(usage={"prompt_tokens": 60, "completion_tokens": 5}))
    with pytest.raises(AnalystError, match="larger context") as caught:
        await build_model(endpoint).answer(build_request(user="A long review. " * 400))
    assert not caught.value.retryable


async def test_tokens_out_of_a_cache_count_once():
    usage = {"prompt_tokens": 400, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 300}}
    reply = await build_model(Endpoint(build_answer(usage=usage))).answer(build_request())
    assert (reply.usage.input_tokens, reply.usage.cache_read_tokens) == (100, 300)


async def test_the_client_waits_for_slow_machines_and_uses_no_proxy_for_this_one():
    async with build_endpoint_client("http://127.0.0.1:11434/v1", key=SecretStr(KEY)) as http:
        assert http.timeout.read == 600.0
        assert not http.trust_env
        assert KEY not in repr(http.headers)
    async with build_endpoint_client("https://models.example/v1", key=None) as http:
        assert http.trust_env
        assert "authorization" not in http.headers


def test_an_address_that_is_none_is_a_setting_to_mend():
    with pytest.raises(ConfigError, match="model endpoint"):
        build_endpoint_client("http://[::1", key=None)
