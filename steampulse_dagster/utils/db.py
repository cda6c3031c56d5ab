"""PostgreSQL connections: a pool for each process, autocommit for reading, `transaction()` for writing."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from threading import BoundedSemaphore, Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg2
from psycopg2.errors import FeatureNotSupported, InvalidSqlStatementName, QueryCanceled
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as PlainCursor
from psycopg2.pool import PoolError, ThreadedConnectionPool

from steampulse_dagster.errors import DatabaseError, SlowQueryError, SteamPulseError

CONNECT_TIMEOUT_SECONDS = 10
READ_SECONDS = 10.0
"""Longest statement of a reader."""
RENEWAL_SECONDS = 15.0
"""Between two questions for a new URL, however many connections fail."""
STALE_PLANS = (FeatureNotSupported, InvalidSqlStatementName)
"""What PostgreSQL says when a kept plan has other columns than its tables have by now, or is gone."""

_kept_plans: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()
"""Statements that each open connection has a plan of."""


class Cursor(PlainCursor):
    """Names the columns of its rows. psycopg2's own RealDictCursor sets each value of each row in Python."""

    def read_names(self) -> list[str]:
        """The names of the columns of the answer."""
        return [column.name for column in self.description or ()]

    def fetch_named(self) -> dict[str, Any] | None:
        """The next row by the names of its columns."""
        row = self.fetchone()
        return None if row is None else dict(zip(self.read_names(), row, strict=True))

    def execute_planned(self, sql: str, params: Mapping[str, Any]) -> None:
        """As `execute`, by a plan that the connection keeps from the first time on."""
        kept, prepared = _kept_plans.setdefault(self.connection, set()), _prepare(sql)
        if sql not in kept:
            super().execute(prepared.keep)
            kept.add(sql)
        super().execute(prepared.run, params)


class _Prepared(NamedTuple):
    """Two statements: one that makes PostgreSQL keep a plan, and one that runs it."""

    keep: str
    run: str


@cache
def _prepare(sql: str) -> _Prepared:
    values = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
    numbered = re.sub(r"%\((\w+)\)s", lambda found: f"${1 + values.index(found[1])}", sql)
    name = f"plan_{blake2b(sql.encode(), digest_size=16).hexdigest()}"
    return _Prepared(f"prepare {name} as {numbered}", f"execute {name} ({', '.join(f'%({one})s' for one in values)})")


class Database:
    """Hands out pooled connections to any thread; opens nothing until the first is asked for."""

    def __init__(self, url: str, *, pool_size: int = 12, renew_url: Callable[[], str] | None = None) -> None:
        """`renew_url` is asked for the URL of now when a connection cannot be opened: its password may have changed."""
        self._url = url
        self._renew_url = renew_url
        self._may_renew_at = 0.0
        self.pool_size = pool_size
        self._pool: ThreadedConnectionPool | None = None
        self._free = BoundedSemaphore(pool_size)
        self._opening = Lock()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit mode, for reading: it leaves no transaction open.

        Raises DatabaseError when the server cannot be reached or breaks off.
        """
        with self._free:
            pooled = self._take()
            try:
                yield pooled
            except psycopg2.Error as error:
                if pooled.closed or _broke_off(error) or isinstance(error, STALE_PLANS):
                    self._leave_pool()
                raise database_error(error) from error
            finally:
                self._give_back(pooled)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """A connection inside one transaction: committed at the end, rolled back on any exception.

        Not `durable`: the commit does not wait for the disk. If the server's machine dies within the second after,
        the transaction may be gone, whole, and with it all later ones of that kind; it is never half there. A durable
        commit on the same server makes all that went before it durable too.
        """
        with self.connection() as conn:
            conn.autocommit = False
            try:
                if not durable:
                    execute(conn, "set local synchronous_commit = off")
                yield conn
                conn.commit()
            except BaseException:
                if not conn.closed:
                    conn.rollback()
                raise
            finally:
                if not conn.closed:
                    conn.autocommit = True

    @contextmanager
    def snapshot(self, *, seconds: float = READ_SECONDS) -> Iterator[Connection]:
        """A connection that sees the database as it is at this moment, whatever others write meanwhile; for reading.

        A statement that takes longer than `seconds` is broken off: SlowQueryError.
        """
        with self.transaction() as conn:
            execute(
                conn,
                "set transaction isolation level repeatable read, read only; set local statement_timeout = %(ms)s",
                {"ms": round(1_000 * seconds)},
            )
            yield conn

    def close(self) -> None:
        """Close all connections; the object can be used again."""
        if self._pool is not None:
            self._pool.closeall()
            self._pool = None

    def _take(self) -> Connection:
        try:
            return self._connect()
        except psycopg2.Error as error:
            self._leave_pool()
            failed = error
        try:
            if self._has_new_url():
                return self._connect()
        except psycopg2.Error as error:
            failed = error
        raise database_error(failed) from failed

    def _connect(self) -> Connection:
        pool = self._open_pool()
        conn = pool.getconn()
        if conn.closed:
            pool.putconn(conn, close=True)
            conn = pool.getconn()
        conn.autocommit = True
        _read_times_in_utc(conn)
        return conn

    def _has_new_url(self) -> bool:
        """Whether another URL than before is in use now. Connections that are out go back to the old pool's end."""
        if self._renew_url is None or time.monotonic() < self._may_renew_at:
            return False
        self._may_renew_at = time.monotonic() + RENEWAL_SECONDS
        try:
            url = self._renew_url()
        except SteamPulseError:
            return False  # why the connection failed says more
        with self._opening:
            if url == self._url:
                return False
            self._url, self._pool = url, None
            return True

    def _open_pool(self) -> ThreadedConnectionPool:
        with self._opening:
            if self._pool is None:
                self._pool = ThreadedConnectionPool(
                    0,
                    self.pool_size,
                    self._url,
                    connect_timeout=CONNECT_TIMEOUT_SECONDS,
                    application_name="steampulse",
                )
                # The pool closes what is given back beyond `minconn`, and opens as many at once if told so above.
                self._pool.minconn = self.pool_size
            return self._pool

    def _leave_pool(self) -> None:
        """After the server broke off: idle connections are dead too, and each would fail one more caller."""
        with self._opening:
            self._pool = None

    def _give_back(self, conn: Connection) -> None:
        pool = self._pool
        try:
            if pool is not None:
                pool.putconn(conn, close=bool(conn.closed))
                return
        except PoolError:
            pass  # from a pool that was left
        conn.close()


