"""What boto3 does not check is checked before it is sent; output lines are read whatever is in them."""

import json

import pytest

from steampulse_dagster.clients.bedrock_batch import BedrockBatch, parse_results, render_record
from steampulse_dagster.clients.bedrock_models import get_capabilities
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.llm import StopKind
from tests.llm_fakes import MODEL, build_request

pytestmark = pytest.mark.unit

GOOD = {"name": "steampulse-ab12", "input_uri": "s3://pulse/in/records.jsonl", "output_uri": "s3://pulse/out/ab/"}
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"reasoningContent": {}}, {"text": "{}"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 7, "outputTokens": 2, "totalTokens": 9},
}


class NoClient:
    def create_model_invocation_job(self, **arguments):
        return {"jobArn": "arn"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "steam_pulse"},
        {"name": "x" * 64},
        {"name": "-x"},
        {"input_uri": "s3://pulse/dt=2026/records.jsonl"},
        {"input_uri": "s3://Pulse/records.jsonl"},
        {"input_uri": "s3://pulse/a b.jsonl"},
        {"output_uri": "s3://pulse/a//b/"},
        {"output_uri": "s3://pulse/" + "a" * 1024},
    ],
)
async def test_names_that_the_service_refuses_are_refused_here(wrong):
    batch = BedrockBatch(NoClient(), role_arn="arn:aws:iam::123456789012:role/r")
    assert await batch.create_job(token="t", model="m", **GOOD) == "arn"
    with pytest.raises(AnalystError, match="Bedrock would refuse"):
        await batch.create_job(token="t", model="m", **{**GOOD, **wrong})


def test_a_record_is_one_line_without_a_cache_point():
    request = build_request(user="[1] two\nlines \u2028 and \U0001f600", system="Read. " * 5_000)
    line = render_record("ABC", request, get_capabilities(MODEL))
    assert line.count(b"\n") == 1
    record = json.loads(line)
    assert record["recordId"] == "ABC"
    assert record["modelInput"]["messages"][0]["content"][0]["text"] == request.user
    assert "cachePoint" not in line.decode()


def test_answers_errors_and_rubbish_are_told_apart():
    lines = [
        json.dumps({"recordId": "A", "modelInput": {"x": "y"}, "modelOutput": ANSWER}).encode(),
        json.dumps({"recordId": "B", "error": {"errorCode": 400, "errorMessage": "no"}}).encode(),
        json.dumps({"recordId": "C", "error": {"errorCode": "400", "errorMessage": "no"}}).encode(),
        json.dumps({"recordId": "D"}).encode(),
        json.dumps({"recordId": 5, "modelOutput": ANSWER}).encode(),
        b'{"recordId": "E", "modelOutput": {"out',
        b"",
        b"\xff\xfe",
        b"[]",
    ]
    a, b, c, d, *rest = parse_results(lines)
    assert (a.reply.text, a.reply.stop, a.reply.usage.input_tokens) == ("{}", StopKind.FINISHED, 7)
    assert (b.error, c.error, d.error) == ("400: no", "400: no", "Neither an answer nor an error.")
    assert rest == [None] * 5
