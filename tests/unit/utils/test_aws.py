"""Messages reach SQS in batches that it takes, through its own client against a served look-alike."""

import boto3
import pytest
from moto import mock_aws

from steampulse_dagster.clients.sqs import SqsQueue
from steampulse_dagster.errors import QueueError
from steampulse_dagster.utils.aws import SQS_BATCH_BYTES, send_sqs_batch, split_batches

pytestmark = pytest.mark.unit


@pytest.fixture
def queue_url(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="wishes")["QueueUrl"]


def read_all(queue):
    bodies = []
    while messages := queue.receive():
        bodies += [message.body for message in messages]
        queue.delete(messages)
    return bodies


def test_every_message_arrives_once_and_is_gone_after_its_deletion(queue_url):
    queue = SqsQueue(queue_url, region="us-east-1")
    assert queue.send([f"wish {n}" for n in range(23)]) == 23
    assert sorted(read_all(queue)) == sorted(f"wish {n}" for n in range(23))
    assert queue.receive() == ()


def test_batches_keep_to_the_number_and_the_size_that_sqs_takes():
    large = "x" * (SQS_BATCH_BYTES // 2)
    assert [len(batch) for batch in split_batches(["a"] * 25)] == [10, 10, 5]
    assert [len(batch) for batch in split_batches([large, large, "a"])] == [2, 1]
    with pytest.raises(QueueError, match="larger than SQS takes"):
        list(split_batches(["é" * SQS_BATCH_BYTES]))


class PartlyDeafClient:
    """Takes each message only at the second time of asking, or never."""

    def __init__(self, *, sender_fault):
        self.sender_fault = sender_fault
        self.taken = []
        self.heard = set()

    def send_message_batch(self, *, QueueUrl, Entries):
        failed = []
        for entry in Entries:
            if entry["MessageBody"] in self.heard and not self.sender_fault:
                self.taken.append(entry["MessageBody"])
            else:
                self.heard.add(entry["MessageBody"])
                failed.append({"Id": entry["Id"], "SenderFault": self.sender_fault, "Message": "no"})
        return {"Failed": failed}


def test_messages_that_were_not_taken_are_sent_again_alone():
    client = PartlyDeafClient(sender_fault=False)
    assert send_sqs_batch(client, queue_url="q", bodies=["a", "b"]) == 2
    assert client.taken == ["a", "b"]


def test_messages_that_the_queue_refuses_are_an_error_with_its_reason():
    with pytest.raises(QueueError, match="did not take 2 of 2 messages: no") as caught:
        send_sqs_batch(PartlyDeafClient(sender_fault=True), queue_url="q", bodies=["a", "b"])
    assert not caught.value.retryable


def test_a_queue_that_does_not_exist_is_named(queue_url):
    with pytest.raises(QueueError, match="nowhere"):
        SqsQueue(queue_url.replace("wishes", "nowhere"), region="us-east-1").receive()