def _read_times_in_utc(conn: Connection) -> None:
    """Times come in UTC whatever the server's setting: they end up in digests and reports."""
    if conn.info.parameter_status("TimeZone") not in ("UTC", "Etc/UTC"):
        execute(conn, "set timezone to 'UTC'")


def database_error(error: psycopg2.Error) -> DatabaseError:
    """One clear sentence from a driver error; outages are retryable, refused statements are not."""
    if isinstance(error, QueryCanceled):
        return SlowQueryError("PostgreSQL took longer than a question may take.", retryable=True)
    first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, STALE_PLANS):
        return DatabaseError(f"PostgreSQL's tables were changed meanwhile: {first_line}", retryable=True)
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError) or _broke_off(error):
        return DatabaseError(f"PostgreSQL cannot be reached or broke off: {first_line}", retryable=True)
    return DatabaseError(f"PostgreSQL refused a statement: {first_line}")


def _broke_off(error: psycopg2.Error) -> bool:
    """Whether the connection failed and not a statement. psycopg2 raises its plain DatabaseError, and takes the
    connection for open, where the server went away in the midst of an answer: an error that the server told has a code.
    """
    by_connection = isinstance(error, psycopg2.OperationalError) or type(error) is psycopg2.DatabaseError
    return by_connection and error.pgcode is None


def fetch_all(conn: Connection, sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """All rows of a query as dicts, for a repository to turn into models."""
    with conn.cursor(cursor_factory=Cursor) as cur:
        cur.execute(sql, params)
        names = cur.read_names()
        return [dict(zip(names, row, strict=True)) for row in cur.fetchall()]


def fetch_rows(conn: Connection, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """All rows of a query as tuples: a hundred thousand of them cost a third of what dicts do."""
    with conn.cursor() as cur:
        cur.execute(sql, params)
        return cur.fetchall()


def fetch_column(conn: Connection, sql: str, params: Mapping[str, Any] | None = None) -> list[Any]:
    """The values of a query for one column."""
    return [value for (value,) in fetch_rows(conn, sql, params)]


def fetch_one(conn: Connection, sql: str, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """The only row of a query as a dict, or None."""
    with conn.cursor(cursor_factory=Cursor) as cur:
        cur.execute(sql, params)
        return cur.fetch_named()


def fetch_one_planned(conn: Connection, sql: str, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """As `fetch_one`, for a question that is asked often and finds few rows by their keys: to plan it takes longer than
    to answer it, so each connection does it once. `sql` is one statement, and the types of its values tell themselves.
    """
    with conn.cursor(cursor_factory=Cursor) as cur:
        cur.execute_planned(sql, params)
        return cur.fetch_named()


def execute(conn: Connection, sql: str, params: Mapping[str, Any] | None = None) -> int:
    """Run a statement; the number of rows it touched."""
    with conn.cursor() as cur:
        cur.execute(sql, params)
        return cur.rowcount
