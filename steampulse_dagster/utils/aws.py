"""Helpers over boto3 clients that a caller hands in."""

from collections.abc import Iterator, Sequence
from typing import Any

from steampulse_dagster.errors import QueueError

SQS_BATCH_MESSAGES = 10
"""Most messages that SQS takes or gives in one call."""
SQS_BATCH_BYTES = 256 * 1024
"""The smaller of the sizes that SQS has documented for all messages of one call."""
SEND_ATTEMPTS = 3


def send_sqs_batch(client: Any, *, queue_url: str, bodies: Sequence[str]) -> int:
    """Send messages in as few calls as SQS allows, those it did not take again alone; how many were sent.

    Raises QueueError, naming how many were not taken and the first reason.
    """
    for batch in split_batches(bodies):
        _send(client, queue_url, batch)
    return len(bodies)


def split_batches(bodies: Sequence[str]) -> Iterator[list[str]]:
    """Messages in order, in batches that SQS takes. Raises QueueError for one that is larger than a whole batch."""
    batch: list[str] = []
    size = 0
    for body in bodies:
        length = len(body.encode())
        if length > SQS_BATCH_BYTES:
            raise QueueError(f"A message of {length:,} bytes is larger than SQS takes ({SQS_BATCH_BYTES:,}).")
        if batch and (len(batch) == SQS_BATCH_MESSAGES or size + length > SQS_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(body)
        size += length
    if batch:
        yield batch


def _send(client: Any, queue_url: str, batch: Sequence[str]) -> None:
    left = dict(enumerate(batch))
    failed: list[dict[str, Any]] = []
    for _ in range(SEND_ATTEMPTS):
        entries = [{"Id": str(number), "MessageBody": body} for number, body in left.items()]
        failed = client.send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])
        left = {number: left[number] for number in (int(entry["Id"]) for entry in failed)}
        if not left or any(entry.get("SenderFault") for entry in failed):
            break
    if left:
        reason = failed[0].get("Message") or failed[0].get("Code")
        retryable = not any(entry.get("SenderFault") for entry in failed)
        raise QueueError(f"The queue did not take {len(left)} of {len(batch)} messages: {reason}", retryable=retryable)
