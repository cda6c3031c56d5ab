"""Data folders of the embedded services, and users of them in processes of their own that can be killed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from steampulse_dagster.embedded.places import server_home
from steampulse_dagster.embedded.supervisor import stop
from tests.helpers import short_lived_folder

USER_SCRIPT = """
import os, sys
from pathlib import Path
from steampulse_dagster.embedded.supervisor import acquire, describe
lease = acquire(Path(sys.argv[1]))
if "fork" in sys.argv and os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
print(describe(Path(sys.argv[1])).postgres_pid, flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses a data folder until it is killed or told to end."""

    def __init__(self, data_dir: Path, *flags: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER_SCRIPT, str(data_dir), *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def postgres_pid(self) -> int:
        """Which server it got; waits for it."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=30)


def eventually(condition: Callable[[], bool], *, seconds: float = 30.0) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_gone(pid: int) -> bool:
    """Whether the process ended (one that nobody has buried yet counts as gone)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for data folders; whatever still runs below it is stopped, and all of it removed."""
    with short_lived_folder() as folder:
        yield folder
        for run in folder.rglob("run/leases"):
            data_dir = run.parents[1]
            stop(data_dir)
            if (home := server_home(data_dir)) != data_dir:
                shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def data_dir(folder: Path) -> Path:
    """A data folder that does not exist yet."""
    return folder / "data"


@pytest.fixture
def start_user() -> Iterator[Callable[..., User]]:
    """Starts users; those still alive at the end are killed."""
    users: list[User] = []

    def start(data_dir: Path, *flags: str) -> User:
        users.append(User(data_dir, *flags))
        return users[-1]

    yield start
    for user in users:
        user.kill()
        for pipe in (user.process.stdin, user.process.stdout):
            assert pipe is not None
            pipe.close()
