"""Reads and writes `chunks`; reads `reviews` to count who waits for a seat."""

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.analysis import Chunk
from steampulse_dagster.models.base import ReviewId
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import VISIBLE_PATTERN

# From indexes alone (migration 0016): no text is looked at, and no row of the table.
_WAITING = """
    from (
        select recommendationid from reviews where appid = %(appid)s
        except
        select unnest(review_ids) from chunks where appid = %(appid)s
        except
        select recommendationid from reviews where appid = %(appid)s and review !~ %(visible)s
    ) waiting
"""


class ChunkRepository:
    """The chunks of games: appended, sealed when full, never re-dealt."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def lock_game(self, appid: int) -> None:
        """Wait until no other transaction plans this game's chunks, and hold the right until this one ends."""
        sql = "select pg_advisory_xact_lock(hashtextextended('chunks of ' || %(appid)s, 0))"
        execute(self._conn, sql, {"appid": appid})

    def list_by_game(self, appid: int) -> list[Chunk]:
        """All chunks of a game in order."""
        sql = """
            select appid, chunk_no, sealed, review_ids, content_hash
            from chunks where appid = %(appid)s order by chunk_no
        """
        return [Chunk(**row) for row in fetch_all(self._conn, sql, {"appid": appid})]

    def upsert_many(self, chunks: Sequence[Chunk]) -> None:
        """Store new chunks and what changed of known ones; one INSERT each, for arrays of unlike length."""
        sql = """
            insert into chunks (appid, chunk_no, sealed, review_ids, content_hash)
            values (%(appid)s, %(chunk_no)s, %(sealed)s, %(review_ids)s::bigint[], %(content_hash)s)
            on conflict (appid, chunk_no) do update set
                sealed = excluded.sealed, review_ids = excluded.review_ids, content_hash = excluded.content_hash,
                changed_at = now()
        """
        for chunk in chunks:
            execute(self._conn, sql, {**chunk.model_dump(), "review_ids": list(chunk.review_ids)})

    def count_waiting(self, appid: int) -> int:
        """Readable reviews of a game that are in no chunk yet."""
        sql = "select count(*) as n" + _WAITING
        row = fetch_one(self._conn, sql, {"appid": appid, "visible": VISIBLE_PATTERN})
        return 0 if row is None else int(row["n"])

    def list_waiting_ids(self, appid: int) -> list[ReviewId]:
        """Readable reviews of a game that are in no chunk, in no order; one array, for there may be a million."""
        sql = "select coalesce(array_agg(recommendationid), '{}') as ids" + _WAITING
        row = fetch_one(self._conn, sql, {"appid": appid, "visible": VISIBLE_PATTERN})
        return [] if row is None else row["ids"]
