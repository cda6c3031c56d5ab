"""File locks (flock) of the embedded default: the kernel frees them at any death of their holder, kill -9 included."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.03


def try_lock(path: Path) -> int | None:
    """Lock the file (made if missing) and return its open descriptor, or None if somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock; looking may make a concurrent `try_lock` fail, so callers repeat."""
    if not path.exists():
        return False
    descriptor = try_lock(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def wait_lock(path: Path, *, timeout_seconds: float) -> int | None:
    """Like `try_lock`, trying again until the time is over."""
    deadline = time.monotonic() + timeout_seconds
    while (descriptor := try_lock(path)) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return descriptor


@contextmanager
def held(path: Path, *, timeout_seconds: float) -> Iterator[bool]:
    """Hold the lock inside the block; yields whether it was obtained in time."""
    descriptor = wait_lock(path, timeout_seconds=timeout_seconds)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
