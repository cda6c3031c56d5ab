"""How a process uses the embedded services: `acquire` a lease, `stop` everything, `describe` what runs.

A lease is a locked file in `run/leases`; it ends with `release`, with the block, or with the process, however it dies.
"""

import atexit
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from steampulse_dagster.embedded.locks import POLL_SECONDS, is_locked, try_lock
from steampulse_dagster.embedded.places import ensure_data_dir, server_home, unwritable
from steampulse_dagster.embedded.postgres import SERVER_LOCK, Cluster, answers, open_log, socket_url
from steampulse_dagster.embedded.run_folder import QUIT, RunFolder, State, Wish
from steampulse_dagster.errors import ConfigError, DatabaseError, SteamPulseError

SIMULATORS_MODULE = "steampulse_dagster.simulators.server"
# Longer than the supervisor needs for an orderly stop, which a newcomer waits for.
GATE_TIMEOUT_SECONDS = 60.0
START_TIMEOUT_SECONDS = 330.0
SIMULATORS_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 60.0
MAX_SUPERVISOR_STARTS = 3


@dataclass(frozen=True)
class Description:
    """What runs for a data folder; `None` and 0 mean: nothing."""

    data_dir: Path
    supervisor_pid: int | None
    postgres_pid: int | None
    postgres_home: Path
    postgres_note: str | None
    simulators_url: str | None
    users: int


class Lease:
    """The right of this process to find the embedded services running."""

    def __init__(self, run: RunFolder, *, wish: Wish, path: Path, descriptor: int) -> None:
        self._run = run
        self._wish = wish
        self._path = path
        self._descriptor: int | None = descriptor
        self._state = State(supervisor_pid=0, ready=False)
        self._started_it = False
        atexit.register(self.release)
        # A forked child shares the lock and would prolong the lease; one that needs it takes its own.
        os.register_at_fork(after_in_child=self._forget)

    @property
    def socket_dir(self) -> Path:
        if not self._wish.postgres:
            raise ConfigError("PostgreSQL was not asked for when the embedded services were acquired.")
        return Path(self._state.socket_dir)

    @property
    def created(self) -> bool:
        """Whether the database was made for this lease."""
        return self._started_it and self._state.created

    @property
    def note(self) -> str | None:
        """One sentence for the person who started it as root."""
        return self._state.note

    def url(self, database: str, *, scheme: str = "postgresql") -> str:
        """URL of a database on the embedded server."""
        return socket_url(self.socket_dir, database, scheme=scheme)

    def simulators_url(self) -> str:
        """The simulators' base URL; waits until they are up. Raises ConfigError when they do not come up."""
        if self._wish.simulators is None:
            raise ConfigError("The simulators were not asked for when the embedded services were acquired.")
        return _wait_for_simulators(self._run)

    def wait(self) -> None:
        """Until what was wished for is there (simulators excepted: their URL is waited for when it is asked for)."""
        self._state, self._started_it = _wait_until_served(self._run, self._wish)

    def release(self) -> None:
        """Give the lease back; twice is once."""
        if self._descriptor is None:
            return
        atexit.unregister(self.release)
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None
        _leave_nothing_unwatched(self._run)

    def _forget(self) -> None:
        if self._descriptor is not None:
            atexit.unregister(self.release)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def acquire(
    data_dir: Path, *, postgres: bool = True, simulators: bool = False, simulators_module: str = SIMULATORS_MODULE
) -> Lease:
    """Start what is not running yet and keep it running for this process; returns once PostgreSQL accepts connections.

    Raises ConfigError (the folder or the machine does not allow it) or DatabaseError (PostgreSQL did not start).
    """
    data_dir = data_dir.expanduser().absolute()
    ensure_data_dir(data_dir)
    run = RunFolder(data_dir)
    wish = Wish(pid=os.getpid(), postgres=postgres, simulators=simulators_module if simulators else None)
    try:
        with run.gate(timeout_seconds=GATE_TIMEOUT_SECONDS) as obtained:
            if not obtained:
                raise DatabaseError(f"Another process holds {run.path} for too long.", retryable=True)
            path, descriptor = run.add_lease(wish)
    except OSError as error:
        raise unwritable(data_dir, error) from error
    lease = Lease(run, wish=wish, path=path, descriptor=descriptor)
    try:
        lease.wait()
    except BaseException:
        lease.release()
        raise
    return lease


