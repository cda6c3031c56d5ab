"""The simulators as a server: in a thread, as a process with its announce file, and under a real boto3 client."""

import gzip
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.simulators.recorded import RecordedWorld
from steampulse_dagster.simulators.server import running_simulators, serve

pytestmark = pytest.mark.integration

COMMAND = [sys.executable, "-m", "steampulse_dagster.simulators.server"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "recording"
    (folder / "appreviews").mkdir(parents=True)
    (folder / "manifest.json").write_text('[{"appid": 7, "name": "Seven"}]')
    review = {"recommendationid": "1", "language": "english", "timestamp_created": 1, "review": "ok", "voted_up": True}
    (folder / "appreviews" / "7.jsonl.gz").write_bytes(gzip.compress(json.dumps(review).encode()))
    return folder


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with running_simulators(RecordedWorld(folder)) as url:
        yield url


def read_url(process: "subprocess.Popen[str]") -> str:
    """The last word of the line that a server prints once it answers."""
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


def test_the_server_in_a_thread_answers_over_http_and_is_gone_afterwards(folder):
    with running_simulators(RecordedWorld(folder)) as url:
        params = {"appid": 7, "languages[0]": "all", "purchase_type": 1}
        page = httpx.get(f"{url}/steam/IUserReviewsService/GetAppReviews/v1/", params=params).json()
        assert [review["review"] for review in page["response"]["reviews"]] == ["ok"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/health")


def test_a_cursor_survives_the_way_through_a_real_url(url):
    page = {"appid": 7, "languages[0]": "all", "purchase_type": 1, "filter": 1}
    path = f"{url}/steam/IUserReviewsService/GetAppReviews/v1/"
    first = httpx.get(path, params=page).json()["response"]
    last = httpx.get(path, params=page | {"cursor": first["cursor"]}).json()["response"]
    assert last == {"cursor": first["cursor"], "query_summary": {"num_reviews": 0}}


@pytest.fixture
def bedrock(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    session = boto3.Session(aws_access_key_id="id", aws_secret_access_key="secret", region_name="us-east-1")
    return session.client("bedrock-runtime")


@pytest.mark.parametrize(
    "model",
    [
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-5-5",
    ],
)
def test_an_unmodified_boto3_client_converses(bedrock, model):
    text = '<review n="12" vote="up">Great game! Much fun.</review>'
    answer = bedrock.converse(
        modelId=model,
        system=[{"text": "Answer in JSON."}, {"cachePoint": {"type": "default"}}],
        messages=[{"role": "user", "content": [{"text": text}]}],
        inferenceConfig={"maxTokens": 500},
    )
    signals = json.loads(answer["output"]["message"]["content"][-1]["text"])
    assert signals["notable_quotes"] == [{"review": 12, "quote": "Great game!"}]
    assert answer["stopReason"] == "end_turn"
    assert answer["usage"]["inputTokens"] > 0
    assert isinstance(answer["metrics"]["latencyMs"], int)


def test_boto3_raises_the_services_own_error_for_a_blank_text(bedrock):
    with pytest.raises(ClientError) as caught:
        bedrock.converse(modelId="any.model", messages=[{"role": "user", "content": [{"text": " "}]}])
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert isinstance(caught.value, bedrock.exceptions.ValidationException)


def test_the_process_announces_itself_and_withdraws_when_stopped(folder, tmp_path):
    announce = tmp_path / "run" / "simulators.json"
    script = (
        "import pathlib\n"
        "from steampulse_dagster.simulators import recorded, server\n"
        f"world = recorded.RecordedWorld(pathlib.Path({str(folder)!r}))\n"
        f"announce = pathlib.Path({str(announce)!r})\n"
        "server.serve(world, announce=announce, on_ready=lambda url: print(url, flush=True))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        url = read_url(process)
        assert json.loads(announce.read_text()) == {"url": url}
        assert httpx.get(url + "/health").json()["world"] == "recorded:recording"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert list(announce.parent.iterdir()) == []


def test_the_process_ends_with_the_parent_that_started_it(folder):
    arguments = [*COMMAND, "--recorded", str(folder), "--with-parent"]
    script = f"import subprocess; subprocess.Popen({arguments!r}).wait()"
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert httpx.get(read_url(parent) + "/health").status_code == 200
    parent.kill()
    rest, _ = parent.communicate()  # returns once the last process that holds the pipe is gone
    assert rest == ""


def test_a_port_in_use_is_one_clear_sentence(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run([*COMMAND, "--recorded", str(folder), "--port", port], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"The simulators cannot listen on 127.0.0.1:{port} (Address already in use); choose another port, "
        "or 0 for any free one.\n"
    )
    assert done.stdout == ""


def test_a_folder_that_is_no_recording_is_one_clear_sentence(tmp_path):
    done = subprocess.run([*COMMAND, "--recorded", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "manifest.json is missing" in done.stderr


def test_an_announce_file_that_cannot_be_written_is_refused(folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        serve(RecordedWorld(folder), announce=tmp_path / "file" / "simulators.json")


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_is_none_is_refused(port):
    done = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True)
    assert done.returncode == 2
    assert "port" in done.stderr
