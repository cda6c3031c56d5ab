"""The simulators' process under the supervisor: started, found again, kept at one port, stopped."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

from steampulse_dagster.embedded.locks import POLL_SECONDS, is_locked, wait_lock
from steampulse_dagster.embedded.postgres import open_log
from steampulse_dagster.embedded.run_folder import RunFolder

STOP_SECONDS = 3.0
# A server that ends this often within the time below is not started again before the time is over.
MAX_STARTS = 4
STARTS_WINDOW_SECONDS = 60.0

log = logging.getLogger("supervisor")


class SimulatorsProcess:
    """One HTTP server on loopback, run as a module that announces its URL in a file."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._process: subprocess.Popen[bytes] | None = None
        self._starts: list[float] = []
        self._port = 0

    def keep_running(self, module: str) -> str | None:
        """Start it if it does not run; what is wrong if it cannot be kept running, else None.

        A server found running was left by a killed supervisor and may be of older code: it is replaced, on its port,
        so that the users who know its URL reach the new one.
        """
        if self._process is not None and self._process.poll() is None:
            self._port = self._announced_port() or self._port
            return None
        now = time.monotonic()
        self._starts = [start for start in self._starts if now - start < STARTS_WINDOW_SECONDS]
        if len(self._starts) >= MAX_STARTS:
            return f"the simulators end as soon as they start; {self._run.simulators_log} tells why"
        self._starts.append(now)
        port = self._announced_port() or self._port
        # Should it never come to announce itself, then perhaps because the port is taken: any other one next time.
        self._port = 0
        self.stop()
        return self._start(module, port)

    def stop(self) -> bool:
        """Stop it, also one that an earlier supervisor started; whether there was one."""
        found = self._lives()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if pid := self._pid():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + STOP_SECONDS
            while self._lives() and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
        for path in (self._run.announcement, self._run.simulators_pid):
            path.unlink(missing_ok=True)
        return found

    def _start(self, module: str, port: int) -> str | None:
        lock = wait_lock(self._run.simulators_lock, timeout_seconds=STOP_SECONDS)
        if lock is None:
            return "the simulators of an earlier start do not end"
        output = open_log(self._run.simulators_log)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", module, "--port", str(port), "--announce", str(self._run.announcement)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(lock,),
                cwd="/",
            )
        finally:
            os.close(output)
            os.close(lock)
        self._run.simulators_pid.write_text(str(self._process.pid))
        log.info("simulators %d started", self._process.pid)
        return None

    def _lives(self) -> bool:
        child_lives = self._process is not None and self._process.poll() is None
        return child_lives or is_locked(self._run.simulators_lock)

    def _pid(self) -> int | None:
        """The process to signal: a child not yet buried, or the one that holds the lock, so nobody else's id."""
        if self._process is not None and self._process.poll() is None:
            return self._process.pid
        if not is_locked(self._run.simulators_lock):
            return None
        try:
            return int(self._run.simulators_pid.read_text())
        except (OSError, ValueError):
            return None

    def _announced_port(self) -> int:
        """The port in the announcement file, or 0, which stands for any free one."""
        url = self._run.simulators_url()
        return (urlsplit(url).port or 0) if url else 0