def stop(data_dir: Path) -> list[str]:
    """Stop the embedded services whether or not somebody uses them; what was stopped, in words, maybe nothing."""
    run = RunFolder(data_dir.expanduser().absolute())
    if not run.path.is_dir():
        return []
    before = describe(run.data_dir)
    stopped = [f"PostgreSQL (process {before.postgres_pid})"] if before.postgres_pid else []
    stopped += [f"simulators at {before.simulators_url}"] if before.simulators_url else []
    run.ring(QUIT)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while (lock := try_lock(run.supervisor_lock)) is None:
        if time.monotonic() > deadline:
            raise DatabaseError(f"The embedded services of {run.data_dir} did not stop; see {run.supervisor_log}.")
        time.sleep(POLL_SECONDS)
    try:
        _stop_left_behind(run)
    finally:
        os.close(lock)
    return stopped


def describe(data_dir: Path) -> Description:
    """What runs right now, without starting or changing anything."""
    run = RunFolder(data_dir.expanduser().absolute())
    state = run.read_state()
    alive = is_locked(run.supervisor_lock)
    home = server_home(run.data_dir)
    served = state is not None and state.ready and answers(state.socket_dir)
    return Description(
        data_dir=run.data_dir,
        supervisor_pid=state.supervisor_pid if state and alive else None,
        postgres_pid=state.postgres_pid if state and served else None,
        postgres_home=home,
        postgres_note=state.note if state else None,
        simulators_url=run.simulators_url() if is_locked(run.simulators_lock) else None,
        users=sum(1 for lease in run.leases.glob("*") if is_locked(lease)),
    )


def _wait_until_served(run: RunFolder, wish: Wish) -> tuple[State, bool]:
    """The supervisor's word that the wish is fulfilled, and whether a supervisor had to be started for it."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    starts = 0
    while time.monotonic() < deadline:
        supervised = is_locked(run.supervisor_lock)
        state = run.read_state()
        if state is not None and state.error and (starts or supervised):
            raise _error_of(state)
        if supervised and state is not None and (not wish.postgres or (state.ready and answers(state.socket_dir))):
            run.ring()
            return state, starts > 0
        if not supervised:
            if starts >= MAX_SUPERVISOR_STARTS:
                break
            starts += _start_supervisor(run)
        # Something is missing, or died a moment ago: the supervisor need not wait for its next tick to see it.
        run.ring()
        time.sleep(POLL_SECONDS)
    raise DatabaseError(f"The embedded PostgreSQL did not start in time; see {run.supervisor_log}.", retryable=True)


def _start_supervisor(run: RunFolder) -> int:
    """Start one unless another process was faster; 1 if it was started here. It inherits the lock, without a gap."""
    with run.gate(timeout_seconds=GATE_TIMEOUT_SECONDS):
        lock = try_lock(run.supervisor_lock)
        if lock is None:
            return 0
        log = open_log(run.supervisor_log)
        try:
            run.remove_state()
            command = [sys.executable, "-P", "-m", "steampulse_dagster.embedded.daemon", str(run.data_dir)]
            subprocess.run(
                [*command, "--lock", str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                cwd="/",
                start_new_session=True,
                check=False,
            )
        finally:
            os.close(log)
            os.close(lock)
    return 1


def _wait_for_simulators(run: RunFolder) -> str:
    def look() -> str | None:
        if is_locked(run.simulators_lock) and (url := run.simulators_url()):
            return url
        state = run.read_state()
        if state is not None and state.simulators_error:
            raise ConfigError(f"The simulators did not start: {state.simulators_error}.")
        if not is_locked(run.supervisor_lock):
            _start_supervisor(run)
        return None

    return _poll(look, timeout_seconds=SIMULATORS_TIMEOUT_SECONDS, log=run.simulators_log)


def _poll(look: Callable[[], str | None], *, timeout_seconds: float, log: Path) -> str:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if (found := look()) is not None:
            return found
        time.sleep(POLL_SECONDS)
    raise ConfigError(f"The simulators did not start in {timeout_seconds:.0f} seconds; {log} tells why.")


def _leave_nothing_unwatched(run: RunFolder) -> None:
    """If the supervisor was killed and PostgreSQL still runs, start another, which stops it when nobody is left."""
    if is_locked(server_home(run.data_dir) / SERVER_LOCK) and not is_locked(run.supervisor_lock):
        _start_supervisor(run)


def _stop_left_behind(run: RunFolder) -> None:
    """What a killed supervisor left running; called with the supervisor's lock held, so none can start meanwhile."""
    from steampulse_dagster.embedded.daemon import left_behind
    from steampulse_dagster.embedded.simulators import SimulatorsProcess

    SimulatorsProcess(run).stop()
    cluster: Cluster | None = left_behind(run.data_dir)
    if cluster is not None:
        cluster.stop()
    run.remove_state()


def _error_of(state: State) -> SteamPulseError:
    match state.error_code:
        case ConfigError.code:
            return ConfigError(str(state.error))
        case _:
            return DatabaseError(str(state.error))
