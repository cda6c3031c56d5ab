"""Moves messages of an SQS queue into `work_requests`, and those that are no requests into `queue_rejects`."""

import json
from collections.abc import Callable, Sequence

import pydantic
import structlog

from steampulse_dagster.clients.sqs import QueueMessage, SqsQueue
from steampulse_dagster.errors import ValidationError
from steampulse_dagster.models.queue import MovedMessages, RejectedMessage, RequestMessage, UnreadableMessage
from steampulse_dagster.models.work_requests import NewWorkRequest, WorkKind, WorkSource
from steampulse_dagster.repositories.queue_rejects import QueueRejectRepository
from steampulse_dagster.services.work_requests import WorkRequestService, require_valid
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

LONGEST_BODY_CHARACTERS = 4_096
"""Many times the longest request; what is longer is not even read."""
SHOWN_REJECTS = 50


def render_message(kind: WorkKind, appid: int, *, key: str | None = None) -> str:
    """The body of a message that asks for this."""
    return RequestMessage(kind=kind, appid=appid, key=key).model_dump_json(exclude_none=True)


def parse_message(message: QueueMessage) -> NewWorkRequest | UnreadableMessage:
    """The request in a message, or why there is none. A message without a key of its own has that of the message, so
    that one which is delivered twice is one wish."""
    try:
        if len(message.body) > LONGEST_BODY_CHARACTERS:
            raise ValidationError(f"{len(message.body):,} characters are more than a request has.")
        told = RequestMessage.model_validate(json.loads(message.body))
        request = NewWorkRequest(
            kind=told.kind,
            appid=told.appid,
            source=WorkSource.QUEUE,
            request_key=told.key or f"sqs:{message.message_id}",
        )
        require_valid(request)
    except pydantic.ValidationError as error:
        return _set_aside(message, "; ".join(_describe(one) for one in error.errors(include_input=False)))
    except (ValueError, RecursionError):
        return _set_aside(message, "It is not JSON.")
    except ValidationError as error:
        return _set_aside(message, error.message)
    return request


def _describe(problem: object) -> str:
    details = dict(problem) if isinstance(problem, dict) else {}
    place = ".".join(str(part) for part in details.get("loc", ())) or "the message"
    return f"{place}: {details.get('msg', 'not understood')}"


def _set_aside(message: QueueMessage, reason: str) -> UnreadableMessage:
    return UnreadableMessage(message_id=message.message_id, body=message.body, reason=reason)


class RequestQueueService:
    """Reads one queue. A message leaves it only after what it says is stored; killed anywhere, it comes again and
    changes nothing. Blocks."""

    def __init__(self, database: Database, requests: WorkRequestService, queue: SqsQueue) -> None:
        self._db = database
        self._requests = requests
        self._queue = queue

    def move(self, *, most_calls: int, go_on: Callable[[], bool] = lambda: True) -> MovedMessages:
        """Until the queue is empty, so many calls are made, or `go_on` says no. Raises QueueError, DatabaseError; what
        was moved stays."""
        moved = MovedMessages()
        for _ in range(most_calls):
            messages = self._queue.receive()
            if not messages:
                break
            moved = _add(moved, self._store(messages))
            self._queue.delete(messages)
            if not go_on():
                break
        return moved

    def _store(self, messages: Sequence[QueueMessage]) -> MovedMessages:
        stored = known = 0
        unreadable: list[UnreadableMessage] = []
        for message in messages:
            found = parse_message(message)
            if isinstance(found, UnreadableMessage):
                unreadable.append(found)
                continue
            try:
                is_new = self._requests.submit(found).is_new
            except ValidationError as error:  # the key stands for another wish
                unreadable.append(_set_aside(message, error.message))
                continue
            stored, known = stored + is_new, known + (not is_new)
        if unreadable:
            with self._db.transaction() as conn:
                QueueRejectRepository(conn).insert_many(unreadable)
            log.warning("messages_set_aside", messages=len(unreadable), first_reason=unreadable[0].reason)
        return MovedMessages(stored=stored, known=known, rejected=len(unreadable))


class RejectedMessages:
    """Reads what was set aside. Blocks on the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_newest(self, *, limit: int = SHOWN_REJECTS) -> tuple[RejectedMessage, ...]:
        """Messages that are no requests, the newest first."""
        with self._db.connection() as conn:
            return QueueRejectRepository(conn).list_newest(limit=limit)


def _add(one: MovedMessages, other: MovedMessages) -> MovedMessages:
    return MovedMessages(
        stored=one.stored + other.stored, known=one.known + other.known, rejected=one.rejected + other.rejected
    )
