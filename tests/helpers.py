"""Servers for tests: one PostgreSQL for a whole test session, and a fresh migrated database for each test."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from steampulse_dagster.embedded.supervisor import acquire, stop
from steampulse_dagster.repositories.databases import copy_database, create_missing_databases, drop_database
from steampulse_dagster.repositories.migrate import migrate

Result = TypeVar("Result")
ROOM_IN_MEMORY_BYTES = 4_000_000_000


def with_database(url: str, name: str) -> str:
    """The same server's URL, naming another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server and the migrated database on it that fresh ones are copied from."""

    url: str
    template: str


@contextmanager
def running_server() -> Iterator[Server]:
    """The server named by STEAMPULSE_TEST_DATABASE_URL, else an embedded one in a folder that is removed afterwards."""
    given = os.environ.get("STEAMPULSE_TEST_DATABASE_URL")
    if given:
        with _migrated_template(given) as server:
            yield server
        return
    with short_lived_folder() as folder, acquire(folder / "data") as lease:
        try:
            with _migrated_template(lease.url("postgres")) as server:
                yield server
        finally:
            stop(folder / "data")


@contextmanager
def fresh_database(server: Server) -> Iterator[str]:
    """The URL of a database of its own with all tables, empty; dropped afterwards with whoever is connected."""
    name = f"test_{secrets.token_hex(6)}"
    copy_database(server.url, template=server.template, name=name)
    try:
        yield with_database(server.url, name)
    finally:
        drop_database(server.url, name)


@contextmanager
def empty_database(server: Server) -> Iterator[str]:
    """The URL of a database without any table; dropped afterwards."""
    name = f"test_{secrets.token_hex(6)}"
    create_missing_databases(server.url, [name])
    try:
        yield with_database(server.url, name)
    finally:
        drop_database(server.url, name)


@contextmanager
def short_lived_folder() -> Iterator[Path]:
    """A folder that another user may pass through, as the one that root's PostgreSQL runs as must."""
    folder = Path(tempfile.mkdtemp(prefix="steampulse-test-", dir=_memory_folder()))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory_folder() -> Path | None:
    """Memory with room to spare, if there is such: a busy disk makes each write of a server wait. None: the usual."""
    shared_memory = Path("/dev/shm")
    if not os.access(shared_memory, os.W_OK) or shutil.disk_usage(shared_memory).free < ROOM_IN_MEMORY_BYTES:
        return None
    return shared_memory


@contextmanager
def _migrated_template(url: str) -> Iterator[Server]:
    template = f"template_{secrets.token_hex(6)}"
    create_missing_databases(url, [template])
    try:
        migrate(with_database(url, template))
        yield Server(url=url, template=template)
    finally:
        drop_database(url, template)


async def at_once(*calls: Coroutine[object, object, Result]) -> list[Result]:
    """The results of calls that begin together, in order; the first error ends all of them."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call) for call in calls]
    return [task.result() for task in tasks]


async def result_or_error(call: Coroutine[object, object, Result], kind: type[Exception]) -> Result | Exception:
    """What a call returns, or the error of this kind that it raises."""
    try:
        return await call
    except kind as error:
        return error
