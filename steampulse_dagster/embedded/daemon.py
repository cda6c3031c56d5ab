"""The supervisor of one data folder: starts PostgreSQL and the simulators while users live, stops both after the last.

Run as `python -m steampulse_dagster.embedded.daemon DATA_DIR`. It reads the leases in `run/leases`, writes
`run/state.json`, and logs with the standard library, whose import costs a tenth of structlog's at every first start.
"""

import argparse
import contextlib
import logging
import os
import select
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType

from steampulse_dagster.embedded.locks import is_locked, try_lock
from steampulse_dagster.embedded.places import ensure_data_dir, prepare_places, server_home
from steampulse_dagster.embedded.postgres import (
    DAGSTER_DATABASE,
    PRODUCT_DATABASE,
    SERVER_LOCK,
    Cluster,
    socket_url,
)
from steampulse_dagster.embedded.run_folder import QUIT, RunFolder, State, Wish
from steampulse_dagster.embedded.simulators import SimulatorsProcess
from steampulse_dagster.errors import SteamPulseError

GRACE_SECONDS = 5.0
TICK_SECONDS = 1.0
# A server that ends this often within the time below will not be mended by another start.
MAX_STARTS = 5
STARTS_WINDOW_SECONDS = 60.0
GATE_TIMEOUT_SECONDS = 5.0
LOOK_TIMEOUT_SECONDS = 0.2

log = logging.getLogger("supervisor")


class Supervisor:
    """Keeps what the living users wish for running; ends itself when there is no user or it is told to."""

    def __init__(self, data_dir: Path) -> None:
        self._run = RunFolder(data_dir)
        self._state = State(supervisor_pid=os.getpid(), ready=False)
        self._simulators = SimulatorsProcess(self._run)
        self._cluster: Cluster | None = None
        self._starts: list[float] = []
        self._idle_since: float | None = None
        self._wishes: list[Wish] = []
        self._told_to_stop = False

    def run(self) -> None:
        """Work until there is nobody left to work for; everything it started is stopped then."""
        doorbell = self._run.open_doorbell()
        signal_pipe = self._listen_to_signals()
        self._tell(self._state)
        while not self._told_to_stop and self._folder_exists():
            self._look_at_leases()
            if self._wishes:
                self._idle_since = None
                self._serve()
            elif self._idle_since is None:
                self._idle_since = time.monotonic()
            elif time.monotonic() - self._idle_since >= GRACE_SECONDS and self._stop_if_unused():
                return
            self._wait(doorbell, signal_pipe)
        if not self._folder_exists():
            self._stop_everything("the data folder is gone")
            return
        with self._run.gate(timeout_seconds=GATE_TIMEOUT_SECONDS):
            self._stop_everything("told to")

    def give_up(self, error: SteamPulseError) -> None:
        """Tell the waiting users why nothing can be served, and stop what runs.

        Who comes from now on waits for the end of this process, and takes nothing said here as an answer to itself.
        """
        log.error("gave up: %s", error)
        self._simulators.stop()
        self._stop_postgres(self._cluster)
        if self._folder_exists():
            self._run.keep_gate(timeout_seconds=GATE_TIMEOUT_SECONDS)
            self._run.write_state(replace(self._state, ready=False, error_code=error.code, error=error.message))

    def _look_at_leases(self) -> None:
        with self._run.gate(timeout_seconds=LOOK_TIMEOUT_SECONDS) as obtained:
            if obtained:
                self._wishes = self._run.live_wishes()

    def _stop_if_unused(self) -> bool:
        """Holding the gate until everything is down: a user who comes now waits and then finds nothing half-stopped."""
        with self._run.gate(timeout_seconds=GATE_TIMEOUT_SECONDS) as obtained:
            if not obtained or self._run.live_wishes():
                return False
            self._stop_everything("no user left")
            return True

    def _serve(self) -> None:
        needed = any(wish.postgres for wish in self._wishes)
        if needed and (self._cluster is None or self._cluster.postmaster() is None):
            self._start_postgres()
        modules = [wish.simulators for wish in self._wishes if wish.simulators]
        if modules:
            problem = self._simulators.keep_running(modules[0])
            if problem != self._state.simulators_error:
                self._tell(replace(self._state, simulators_error=problem))

    def _start_postgres(self) -> None:
        """Start, restart, or take over the server that a killed supervisor left behind."""
        self._require_few_starts()
        self._tell(replace(self._state, ready=False))
        cluster = self._cluster = Cluster(prepare_places(self._run.data_dir))
        places = cluster.places
        created = cluster.create()
        pid = cluster.start()
        made = _create_databases(places.socket_dir)
        log.info("PostgreSQL %d serves %s%s", pid, places.pgdata, f", made {', '.join(made)}" if made else "")
        self._tell(
            replace(
                self._state,
                ready=True,
                socket_dir=str(places.socket_dir),
                home=str(places.home),
                account=places.account.name if places.account else None,
                created=created,
                note=places.note,
                postgres_pid=pid,
            )
        )

    def _require_few_starts(self) -> None:
        now = time.monotonic()
        self._starts = [start for start in self._starts if now - start < STARTS_WINDOW_SECONDS] + [now]
        if len(self._starts) > MAX_STARTS:
            raise SteamPulseError("The embedded PostgreSQL ended again and again; its log tells more.")

    def _tell(self, state: State) -> None:
        self._state = state
        self._run.write_state(state)

    def _stop_everything(self, reason: str) -> None:
        log.info("stopping: %s", reason)
        self._simulators.stop()
        self._stop_postgres(self._cluster or left_behind(self._run.data_dir))
        if self._folder_exists():
            self._run.remove_state()

    def _stop_postgres(self, cluster: Cluster | None) -> None:
        if cluster is None:
            return
        if cluster.lock_path.exists():
            cluster.stop()
        elif self._state.postgres_pid:
            # Its files were removed under it, its lock among them; all that is left is to end it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._state.postgres_pid, signal.SIGQUIT)

    def _folder_exists(self) -> bool:
        return self._run.leases.is_dir()

    def _listen_to_signals(self) -> int:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        os.set_blocking(reader, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_stop_signal)
        # A handler, not SIG_IGN: children would inherit that one.
        for number in (signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, _ignore)
        return reader

    def _on_stop_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _wait(self, doorbell: int, signal_pipe: int) -> None:
        """Sleep until the next tick, a ring, or a signal such as the death of a child."""
        ready, _, _ = select.select([doorbell, signal_pipe], [], [], TICK_SECONDS)
        for descriptor in ready:
            with contextlib.suppress(BlockingIOError):
                if QUIT in os.read(descriptor, 4096) and descriptor == doorbell:
                    self._told_to_stop = True
        _bury_children()


