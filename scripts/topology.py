"""The services of docker-compose.yml as processes of this machine, each with the very command and environment that the
file gives it, on ports of its own, one PostgreSQL between them. For machines without a container engine, and for tests.

What stands in for containers: a service's processes are one session, so that a kill takes all of them; `restart` and
`depends_on` are kept; /app and /var/lib/steampulse are folders; names of services and their ports are 127.0.0.1 and
free ports. What does not: separate file systems, users, memory limits, a read-only root.

    uv run python -m scripts.topology [--env-file deploy/demo.env] [--data DIR]
"""

import argparse
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from scripts.compose_file import ROOT, Service, read_services
from scripts.topology_postgres import TopologyPostgres

DEMO_ENV = ROOT / "deploy" / "demo.env"
LOOPBACK = "127.0.0.1"
APP, DATA = "/app", "/var/lib/steampulse"
POLL_SECONDS = 0.1
RESTART_SECONDS = 0.5
STOP_SECONDS = 30.0
PATIENCE_SECONDS = 400.0
"""Until everything is healthy: half a minute on an idle machine of two cores."""
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to a process when the thread that started it ends."""


class Topology:
    """All services of the file, kept running by a thread until `stop`."""

    def __init__(
        self,
        folder: Path,
        *,
        env_file: Path = DEMO_ENV,
        commands: Mapping[str, Sequence[str]] | None = None,
        environment: Mapping[str, str] | None = None,
        edit_instance: Callable[[str], str] = lambda text: text,
    ) -> None:
        """`folder` keeps data and logs. For tests: other services' `commands`, more `environment` for ours, and
        `edit_instance`, which is given the text of dagster.yaml."""
        self.folder = folder
        self.services = read_services(env_file=env_file, profiles=frozenset({"demo"}))
        self.ports = {name: _free_port() for name, service in self.services.items() if service.port}
        self.restarts = dict.fromkeys(self.services, 0)
        self._commands, self._extra = commands or {}, environment or {}
        self._app = folder / "app"
        self._prepare_app(edit_instance)
        self.postgres = TopologyPostgres(
            folder / "postgres", self.ports["postgres"], self.services["postgres"].environment
        )
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._healthy: set[str] = set()
        self._done: set[str] = set()
        self._ending = threading.Event()
        self._failure: BaseException | None = None
        self._keeper = threading.Thread(target=self._keep, name="topology", daemon=True)

    def start(self, *, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        """Start everything in the order of `depends_on`; returns once every service is healthy or has ended well."""
        self.postgres.prepare()
        self._keeper.start()
        self.wait_healthy(self.services, timeout_seconds=timeout_seconds)

    def wait_healthy(
        self, names: Sequence[str] | Mapping[str, Service], *, timeout_seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Until each of these passes the health check that the file names."""
        self._wait(lambda: all(name in self._healthy | self._done for name in names), timeout_seconds, f"{list(names)}")

    def url(self, name: str) -> str:
        """Where a service answers over HTTP."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def log_path(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def pid(self, name: str) -> int:
        """The main process of a service."""
        return self._processes[name].pid

    def kill(self, name: str) -> None:
        """SIGKILL to every process of a service, as when its container dies; the keeper starts it anew."""
        self._healthy.discard(name)
        os.killpg(self._processes[name].pid, signal.SIGKILL)

    def run_once(self, service: str, command: Sequence[str], *, timeout_seconds: float = 300.0) -> str:
        """What `docker compose run --rm SERVICE COMMAND` prints. Raises RuntimeError with that if it fails."""
        entrypoint = self._localise_all(self.services[service].command[:2])
        done = subprocess.run(
            [*entrypoint, *command],
            env=self._environment(self.services[service]),
            cwd=self._app,
            timeout=timeout_seconds,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}")
        return done.stdout

    def check_health(self, name: str) -> bool:
        """Run a service's own health check."""
        service = self.services[name]
        if name == "postgres":
            program = str(self.postgres.binaries / service.health[0])
            command = [program, *service.health[1:], "-h", LOOPBACK, "-p", str(self.ports[name])]
        else:
            ports = {str(one.port): str(self.ports[other]) for other, one in self.services.items() if one.port}
            command = [_replace_words(word, ports) for word in service.health]
        environment = self._environment(service)
        return subprocess.run(command, env=environment, cwd=self._app, capture_output=True, check=False).returncode == 0

    def stop(self) -> None:
        """SIGTERM to all, users first; SIGKILL to what is left."""
        self._ending.set()
        if self._keeper.is_alive():
            self._keeper.join()

    def _keep(self) -> None:
        """All processes are started by this one thread: the kernel ends them with it, even if it is killed."""
        try:
            while not self._ending.is_set():
                for name in self.services:
                    self._look_after(name)
                self._ending.wait(POLL_SECONDS)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            self._failure = error
        finally:
            for name in reversed(self.services):
                self._end(name)

    def _look_after(self, name: str) -> None:
        service, process = self.services[name], self._processes.get(name)
        if process is None:
            if all(other in self._healthy | self._done for other in service.waits_for if other in self.services):
                self._spawn(service)
        elif (code := process.poll()) is not None:
            self._healthy.discard(name)
            if service.restarts:
                self.restarts[name] += 1
                self._ending.wait(RESTART_SECONDS)
                self._spawn(service)
            elif code == 0:
                self._done.add(name)
            else:
                raise RuntimeError(f"{name} ended with {code}: {self.log_path(name).read_text()[-2000:]}")
        elif name not in self._healthy and service.health and self._listens(name) and self.check_health(name):
            if name == "postgres":
                self.postgres.create_database()
            self._healthy.add(name)

    def _listens(self, name: str) -> bool:
        """Cheaper than most health checks, and needed for each of them."""
        if name not in self.ports:
            return True
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.ports[name])) == 0

    def _spawn(self, service: Service) -> None:
        self.log_path(service.name).parent.mkdir(parents=True, exist_ok=True)
        ours = service.name != "postgres"
        command = self._localise_all(
            (*service.command[:2], *self._commands[service.name]) if service.name in self._commands else service.command
        )
        with self.log_path(service.name).open("ab") as log:
            self._processes[service.name] = subprocess.Popen(
                command if ours else self.postgres.command(),
                env=self._environment(service) if ours else {"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                cwd=self._app if ours else "/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,
                **({} if ours else self.postgres.user_arguments()),
            )

    def _end(self, name: str) -> None:
        process = self._processes.get(name)
        if process is None:
            return
        process.terminate() if name != "postgres" else process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _environment(self, service: Service) -> dict[str, str]:
        """That of the container and no more; the tester's own does not leak in."""
        # A value may be the bare name of a service; a word of a command never is.
        given = {
            name: LOOPBACK if value in self.services else self._localise(value)
            for name, value in service.environment.items()
        }
        programs = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        return {"HOME": str(self.folder), "LANG": "C.UTF-8", **given, "PATH": programs, **self._extra}

    def _localise_all(self, words: Sequence[str]) -> list[str]:
        return [self._localise(word) for word in words]

    def _localise(self, text: str) -> str:
        """Names, ports and folders of the containers as they are here."""
        inner = {str(service.port): str(self.ports[name]) for name, service in self.services.items() if service.port}
        if text in inner:
            return inner[text]
        if text == "0.0.0.0":
            return LOOPBACK
        for name, service in self.services.items():
            if service.port:
                text = re.sub(rf"\b{name}:{service.port}\b", f"{LOOPBACK}:{self.ports[name]}", text)
        for inside, outside in ((DATA, self.folder / "data"), (APP, self._app)):
            text = str(outside) + text.removeprefix(inside) if text == inside or text.startswith(f"{inside}/") else text
        return text

    def _prepare_app(self, edit_instance: Callable[[str], str]) -> None:
        self._app.mkdir(parents=True, exist_ok=True)
        for made in ("app/logs", "app/.logs_queue", "data"):
            (self.folder / made).mkdir(mode=0o700, exist_ok=True)
        shutil.copy(ROOT / "workspace.yaml", self._app)
        (self._app / "dagster.yaml").write_text(edit_instance((ROOT / "dagster.yaml").read_text()))

    def _wait(self, condition: Callable[[], bool], timeout_seconds: float, what: str) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not condition():
            if self._failure is not None:
                raise RuntimeError("the topology failed") from self._failure
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"not ready within {timeout_seconds:.0f} s: {what}; healthy: {sorted(self._healthy)}"
                )
            time.sleep(POLL_SECONDS)


def _replace_words(text: str, by: Mapping[str, str]) -> str:
    return re.sub(r"\b\d{4}\b", lambda found: by.get(found[0], found[0]), text)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _end_with_parent() -> None:
    """Signals as in a fresh container, whatever the shell set, and an end when the keeper's thread ends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def running_topology(folder: Path, **options: object) -> Iterator[Topology]:
    """A topology that is up, for the length of the block."""
    topology = Topology(folder, **options)  # type: ignore[arg-type]
    try:
        topology.start()
        yield topology
    finally:
        topology.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--env-file", type=Path, default=DEMO_ENV, help="as for docker compose (default deploy/demo.env)"
    )
    parser.add_argument("--data", type=Path, help="folder of data and logs; default: one that is removed at the end")
    arguments = parser.parse_args()
    folder = arguments.data or Path(tempfile.mkdtemp(prefix="steampulse-topology-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        with running_topology(folder.absolute(), env_file=arguments.env_file) as topology:
            for name in topology.services:
                if name in topology.ports:
                    print(f"{name:11} 127.0.0.1:{topology.ports[name]}")
            print(f"data and logs: {folder}  (Ctrl-C stops everything)", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        print("Stopped.")
    finally:
        if arguments.data is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
