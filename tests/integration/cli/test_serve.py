"""`steampulse serve` ends as a whole."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.helpers import Server, fresh_database

pytestmark = pytest.mark.integration

SECONDS = 120


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def is_alive(pid: int) -> bool:
    """Whether it runs; one that is dead and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_server_that_is_killed_leaves_no_process_and_no_port_behind(database_server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name("steampulse")), "serve", "--port", str(port)]
    with fresh_database(database_server) as url:
        environment = {**os.environ, "DATABASE_URL": url, "STEAMPULSE_DATA_DIR": str(tmp_path)}
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: answers(f"{base}/ready"), "it does not serve")
            workers = [int(pid) for pid in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()]
            assert len(workers) >= 2
            with httpx.Client(base_url=base) as reader:
                reader.get("/")  # its connection stays open
                server.send_signal(signal.SIGKILL)
                server.wait()
                wait_until(lambda: not any(map(is_alive, workers)), "a worker outlives its server")
            with socket.create_server(("127.0.0.1", port)):
                pass
        finally:
            server.kill()
            server.wait()
