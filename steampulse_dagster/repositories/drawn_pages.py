"""Reads and writes `drawn_pages`: the page of each game as it was last drawn."""

from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import execute, fetch_one_planned


class DrawnPageRepository:
    """One page a game, compressed, with a digest of what it was made of."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, appid: int, *, digest: str) -> bytes | None:
        """The game's page if it was made of exactly this."""
        sql = "select html from drawn_pages where appid = %(appid)s and digest = %(digest)s"
        row = fetch_one_planned(self._conn, sql, {"appid": appid, "digest": digest})
        return None if row is None else bytes(row["html"])

    def upsert(self, appid: int, *, digest: str, html: bytes) -> None:
        """Keep a page in place of the one before."""
        sql = """
            insert into drawn_pages (appid, digest, html) values (%(appid)s, %(digest)s, %(html)s)
            on conflict (appid) do update set digest = excluded.digest, html = excluded.html
        """
        execute(self._conn, sql, {"appid": appid, "digest": digest, "html": html})
