"""The migration runner: applies the numbered SQL files of `migrations/`; reads and writes `schema_migrations`.

A runner of its own because it is smaller than the adapter that a library would need to read plain numbered files,
lock out other processes, and compare the text of what was applied.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import psycopg2
from psycopg2.errors import UndefinedTable
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import parse_dsn

from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.utils.db import CONNECT_TIMEOUT_SECONDS, execute, fetch_all

# Any fixed number serves that nothing else in the same database takes: "steampul" in ASCII.
LOCK_KEY = 0x737465616D70756C


@dataclass(frozen=True)
class Migration:
    """One numbered file; `sha256` is of its text, whatever its line ends."""

    version: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def list_migrations() -> list[Migration]:
    """The product's own migrations by rising number."""
    folder = files("steampulse_dagster.repositories") / "migrations"
    return sorted(
        (
            Migration(version=int(found[1]), name=entry.name, text=entry.read_text(encoding="utf-8"))
            for entry in folder.iterdir()
            if (found := re.fullmatch(r"(\d{4})_\w+\.sql", entry.name))
        ),
        key=lambda migration: migration.version,
    )


def migrate(database_url: str, *, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Bring the database up to date; the names of the files applied, none (after one query) if it already was.

    Safe to call from several processes at once. Each file is applied whole or not at all. Raises DatabaseError when
    the server cannot be reached, an applied file was changed since, or the database is newer than this program.
    """
    known = list_migrations() if migrations is None else list(migrations)
    conn = _connect(database_url)
    try:
        applied: list[str] = []
        pending = _pending(known, _applied(conn))
        conn.rollback()
        while pending:
            if name := _apply_next(conn, known):
                applied.append(name)
            pending = _pending(known, _applied(conn))
            conn.rollback()
        return applied
    except psycopg2.Error as error:
        raise DatabaseError(f"The tables in {_target(database_url)} could not be prepared: {_cause(error)}") from error
    finally:
        conn.close()


def list_pending(conn: Connection) -> list[str]:
    """Names of the migrations that the database lacks. Raises DatabaseError if it is newer than this program."""
    return [migration.name for migration in _pending(list_migrations(), _applied(conn))]


def _apply_next(conn: Connection, known: Sequence[Migration]) -> str | None:
    """Apply one file in one transaction, under the lock; None if another process was faster."""
    # Held to the end of the transaction, not of the session: it also works through a pooler such as PgBouncer.
    execute(conn, "select pg_advisory_xact_lock(%(key)s)", {"key": LOCK_KEY})
    execute(
        conn,
        """
        create table if not exists schema_migrations (
            version integer primary key, name text not null, sha256 text not null,
            applied_at timestamptz not null default now()
        )
        """,
    )
    pending = _pending(known, _applied(conn))
    if not pending:
        conn.rollback()
        return None
    migration = pending[0]
    try:
        execute(conn, migration.text)
        execute(
            conn,
            "insert into schema_migrations (version, name, sha256) values (%(version)s, %(name)s, %(sha256)s)",
            {"version": migration.version, "name": migration.name, "sha256": migration.sha256},
        )
        conn.commit()
    except psycopg2.Error as error:
        raise DatabaseError(f"Migration {migration.name} failed and changed nothing: {_cause(error)}") from error
    return migration.name


def _applied(conn: Connection) -> dict[int, tuple[str, str]]:
    try:
        rows = fetch_all(conn, "select version, name, sha256 from schema_migrations")
    except UndefinedTable:
        conn.rollback()
        return {}
    return {row["version"]: (row["name"], row["sha256"]) for row in rows}


def _pending(known: Sequence[Migration], applied: dict[int, tuple[str, str]]) -> list[Migration]:
    newest = max((migration.version for migration in known), default=0)
    if newer := [name for version, (name, _) in applied.items() if version > newest]:
        raise DatabaseError(
            f"The database is newer than this program: it has {', '.join(sorted(newer))}. Upgrade SteamPulse."
        )
    for migration in known:
        if migration.version in applied and applied[migration.version][1] != migration.sha256:
            raise DatabaseError(
                f"Migration {migration.name} was applied with another text than it has now; restore the file, "
                "and put the change into a new migration."
            )
    return [migration for migration in known if migration.version not in applied]


def _connect(database_url: str) -> Connection:
    target = _target(database_url)
    try:
        return psycopg2.connect(
            database_url, connect_timeout=CONNECT_TIMEOUT_SECONDS, application_name="steampulse migrate"
        )
    except psycopg2.Error as error:
        raise DatabaseError(f"PostgreSQL cannot be reached at {target}: {_cause(error)}", retryable=True) from error


def _target(database_url: str) -> str:
    """Host and database of a URL, never its password: not even one that slipped out of its place."""
    try:
        parts = parse_dsn(database_url)
    except psycopg2.Error:
        # The driver's own words would repeat the URL.
        raise DatabaseError(
            "DATABASE_URL is not a PostgreSQL URL (postgresql://user:password@host/database)."
        ) from None
    host = parts.get("host", "the local socket")
    if "@" in host:
        raise DatabaseError("DATABASE_URL has an @ in its user or password; write it as %40.")
    port = f":{parts['port']}" if "port" in parts else ""
    return f"{host}{port}, database {parts.get('dbname', 'of the user')}"


def _cause(error: psycopg2.Error) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
