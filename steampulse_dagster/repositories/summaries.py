"""Reads and writes `chunk_summaries`; joins `chunks` to tell which are current."""

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.analysis import ChunkSummary
from steampulse_dagster.utils.db import execute, fetch_all


class SummaryRepository:
    """What analysts said about chunks, kept for every version of a chunk and of an analyst."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_current(self, appid: int, *, analyst_key: str) -> list[ChunkSummary]:
        """One analyst's summaries of a game's chunks as they are now, in order; chunks without one are missing."""
        sql = """
            select s.summary::text as summary
            from chunk_summaries s
            join chunks c on c.appid = s.appid and c.chunk_no = s.chunk_no and c.content_hash = s.content_hash
            where s.appid = %(appid)s and s.analyst_key = %(analyst_key)s
            order by s.chunk_no
        """
        rows = fetch_all(self._conn, sql, {"appid": appid, "analyst_key": analyst_key})
        return [ChunkSummary.model_validate_json(row["summary"]) for row in rows]

    def list_recent(self, *, analyst_key: str, limit: int) -> list[ChunkSummary]:
        """One analyst's newest summaries of full chunks, of whatever games."""
        sql = """
            select s.summary::text as summary
            from (
                select appid, chunk_no, content_hash, summary, created_at from chunk_summaries
                where analyst_key = %(analyst_key)s order by created_at desc limit 10 * %(limit)s
            ) s
            join chunks c on c.appid = s.appid and c.chunk_no = s.chunk_no and c.sealed
            order by s.created_at desc, s.appid, s.chunk_no limit %(limit)s
        """
        rows = fetch_all(self._conn, sql, {"analyst_key": analyst_key, "limit": limit})
        return [ChunkSummary.model_validate_json(row["summary"]) for row in rows]

    def insert(self, summary: ChunkSummary) -> bool:
        """Store a summary; False when an equal piece of work is stored already, which then stays."""
        sql = """
            insert into chunk_summaries (appid, chunk_no, analyst_key, content_hash, summary)
            values (%(appid)s, %(chunk_no)s, %(analyst_key)s, %(content_hash)s, %(summary)s::jsonb)
            on conflict (appid, chunk_no, analyst_key, content_hash) do nothing
        """
        params = {
            "appid": summary.appid,
            "chunk_no": summary.chunk_no,
            "analyst_key": summary.provenance.key,
            "content_hash": summary.content_hash,
            "summary": summary.model_dump_json(),
        }
        return execute(self._conn, sql, params) == 1
