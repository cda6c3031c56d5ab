"""Bulk jobs whose files are in the S3 of moto's server, through unmodified boto3."""

import io
import socket

import pytest
from moto.server import ThreadedMotoServer

from steampulse_dagster.clients.bedrock_client import build_session
from steampulse_dagster.models.batches import GameState
from steampulse_dagster.simulators.objects import ClientObjects
from tests.bulk_world import BUCKET, bulk_world, store_games

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def s3_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


@pytest.fixture
def world(db, tmp_path, s3_url):
    client = build_session(simulated=True).client("s3", region_name="us-east-1", endpoint_url=s3_url)
    client.create_bucket(Bucket=BUCKET)
    with bulk_world(db, tmp_path, files_url=s3_url, objects=ClientObjects(client)) as made:
        yield made


async def test_games_come_to_their_reports_over_moto(world):
    appids = store_games(world.db, games=3, chunks=1)

    steps = await world.run(*appids)

    assert {step.state for step in steps} == {GameState.DONE}
    assert len(world.files.list_keys("in/")) == 2
    assert world.count_calls() == {"answered": 6}


def test_a_file_is_created_once_and_read_by_lines(world):
    assert world.files.create("in/x/records.jsonl", io.BytesIO(b"one\n" * 500_000))
    assert not world.files.create("in/x/records.jsonl", io.BytesIO(b"two\n"))
    lines = list(world.files.read_lines("in/x/records.jsonl"))
    assert (len(lines), set(lines)) == (500_000, {b"one"})
    assert list(world.files.read_lines("in/y/records.jsonl")) == []
