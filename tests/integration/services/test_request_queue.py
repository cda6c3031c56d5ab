"""Messages of a real queue protocol (moto's server on loopback) become requests, each once, and none is lost."""

import json

import boto3
import pytest
from moto.server import ThreadedMotoServer

from steampulse_dagster.clients.sqs import QueueMessage, SqsQueue
from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.models.queue import UnreadableMessage
from steampulse_dagster.models.work_requests import NewWorkRequest, WorkKind, WorkSource
from steampulse_dagster.services.request_queue import (
    RejectedMessages,
    RequestQueueService,
    parse_message,
    render_message,
)
from steampulse_dagster.services.request_runs import RequestRunService
from steampulse_dagster.services.work_requests import WorkRequestService
from steampulse_dagster.utils.aws import send_sqs_batch

pytestmark = pytest.mark.integration

POISON = [
    ("{", "It is not JSON."),
    ("[" * 3_000, "It is not JSON."),
    ("[]", "the message: Input should be a valid dictionary"),
    ('{"kind": "explode", "appid": 5}', "kind: Input should be 'crawl'"),
    ('{"kind": "crawl", "appid": "570; drop"}', "appid: Input should be a valid integer"),
    ('{"kind": "crawl", "appid": true}', "appid: Input should be a valid integer"),
    ('{"kind": "crawl", "appid": -3}', "-3 is not an appid."),
    ('{"kind": "crawl", "appid": 99999999999}', "99999999999 is not an appid."),
    ('{"kind": "crawl", "appid": 5, "key": "two words"}', "A request key is 1 to 200"),
    ('{"kind": "crawl", "appid": 5, "sudo": 1}', "sudo: Extra inputs are not permitted"),
    ('{"kind": "crawl", "appid": 5, "key": "' + "x" * 5_000 + '"}', "5,040 characters are more"),
    ("\x00\ud800", "It is not JSON."),
]


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def sqs(moto, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    return boto3.client("sqs", region_name="us-east-1", endpoint_url=moto)


@pytest.fixture
def url(sqs, request):
    name = f"q{abs(hash(request.node.name))}"
    return sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "0"})["QueueUrl"]


@pytest.fixture
def queue(url, moto, sqs):
    return SqsQueue(url, region="us-east-1", endpoint_url=moto)


@pytest.fixture
def service(db, queue):
    return RequestQueueService(db, WorkRequestService(db), queue)


def wishes(db):
    return [(one.kind.value, one.appid) for one in reversed(RequestRunService(db).list_newest())]


def test_messages_become_requests_and_leave_the_queue(db, sqs, url, queue, service):
    bodies = [render_message(WorkKind.CRAWL, appid) for appid in range(1, 26)]
    assert send_sqs_batch(sqs, queue_url=url, bodies=bodies) == 25

    moved = service.move(most_calls=50)

    assert (moved.stored, moved.known, moved.rejected) == (25, 0, 0)
    assert sorted(wishes(db)) == sorted(("crawl", appid) for appid in range(1, 26))
    assert queue.receive() == ()


def test_a_message_that_could_not_be_stored_stays_in_the_queue(db, queue, service, monkeypatch):
    queue.send([render_message(WorkKind.CRAWL, 570)])

    def break_off(request):
        raise DatabaseError("gone", retryable=True)

    with monkeypatch.context() as broken:
        broken.setattr(service._requests, "submit", break_off)
        with pytest.raises(DatabaseError):
            service.move(most_calls=5)

    assert service.move(most_calls=5).stored == 1
    assert wishes(db) == [("crawl", 570)]


def test_a_message_that_is_killed_between_storing_and_deleting_is_stored_once(db, queue, service, monkeypatch):
    queue.send([render_message(WorkKind.ANALYSIS, 570)])

    def die(messages):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(queue, "delete", die)
        with pytest.raises(KeyboardInterrupt):
            service.move(most_calls=5)

    assert service.move(most_calls=5).known == 1
    assert wishes(db) == [("analysis", 570)]
    assert queue.receive() == ()


def test_two_messages_of_one_key_are_one_request(db, queue, service):
    queue.send([render_message(WorkKind.REFRESH, 570, key="press")] * 2)

    moved = service.move(most_calls=5)

    assert (moved.stored, moved.known) == (1, 1)
    assert wishes(db) == [("refresh", 570)]


def test_a_key_that_stands_for_another_wish_is_set_aside(db, queue, service):
    queue.send([render_message(WorkKind.REFRESH, 570, key="press"), render_message(WorkKind.CRAWL, 571, key="press")])

    assert service.move(most_calls=5).rejected == 1
    (told,) = RejectedMessages(db).list_newest()
    assert "stands for" in told.reason


@pytest.mark.parametrize(("body", "reason"), POISON)
def test_what_is_no_request_says_why(body, reason):
    found = parse_message(QueueMessage(message_id="m", receipt="r", body=body, receive_count=1))

    assert isinstance(found, UnreadableMessage)
    assert found.reason.startswith(reason)


def test_poison_is_set_aside_once_beside_good_messages_and_leaves_the_queue(db, queue, service):
    sent = [body for body, _ in POISON if "\x00" not in body]
    queue.send([*sent, render_message(WorkKind.CRAWL, 570)])

    moved = service.move(most_calls=20)

    assert (moved.stored, moved.rejected) == (1, len(sent))
    kept = RejectedMessages(db).list_newest()
    assert len(kept) == len(sent)
    assert max(len(one.body) for one in kept) <= 2_000
    assert {one.body_bytes for one in kept} >= {5_040}
    assert queue.receive() == ()


def test_a_rendered_message_is_understood():
    body = render_message(WorkKind.CRAWL, 570)

    found = parse_message(QueueMessage(message_id="m-1", receipt="r", body=body, receive_count=1))

    assert json.loads(body) == {"kind": "crawl", "appid": 570}
    assert found == NewWorkRequest(kind=WorkKind.CRAWL, appid=570, source=WorkSource.QUEUE, request_key="sqs:m-1")
