"""Bedrock in real time through unmodified boto3, against the simulator: every error and every odd reply."""

import asyncio
import json
import threading

import pytest

from steampulse_dagster.analyzer.generative.replies import UnusableReplyError, read_object
from steampulse_dagster.clients.bedrock_client import build_client
from steampulse_dagster.clients.bedrock_runtime import BedrockRuntime, Patience
from steampulse_dagster.errors import AnalystError, ConfigError, UnknownOutcomeError
from steampulse_dagster.models.llm import StopKind
from steampulse_dagster.simulators.bedrock_traffic import Latency, TokenBucket
from tests.bedrock_server import QUICK, build_simulator, running_bedrock, running_runtime
from tests.helpers import at_once, result_or_error
from tests.llm_fakes import build_request

pytestmark = pytest.mark.integration

FACTS = {"design_praise": [{"topic": "controls", "label": "tight", "reviews": [1, 2]}], "notable_quotes": []}
SONNET = "us.anthropic.claude-sonnet-5-5"
LONG = "Read the reviews with care. " * 300


def answer_facts(_system, _user):
    return json.dumps(FACTS)


async def ask(simulator, request=None, **changes):
    with running_runtime(simulator, **changes) as runtime:
        return await runtime.answer(request or build_request())


async def test_an_answer_has_its_text_its_end_and_its_tokens():
    simulator = build_simulator(answer=answer_facts)
    reply = await ask(simulator)
    assert json.loads(reply.text) == FACTS
    assert reply.stop is StopKind.FINISHED
    assert reply.stop_reason == "end_turn"
    assert reply.usage.input_tokens > 0
    assert reply.usage.output_tokens > 0
    assert simulator.calls == [build_request().user]


@pytest.mark.parametrize("script", ["throttled", "unavailable", "internal", "not_ready", "gateway"])
async def test_a_busy_service_is_asked_again_until_it_answers(script):
    simulator = build_simulator(f"{script}=1*5", answer=answer_facts)
    assert (await ask(simulator)).text
    assert simulator.script.struck[script] == 5
    assert len(simulator.calls) == 1


@pytest.mark.parametrize("script", ["model_timeout", "model_error"])
async def test_a_call_that_the_model_broke_is_repeated_twice_and_then_given_up(script):
    simulator = build_simulator(f"{script}=1*2")
    assert (await ask(simulator)).text
    simulator = build_simulator(f"{script}=1")
    with pytest.raises(AnalystError) as caught:
        await ask(simulator)
    assert caught.value.retryable
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert simulator.script.struck[script] == 3


@pytest.mark.parametrize(
    ("script", "name"),
    [("invalid", "ValidationException"), ("denied", "bedrock:InvokeModel"), ("missing", "past its end of life")],
)
async def test_a_refusal_is_not_repeated_and_says_what_to_do(script, name):
    simulator = build_simulator(f"{script}=1")
    with pytest.raises(AnalystError, match=name) as caught:
        await ask(simulator)
    assert not caught.value.retryable
    assert simulator.script.struck[script] == 1


async def test_a_quota_that_is_used_up_is_not_hammered():
    simulator = build_simulator("quota=1")
    with pytest.raises(AnalystError, match="ServiceQuotaExceeded") as caught:
        await ask(simulator)
    assert caught.value.retryable
    assert simulator.script.struck["quota"] == 1


async def test_patience_ends_with_an_error_that_waiting_helps_against():
    simulator = build_simulator("throttled=1")
    with pytest.raises(AnalystError, match="ThrottlingException") as caught:
        await ask(simulator, patience=Patience(attempts=4, first_wait=0.001))
    assert caught.value.retryable
    assert simulator.script.struck["throttled"] == 4


async def test_a_model_for_profiles_only_gets_a_hint_with_its_profile():
    simulator = build_simulator(profile_only="haiku-5-5")
    with pytest.raises(AnalystError, match=r"us\.anthropic\.claude-haiku-5-5"):
        await ask(simulator, build_request(model="anthropic.claude-haiku-5-5"))


async def test_a_lost_answer_is_of_unknown_outcome_and_not_repeated_by_the_client():
    simulator = build_simulator("dropped=1*1")
    with pytest.raises(UnknownOutcomeError):
        await ask(simulator)
    assert len(simulator.calls) == 1


async def test_an_answer_that_cannot_be_read_is_of_unknown_outcome():
    with pytest.raises(UnknownOutcomeError, match="no message or no usage"):
        await ask(build_simulator("cut_body=1"))


async def test_an_answer_that_takes_too_long_is_of_unknown_outcome():
    simulator = build_simulator(latency=Latency(2.0))
    with pytest.raises(UnknownOutcomeError, match="charged"):
        await ask(simulator, read_timeout=0.2)


async def test_nobody_there_is_asked_again_and_charged_nothing():
    client = build_client("bedrock-runtime", region="us-east-1", endpoint_url="http://127.0.0.1:9", simulated=True)
    runtime = BedrockRuntime(client, concurrency=1, patience=Patience(attempts=3, first_wait=0.001))
    try:
        with pytest.raises(AnalystError, match="cannot be reached") as caught:
            await runtime.answer(build_request())
    finally:
        runtime.close()
    assert caught.value.retryable
    assert not isinstance(caught.value, UnknownOutcomeError)


