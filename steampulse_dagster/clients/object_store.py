"""Files for people and other programs: a folder or an S3 bucket (object_store_s3.py) behind one interface."""

import errno
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol
from urllib.parse import unquote, urlsplit

from steampulse_dagster.errors import ConfigError, NotFoundError, ObjectStoreError

_KEY_PART = re.compile(r"[A-Za-z0-9_=+@-][A-Za-z0-9._=+@-]*")
MAX_KEY_CHARS = 512
_HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{32}")
"""Name of a file that is being written, or that a killed process left; no key has a part that begins with a dot."""
DEAD_AFTER_SECONDS = 86_400
"""Time without a byte after which nobody writes such a file any more."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class ObjectStore(Protocol):
    """Whole files under keys such as `reports/440/latest.md`. A reader sees the old file or the new one, never half.

    Every method blocks and raises ObjectStoreError when the store cannot be used, naming it and what to do.
    """

    @property
    def url(self) -> str:
        """The store itself, for people: a folder path or s3://bucket/prefix."""
        ...

    def write(self, key: str, data: bytes) -> None:
        """Store or replace a file."""
        ...

    def read(self, key: str) -> bytes | None:
        """The file, None if there is none."""
        ...

    def open_writer(self, key: str) -> AbstractContextManager[IO[bytes]]:
        """A file of any size, written piece by piece: stored when the block ends, and not at all if it raises."""
        ...

    def open_reader(self, key: str) -> AbstractContextManager[IO[bytes]]:
        """A file of any size, read piece by piece. Raises NotFoundError if there is none."""
        ...

    def list_keys(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, sorted."""
        ...

    def locate(self, key: str) -> str:
        """Where a person finds the file: a path or an s3:// address."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens if there is none."""
        ...


def open_object_store(url: str, *, region: str, endpoint_url: str | None = None) -> ObjectStore:
    """The store that a URL names: `s3://bucket/prefix`, `file:///folder` or a folder path.

    Nothing is opened or created before the first file. Raises ConfigError for a URL of another kind.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("unreadable:")
    match parts.scheme:
        case "s3" if parts.netloc:
            from steampulse_dagster.clients.object_store_s3 import S3Store

            return S3Store(bucket=parts.netloc, prefix=parts.path.strip("/"), region=region, endpoint_url=endpoint_url)
        case "file" if parts.netloc in ("", "localhost") and parts.path.strip("/"):
            return FolderStore(Path(unquote(parts.path)))
        case "" if url.strip():
            return FolderStore(Path(url).expanduser().absolute())
        case _:
            raise ConfigError(
                f"The object store {url!r} cannot be used: give s3://bucket/prefix, file:///folder or a folder path."
            )


class FolderStore:
    """Files in a folder, which is created with the first of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def url(self) -> str:
        """The folder."""
        return str(self._folder)

    def write(self, key: str, data: bytes) -> None:
        """Store or replace a file."""
        with self.open_writer(key) as file:
            file.write(data)

    @contextmanager
    def open_writer(self, key: str) -> Iterator[IO[bytes]]:
        """A file written beside its place and renamed at the end, so a reader never sees half of it. What killed
        writers left in the same folder a day ago or earlier is removed."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _remove_dead(path.parent)
            temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
            try:
                with temporary.open("wb") as file:
                    yield file
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise self._error("write", key, error) from error

    @contextmanager
    def open_reader(self, key: str) -> Iterator[IO[bytes]]:
        """The file itself. Raises NotFoundError if there is none."""
        try:
            with self._path(key).open("rb") as file:
                yield file
        except FileNotFoundError:
            raise NotFoundError(f"There is no file {key!r} in {self.url}.") from None
        except OSError as error:
            raise self._error("read", key, error) from error

    def read(self, key: str) -> bytes | None:
        """The file, None if there is none."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error("read", key, error) from error

    def list_keys(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, sorted."""
        below = self._folder / prefix.rpartition("/")[0]
        try:
            paths = [path for path in below.rglob("*") if path.is_file() and not path.name.startswith(".")]
        except OSError as error:
            raise self._error("list", prefix, error) from error
        keys = (path.relative_to(self._folder).as_posix() for path in paths)
        return sorted(key for key in keys if key.startswith(prefix))

    def locate(self, key: str) -> str:
        """The file's path."""
        return str(self._path(key))

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens if there is none."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise self._error("delete", key, error) from error

    def _path(self, key: str) -> Path:
        return self._folder.joinpath(*split_key(key))

    def _error(self, doing: str, key: str, error: OSError) -> ObjectStoreError:
        mend = "Make room there" if error.errno in _FULL else "Make it writable for this user"
        return ObjectStoreError(
            f"Cannot {doing} {key!r} in the folder {self._folder}: {error.strerror or error}. "
            f"{mend}, or choose another with STEAMPULSE_OBJECT_STORE_URL."
        )


def _remove_dead(folder: Path) -> None:
    """Remove half-written files that are surely nobody's; one that cannot be removed stops no write."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if _HALF_WRITTEN.fullmatch(entry.name):
                with suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > DEAD_AFTER_SECONDS:
                        Path(entry.path).unlink()


def split_key(key: str) -> list[str]:
    """The parts of a key. Raises ObjectStoreError for one that could leave the store or that some store refuses."""
    parts = key.split("/")
    if len(key) > MAX_KEY_CHARS or not all(_KEY_PART.fullmatch(part) for part in parts):
        raise ObjectStoreError(
            f"{key[:80]!r} is not a key: parts of letters, digits and . _ = + @ - that begin with no dot, split by /."
        )
    return parts
