"""Reads and writes `database_values`: values made once and then true for the life of the database."""

from collections.abc import Callable

from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import fetch_one

AUTHOR_SALT = "author_salt"


class DatabaseValueRepository:
    """Named values of this database."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, name: str) -> str | None:
        """The value, None if it was never made."""
        row = fetch_one(self._conn, "select value from database_values where name = %(name)s", {"name": name})
        return None if row is None else str(row["value"])

    def get_or_create(self, name: str, make: Callable[[], str]) -> str:
        """The value; made now if it never was. Processes that ask at once all get the same one."""
        known = self.get(name)
        if known is not None:
            return known
        sql = """
            insert into database_values (name, value) values (%(name)s, %(value)s)
            on conflict (name) do update set value = database_values.value
            returning value
        """
        row = fetch_one(self._conn, sql, {"name": name, "value": make()})
        return str(row["value"]) if row else ""
