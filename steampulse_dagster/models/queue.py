"""Messages of the queue: the request in one, and messages that hold none (rows of `queue_rejects`)."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.work_requests import WorkKind


class RequestMessage(BaseModel):
    """The JSON of a message, such as {"kind": "crawl", "appid": 570}. `key`: equal keys mean the same wish."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: WorkKind
    appid: int = Field(strict=True)
    key: str | None = Field(default=None, strict=True)


class UnreadableMessage(Model):
    """A message that is no request, and why."""

    message_id: str
    body: str
    reason: str


class RejectedMessage(UnreadableMessage):
    """A row of `queue_rejects`; `body` is the beginning of the message."""

    reject_id: int
    body_bytes: int
    rejected_at: datetime


class MovedMessages(Model):
    """What became of the messages that were taken from the queue."""

    stored: int = 0
    """New wishes."""
    known: int = 0
    """Wishes that were there already."""
    rejected: int = 0
