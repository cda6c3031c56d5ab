"""Whole databases of one PostgreSQL server: made, copied from a template, dropped; no tables are read or written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection

from steampulse_dagster.utils.db import CONNECT_TIMEOUT_SECONDS, database_error


@contextmanager
def _connection(server_url: str) -> Iterator[Connection]:
    try:
        conn = psycopg2.connect(server_url, connect_timeout=CONNECT_TIMEOUT_SECONDS, application_name="steampulse")
        try:
            conn.autocommit = True
            yield conn
        finally:
            conn.close()
    except psycopg2.Error as error:
        raise database_error(error) from error


def create_missing_databases(server_url: str, names: Iterable[str]) -> list[str]:
    """Make the databases that the server does not have yet; the names of those made."""
    with _connection(server_url) as conn, conn.cursor() as cur:
        cur.execute("select datname from pg_database")
        present = {name for (name,) in cur.fetchall()}
        missing = [name for name in names if name not in present]
        for name in missing:
            cur.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return missing


def create_schema(database_url: str, name: str) -> None:
    """Make a schema unless the database has it; several processes may do so at once."""
    with _connection(database_url) as conn, conn.cursor() as cur:
        cur.execute("select nspname from pg_namespace where nspname = %(name)s", {"name": name})
        if cur.fetchone() is not None:
            return
        try:
            cur.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(name)))
        except psycopg2.errors.UniqueViolation:
            # `if not exists` looks before the other process commits; its schema is the one wanted.
            return


def copy_database(server_url: str, *, template: str, name: str) -> None:
    """Make a database as a copy of another that nobody is connected to."""
    with _connection(server_url) as conn, conn.cursor() as cur:
        statement = sql.SQL("create database {} template {}")
        cur.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def drop_database(server_url: str, name: str) -> None:
    """Drop a database if it exists, cutting off whoever is connected."""
    with _connection(server_url) as conn, conn.cursor() as cur:
        cur.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
