"""Reads and writes `igdb_tokens`: the encrypted token of each client id, and who fetches the next."""

from datetime import timedelta

from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import execute, fetch_one


class IgdbTokenRepository:
    """One row a client id."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, client_key: str) -> str | None:
        """The encrypted token, None if there is none."""
        sql = "select sealed from igdb_tokens where client_key = %(client_key)s"
        row = fetch_one(self._conn, sql, {"client_key": client_key})
        return None if row is None else row["sealed"]

    def claim(self, client_key: str, *, patience: timedelta) -> bool:
        """Whether the caller fetches the next token: nobody else does, or has taken longer than `patience`."""
        sql = """
            insert into igdb_tokens as kept (client_key, renewing_until)
            values (%(client_key)s, clock_timestamp() + %(patience)s)
            on conflict (client_key) do update set renewing_until = excluded.renewing_until
            where kept.renewing_until is null or kept.renewing_until < clock_timestamp()
        """
        return execute(self._conn, sql, {"client_key": client_key, "patience": patience}) > 0

    def set(self, client_key: str, sealed: str | None) -> None:
        """Store what was fetched (None: nothing, keep what is there) and end the claim."""
        sql = """
            update igdb_tokens set sealed = coalesce(%(sealed)s, sealed), renewing_until = null
            where client_key = %(client_key)s
        """
        execute(self._conn, sql, {"client_key": client_key, "sealed": sealed})
