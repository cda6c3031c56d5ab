"""The Bedrock Converse look-alike without boto3: what it refuses and what it answers."""

import json

import httpx
import pytest

from steampulse_dagster.simulators.app import build_app
from steampulse_dagster.simulators.bedrock import SIGNAL_KEYS, BedrockSimulator

pytestmark = pytest.mark.unit

SIGNED = {"authorization": "AWS4-HMAC-SHA256 anything"}
HAIKU = "us.anthropic.claude-haiku-5-5"
THOUGHTLESS = {"additionalModelRequestFields": {"thinking": {"type": "disabled"}}}


def ask(text: str, **changes):
    return {"messages": [{"role": "user", "content": [{"text": text}]}], **THOUGHTLESS, **changes}


async def converse(http, body, *, model: str = HAIKU, headers=SIGNED) -> httpx.Response:
    return await http.post(f"/model/{model}/converse", json=body, headers=headers)


async def test_numbered_reviews_are_answered_with_the_six_signals_and_verbatim_quotes(http):
    text = 'Read:\n<review n="12" lang="en">Runs badly! I left.</review>\n<review n="13"> ...\n\nNo end? </review>'
    answer = (await converse(http, ask(text))).json()
    signals = json.loads(answer["output"]["message"]["content"][0]["text"])
    assert set(signals) == set(SIGNAL_KEYS)
    assert signals["notable_quotes"] == [{"review": 12, "quote": "Runs badly!"}, {"review": 13, "quote": "No end?"}]
    assert answer["stopReason"] == "end_turn"
    usage = answer["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    older = (await converse(http, ask(text), model="us.anthropic.claude-haiku-4-5")).json()["usage"]["inputTokens"]
    assert usage["inputTokens"] == round(1.3 * older)
    assert answer["metrics"]["latencyMs"] >= 0


async def test_the_answer_can_be_scripted(world):
    app = build_app(world, bedrock=BedrockSimulator(lambda system, user: f"{system}|{user}"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://simulators") as client:
        body = ask("hello", system=[{"text": "be brief"}, {"cachePoint": {"type": "default"}}])
        answer = (await converse(client, body)).json()
    assert answer["output"]["message"]["content"] == [{"text": "be brief|hello"}]


async def test_a_model_id_may_be_an_encoded_arn(http):
    arn = "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.claude-haiku-4-5-20251001-v1%3A0"
    assert (await converse(http, ask("hello"), model=arn)).status_code == 200


async def test_an_answer_beyond_max_tokens_is_cut_and_says_so(http):
    whole = (await converse(http, ask("a long text indeed"))).json()
    answer = (await converse(http, ask("a long text indeed", inferenceConfig={"maxTokens": 9}))).json()
    assert answer["stopReason"] == "max_tokens"
    assert answer["usage"]["outputTokens"] == 9 < whole["usage"]["outputTokens"]
    text = answer["output"]["message"]["content"][0]["text"]
    assert text
    assert whole["output"]["message"]["content"][0]["text"].startswith(text)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [{"role": "assistant", "content": [{"text": "hi"}]}]},
        {"messages": [{"role": "user", "content": []}]},
        ask(" \n"),
        ask("hello", system=[{"text": ""}]),
        ask("hello", inferenceConfig={"maxTokens": 0}),
        ask("hello", inferenceConfig={"temperature": 0.3}),
        {"messages": [*ask("hello")["messages"], {"role": "assistant", "content": [{"text": "{"}]}]},
    ],
)
async def test_what_the_service_refuses_is_refused(http, body):
    answer = await converse(http, body)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "ValidationException"
    assert answer.json()["message"]


async def test_older_models_take_one_kind_of_sampling(http):
    haiku = "anthropic.claude-haiku-4-5-20251001-v1:0"
    one = ask("hello", inferenceConfig={"temperature": 0.3})
    both = ask("hello", inferenceConfig={"temperature": 0.3, "topP": 0.5})
    assert (await converse(http, one, model=haiku)).status_code == 200
    assert (await converse(http, both, model=haiku)).status_code == 400


async def test_an_unsigned_or_unreadable_call_is_refused(http):
    unsigned = await converse(http, ask("hello"), headers={})
    assert (unsigned.status_code, unsigned.headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    unreadable = await http.post(f"/model/{HAIKU}/converse", content="{", headers=SIGNED)
    assert unreadable.headers["x-amzn-errortype"] == "SerializationException"
