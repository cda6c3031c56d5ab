"""Takes wishes for libraries from people and a queue into `library_requests`, and hands them to the sensor."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

import structlog

from steampulse_dagster.clients.sqs import QueueMessage, SqsQueue
from steampulse_dagster.models.library import LibraryRequest
from steampulse_dagster.repositories.library_requests import LibraryRequestRepository
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.steam_ids import is_steam_id, require_steam_id

log = structlog.get_logger()


class LibraryRequestService:
    """Each wish is stored once, however often it arrives. Blocks on the database and the queue."""

    def __init__(self, db: Database, queue: SqsQueue | None = None, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._queue = queue
        self._clock = clock

    def submit(self, steam_id: str, *, track_games: bool = False, request_key: str | None = None) -> bool:
        """Note a wish for a SteamID64; False if one of this key is there. Raises ValidationError for another id."""
        require_steam_id(steam_id)
        with self._db.transaction() as conn:
            return LibraryRequestRepository(conn).insert(
                request_key=request_key or f"cli:{uuid4()}", steam_id=steam_id, track_games=track_games, source="cli"
            )

    def receive(self) -> int:
        """Take one call's messages off the queue, {"steam_id": "…", "track_games": false} each; how many were wishes.

        A message leaves the queue after its wish is stored, so that a kill loses none and a second delivery does
        nothing. One that is no such message stays, for the queue's own dead-letter rule. Raises QueueError.
        """
        if self._queue is None:
            return 0
        messages = self._queue.receive()
        read = [(message, wish) for message in messages if (wish := _read(message)) is not None]
        with self._db.transaction() as conn:
            repository = LibraryRequestRepository(conn)
            for message, (steam_id, track_games) in read:
                repository.insert(
                    request_key=f"sqs:{message.message_id}", steam_id=steam_id, track_games=track_games, source="queue"
                )
        self._queue.delete([message for message, _ in read])
        return len(read)

    def list_waiting(self, *, limit: int = 100) -> tuple[LibraryRequest, ...]:
        """Wishes that nobody took up, oldest first."""
        with self._db.connection() as conn:
            return LibraryRequestRepository(conn).list_waiting(limit=limit)

    def mark_taken(self, request_ids: Sequence[int]) -> None:
        """Note that runs were requested for these."""
        with self._db.transaction() as conn:
            LibraryRequestRepository(conn).mark_taken(request_ids, taken_at=self._clock())


def _read(message: QueueMessage) -> tuple[str, bool] | None:
    try:
        body = json.loads(message.body)
    except (ValueError, RecursionError):
        body = message.body
    match body:
        case {"steam_id": str(steam_id)} if is_steam_id(steam_id.strip()):
            return steam_id.strip(), body.get("track_games") is True
        case str(steam_id) | int(steam_id) if is_steam_id(str(steam_id).strip()):
            return str(steam_id).strip(), False
    log.warning("library_message_refused", message_id=message.message_id, receive_count=message.receive_count)
    return None