def left_behind(data_dir: Path) -> Cluster | None:
    """The server that a killed supervisor left running, if there is one."""
    if not is_locked(server_home(data_dir) / SERVER_LOCK):
        return None
    return Cluster(prepare_places(data_dir))


def _create_databases(socket_dir: Path) -> list[str]:
    from steampulse_dagster.repositories.databases import create_missing_databases

    return create_missing_databases(socket_url(socket_dir, "postgres"), [PRODUCT_DATABASE, DAGSTER_DATABASE])


def _bury_children() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Only the wake-up matters."""


def main(arguments: list[str]) -> int:
    """Run the supervisor in the background: this process returns at once, a child of its own session goes on."""
    parser = argparse.ArgumentParser(prog="steampulse-supervisor")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--lock", type=int, help="descriptor that holds run/supervisor.lock already")
    options = parser.parse_args(arguments)
    if os.fork():
        # Nobody's child then, so that no user of this folder has to wait for its end.
        os._exit(0)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s", stream=sys.stderr)
    ensure_data_dir(options.data_dir)
    lock = options.lock if options.lock is not None else try_lock(RunFolder(options.data_dir).supervisor_lock)
    if lock is None:
        log.info("another supervisor serves %s", options.data_dir)
        return 0
    os.set_inheritable(lock, False)
    supervisor = Supervisor(options.data_dir)
    try:
        supervisor.run()
    except SteamPulseError as error:
        supervisor.give_up(error)
        return 1
    except Exception as error:
        log.exception("failed")
        supervisor.give_up(SteamPulseError(f"The supervisor of the embedded services failed: {error}"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
