"""An SQS queue, by the unmodified boto3 client; imported with the first call."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from steampulse_dagster.errors import QueueError
from steampulse_dagster.utils.aws import SQS_BATCH_MESSAGES, send_sqs_batch

CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 4


@dataclass(frozen=True)
class QueueMessage:
    """A received message: hidden from other readers until it is deleted or its time is up."""

    message_id: str
    receipt: str
    body: str
    receive_count: int
    """How often it was handed out, this time included."""


class SqsQueue:
    """One queue by its URL. Calls block; they raise QueueError."""

    def __init__(self, queue_url: str, *, region: str, endpoint_url: str | None = None) -> None:
        self._url = queue_url
        self._region = region
        self._endpoint_url = endpoint_url
        self._made: Any = None
        self._making = Lock()

    def send(self, bodies: Sequence[str]) -> int:
        """Send messages; how many."""
        with self._telling("send to"):
            return send_sqs_batch(self._client(), queue_url=self._url, bodies=bodies)

    def receive(self, *, wait_seconds: int = 0) -> tuple[QueueMessage, ...]:
        """Up to ten messages that nobody else has in hand; none if there are none within the wait."""
        with self._telling("read"):
            answer = self._client().receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=SQS_BATCH_MESSAGES,
                WaitTimeSeconds=wait_seconds,
                AttributeNames=["ApproximateReceiveCount"],
            )
        return tuple(
            QueueMessage(
                message_id=message["MessageId"],
                receipt=message["ReceiptHandle"],
                body=message["Body"],
                receive_count=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
            )
            for message in answer.get("Messages", [])
        )

    def delete(self, messages: Sequence[QueueMessage]) -> None:
        """Take received messages (at most ten) off the queue. One that could not be taken off comes again."""
        if not messages:
            return
        entries = [{"Id": str(n), "ReceiptHandle": message.receipt} for n, message in enumerate(messages)]
        with self._telling("delete from"):
            self._client().delete_message_batch(QueueUrl=self._url, Entries=entries)

    def _client(self) -> Any:
        with self._making:
            if self._made is None:
                import boto3
                from botocore.config import Config

                config = Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=READ_SECONDS,
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                )
                self._made = boto3.client(
                    "sqs", region_name=self._region, endpoint_url=self._endpoint_url, config=config
                )
            return self._made

    @contextmanager
    def _telling(self, doing: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            answer = error.response
            status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code, words = answer.get("Error", {}).get("Code", "unknown"), answer.get("Error", {}).get("Message", "")
            raise QueueError(
                f"SQS refused to {doing} the queue {self._name} ({code}): {words}", retryable=status >= 500
            ) from error
        except BotoCoreError as error:
            raise QueueError(
                f"Could not {doing} the queue {self._name}: {type(error).__name__}: {error}", retryable=True
            ) from error

    @property
    def _name(self) -> str:
        return self._url.rsplit("/", 1)[-1]
