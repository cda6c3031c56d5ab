"""A folder of recorded Steam answers in place of Steam, for the length of one command."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from steampulse_dagster.config import override_settings
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.simulators.recorded import list_recorded_appids

START_SECONDS = 30.0
UNLIMITED = 1_000_000.0


@contextmanager
def open_recorded_world(folder: Path) -> Iterator[list[int]]:
    """Serve `folder` from a process of its own and point this process's Steam settings at it; the folder's games.

    A process of its own, so that serving and crawling use a core each. Raises ConfigError when the folder is not one.
    """
    appids = list_recorded_appids(folder)
    with tempfile.TemporaryDirectory(prefix="steampulse-") as scratch:
        announce = Path(scratch) / "simulators.json"
        command = [sys.executable, "-m", "steampulse_dagster.simulators.server"]
        command += ["--recorded", str(folder.absolute()), "--port", "0", "--announce", str(announce), "--with-parent"]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            url = _wait_for_url(server, announce)
            override_settings(
                steam_api_url=f"{url}/steam",
                steam_store_url=f"{url}/store",
                steam_api_key="recorded",
                steam_requests_per_second=UNLIMITED,
                steam_store_requests_per_second=UNLIMITED,
            )
            yield appids
        finally:
            server.terminate()
            server.wait()


def _wait_for_url(server: "subprocess.Popen[bytes]", announce: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not announce.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise ConfigError("The server of the recorded world did not start; its own message is above.")
        time.sleep(0.02)
    url: str = json.loads(announce.read_text())["url"]
    return url
