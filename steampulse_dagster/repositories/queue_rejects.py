"""Reads and writes `queue_rejects`: messages of the queue that are no requests."""

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.queue import RejectedMessage, UnreadableMessage
from steampulse_dagster.utils.db import execute, fetch_all
from steampulse_dagster.utils.text import clean_text

KEPT_CHARACTERS = 2_000


class QueueRejectRepository:
    """Messages that were set aside."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def insert_many(self, messages: Sequence[UnreadableMessage]) -> int:
        """Set messages aside, each once however often it arrives; how many are new."""
        sql = """
            insert into queue_rejects (message_id, body, body_bytes, reason)
            select * from unnest(%(message_ids)s::text[], %(bodies)s::text[], %(sizes)s::int[], %(reasons)s::text[])
            on conflict (message_id) do nothing
        """
        params = {
            "message_ids": [message.message_id for message in messages],
            "bodies": [clean_text(message.body[:KEPT_CHARACTERS]) for message in messages],
            "sizes": [len(message.body.encode("utf-8", "surrogatepass")) for message in messages],
            "reasons": [clean_text(message.reason)[:KEPT_CHARACTERS] for message in messages],
        }
        return execute(self._conn, sql, params)

    def list_newest(self, *, limit: int) -> tuple[RejectedMessage, ...]:
        """What was set aside, the newest first."""
        sql = """
            select reject_id, message_id, body, body_bytes, reason, rejected_at from queue_rejects
            order by reject_id desc limit %(limit)s
        """
        return tuple(RejectedMessage(**row) for row in fetch_all(self._conn, sql, {"limit": limit}))
