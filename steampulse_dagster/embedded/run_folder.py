"""The folder `run/` below the data folder: leases of users, the supervisor's lock, state and doorbell.

Writers: users write their own lease, the supervisor everything else. Whoever holds the gate may add or judge leases.
"""

import contextlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TypeVar

from steampulse_dagster.embedded.locks import held, try_lock, wait_lock
from steampulse_dagster.embedded.places import replace_text

RING = b"r"
QUIT = b"q"


@dataclass(frozen=True)
class Wish:
    """What one user asks for; `simulators` is the module that serves them, or None."""

    pid: int
    postgres: bool
    simulators: str | None


@dataclass(frozen=True)
class State:
    """What the supervisor tells users; `error_code` and `error` are set when it gave up."""

    supervisor_pid: int
    ready: bool
    socket_dir: str = ""
    home: str = ""
    account: str | None = None
    created: bool = False
    note: str | None = None
    postgres_pid: int | None = None
    simulators_error: str | None = None
    error_code: str | None = None
    error: str | None = None


_Record = TypeVar("_Record", Wish, State)


def _parse(record: type[_Record], text: str) -> _Record:
    """Fields that are unknown here are skipped: user and supervisor may be of different releases during an upgrade."""
    known = {field.name for field in fields(record)}
    return record(**{name: value for name, value in json.loads(text).items() if name in known})


@dataclass(frozen=True)
class RunFolder:
    """Names and small operations; opens nothing by itself."""

    data_dir: Path

    @property
    def path(self) -> Path:
        return self.data_dir / "run"

    @property
    def leases(self) -> Path:
        return self.path / "leases"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor for its whole life."""
        return self.path / "supervisor.lock"

    @property
    def simulators_lock(self) -> Path:
        """Held by the simulators' process for its whole life."""
        return self.path / "simulators.lock"

    @property
    def announcement(self) -> Path:
        """Where the simulators say their URL."""
        return self.path / "simulators.json"

    @property
    def simulators_pid(self) -> Path:
        return self.path / "simulators.pid"

    @property
    def doorbell(self) -> Path:
        return self.path / "doorbell"

    @property
    def supervisor_log(self) -> Path:
        return self.data_dir / "logs" / "supervisor.log"

    @property
    def simulators_log(self) -> Path:
        return self.data_dir / "logs" / "simulators.log"

    @property
    def gate_lock(self) -> Path:
        return self.path / "gate.lock"

    @contextmanager
    def gate(self, *, timeout_seconds: float) -> Iterator[bool]:
        """One at a time: adding a lease, judging all leases, stopping. Yields whether it was obtained in time."""
        with held(self.gate_lock, timeout_seconds=timeout_seconds) as obtained:
            yield obtained

    def keep_gate(self, *, timeout_seconds: float) -> None:
        """Hold the gate until this process is gone."""
        wait_lock(self.gate_lock, timeout_seconds=timeout_seconds)

    def add_lease(self, wish: Wish) -> tuple[Path, int]:
        """Write and lock a lease, with the gate held; its file and the descriptor that keeps it locked."""
        path = self.leases / f"{wish.pid}-{secrets.token_hex(4)}"
        descriptor = try_lock(path)
        if descriptor is None:
            raise RuntimeError(f"the new lease {path} is locked by somebody else")
        os.write(descriptor, json.dumps(asdict(wish)).encode())
        return path, descriptor

    def live_wishes(self) -> list[Wish]:
        """The wishes of all living users, with the gate held; leases of dead ones are removed."""
        wishes = []
        for path in sorted(self.leases.iterdir()):
            descriptor = try_lock(path)
            if descriptor is None:
                wishes.append(_parse(Wish, path.read_text()))
            else:
                path.unlink(missing_ok=True)
                os.close(descriptor)
        return wishes

    def read_state(self) -> State | None:
        """The supervisor's last word, which may be that of a dead one unless its lock is held."""
        try:
            return _parse(State, (self.path / "state.json").read_text())
        except (OSError, ValueError, TypeError):
            return None

    def write_state(self, state: State) -> None:
        replace_text(self.path / "state.json", json.dumps(asdict(state)))

    def remove_state(self) -> None:
        (self.path / "state.json").unlink(missing_ok=True)

    def open_doorbell(self) -> int:
        """For the supervisor: a descriptor that becomes readable when a user rings."""
        with contextlib.suppress(FileExistsError):
            os.mkfifo(self.doorbell, 0o600)
        # Opened for writing too, so that the end of one ringer is not the end of the file.
        return os.open(self.doorbell, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ring(self, message: bytes = RING) -> bool:
        """Wake the supervisor; whether one listens."""
        try:
            if not stat.S_ISFIFO(self.doorbell.stat().st_mode):
                return False
            descriptor = os.open(self.doorbell, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            os.write(descriptor, message)
        except BlockingIOError:
            # Full of unread rings: it will wake anyway.
            pass
        finally:
            os.close(descriptor)
        return True

    def simulators_url(self) -> str | None:
        """The URL that the simulators announced, if they have."""
        try:
            return str(json.loads(self.announcement.read_text())["url"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