@pytest.mark.parametrize(
    ("script", "stop"),
    [
        ("truncated", StopKind.TRUNCATED),
        ("context_exceeded", StopKind.TRUNCATED),
        ("filtered", StopKind.FILTERED),
        ("filtered_midway", StopKind.FILTERED),
        ("guardrail", StopKind.FILTERED),
        ("malformed_output", StopKind.UNUSABLE),
        ("unknown_stop", StopKind.UNUSABLE),
    ],
)
async def test_an_answer_that_ended_otherwise_is_told_and_never_taken_for_an_answer(script, stop):
    reply = await ask(build_simulator(f"{script}=1", answer=answer_facts))
    assert reply.stop is stop
    with pytest.raises(UnusableReplyError) as caught:
        read_object(reply)
    assert caught.value.retryable is (stop is not StopKind.FILTERED)


@pytest.mark.parametrize(
    "script", ["reasoning_first", "split_blocks", "fenced", "json_string", "in_list", "extra_words"]
)
async def test_json_in_an_odd_form_is_read_all_the_same(script):
    reply = await ask(build_simulator(f"{script}=1", answer=answer_facts))
    assert read_object(reply) == FACTS


@pytest.mark.parametrize("script", ["broken_json", "empty_text", "no_content", "refusal"])
async def test_an_answer_without_json_is_unusable_and_worth_another_question(script):
    reply = await ask(build_simulator(f"{script}=1", answer=answer_facts))
    with pytest.raises(UnusableReplyError) as caught:
        read_object(reply)
    assert caught.value.retryable


async def test_a_model_that_always_thinks_answers_behind_its_thoughts():
    reply = await ask(build_simulator(answer=answer_facts), build_request(model=SONNET))
    assert read_object(reply) == FACTS
    assert reply.usage.output_tokens > 400, "thoughts are paid for"


async def test_a_model_with_too_little_room_to_think_ends_without_a_text():
    reply = await ask(build_simulator(answer=answer_facts), build_request(model=SONNET, max_tokens=300))
    assert (reply.text, reply.stop, reply.usage.output_tokens) == ("", StopKind.TRUNCATED, 300)


async def test_of_calls_that_start_together_one_writes_the_prompt_cache_and_the_rest_read_it():
    simulator = build_simulator(latency=Latency(0.05))
    with running_runtime(simulator) as runtime:
        requests = [build_request(f"k{n}", system=LONG, user=f"[1] Review {n}.") for n in range(8)]
        replies = await at_once(*(runtime.answer(request) for request in requests))
    written = [reply for reply in replies if reply.usage.cache_write_tokens]
    read = [reply for reply in replies if reply.usage.cache_read_tokens]
    assert (len(written), len(read)) == (1, 7)


async def test_a_first_call_that_fails_leaves_the_first_turn_to_the_next():
    simulator = build_simulator("invalid=1*1")
    with running_runtime(simulator) as runtime:
        requests = [build_request(f"k{n}", system=LONG) for n in range(4)]
        replies = await at_once(*(result_or_error(runtime.answer(request), AnalystError) for request in requests))
    assert sum(isinstance(reply, AnalystError) for reply in replies) == 1
    assert len(simulator.calls) == 3


async def test_a_prompt_below_the_models_minimum_is_sent_without_a_cache_point():
    reply = await ask(build_simulator(), build_request(system="Short."))
    assert reply.usage.cache_write_tokens == reply.usage.cache_read_tokens == 0


async def test_a_real_limit_of_calls_is_kept_to_without_a_failure():
    simulator = build_simulator(latency=Latency(0.02), quota=TokenBucket(100.0, burst=5))
    with running_runtime(simulator, concurrency=32, patience=Patience(first_wait=0.02, longest_wait=0.2)) as runtime:
        requests = [build_request(f"k{n}", system="Short.", user=f"Review {n}.") for n in range(120)]
        replies = await at_once(*(runtime.answer(request) for request in requests))
    assert len(replies) == len(set(simulator.calls)) == len(simulator.calls) == 120
    assert simulator.refused > 0


async def test_a_bearer_token_of_the_shell_never_reaches_a_simulator(monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "not-for-simulators")
    assert (await ask(build_simulator())).text


async def test_a_real_endpoint_without_credentials_is_refused_before_anything_is_sent(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    simulator = build_simulator()
    with running_bedrock(simulator) as url:
        runtime = BedrockRuntime(
            build_client("bedrock-runtime", region="us-east-1", endpoint_url=url), concurrency=1, patience=QUICK
        )
        with pytest.raises(AnalystError, match="no AWS credentials") as caught:
            await runtime.answer(build_request())
        runtime.close()
    assert not caught.value.retryable
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert simulator.calls == []


def test_a_profile_that_is_not_there_is_a_setting_to_mend(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody-has-this-one")
    with pytest.raises(ConfigError, match="AWS_PROFILE"):
        build_client("bedrock-runtime", region="us-east-1")


async def test_cancelled_calls_end_with_their_answer_and_those_in_the_queue_are_not_asked():
    asked, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    class SlowClient:
        calls = 0

        def converse(self, **_):
            self.calls += 1
            loop.call_soon_threadsafe(asked.set)
            go_on.wait(30)
            message = {"content": [{"text": "paid for"}]}
            return {
                "output": {"message": message},
                "usage": {"inputTokens": 4, "outputTokens": 1, "totalTokens": 5},
                "stopReason": "end_turn",
            }

        def close(self):
            pass

    client = SlowClient()
    runtime = BedrockRuntime(client, concurrency=1)
    calls = [asyncio.create_task(runtime.answer(build_request(key))) for key in ("k1", "k2")]
    await asked.wait()
    for call in calls:
        call.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait(calls)
    answered, stopped = calls[0].result(), calls[1].exception()
    runtime.close()

    assert answered.text == "paid for"
    assert isinstance(stopped, AnalystError)
    assert "stopped before it was asked" in stopped.message
    assert client.calls == 1
