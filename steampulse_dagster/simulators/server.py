"""Runs the simulators over HTTP: as a process (`python -m steampulse_dagster.simulators.server`) or in a thread.

Writes the announce file if one is asked for: {"url": "http://127.0.0.1:PORT"}, there once requests are answered,
gone after an orderly stop.
"""

import argparse
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.middleware import Middleware

from steampulse_dagster.errors import ConfigError
from steampulse_dagster.simulators.app import build_app
from steampulse_dagster.simulators.bedrock import BedrockSimulator
from steampulse_dagster.simulators.fault_middleware import FaultMiddleware
from steampulse_dagster.simulators.faults import FaultPlan, parse_faults
from steampulse_dagster.simulators.igdb import TokenDesk
from steampulse_dagster.simulators.recorded import RecordedWorld
from steampulse_dagster.simulators.world import World

LOOPBACK = "127.0.0.1"
_PATIENCE_SECONDS = 2
"""How long a stop waits for answers that are being sent."""


class _Server(uvicorn.Server):
    """A uvicorn server that says when it answers, and when it no longer does."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        on_up: Callable[[], None],
        on_down: Callable[[], None],
        parent: int | None = None,
    ) -> None:
        super().__init__(config)
        self._on_up, self._on_down, self._parent = on_up, on_down, parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_up()

    async def on_tick(self, counter: int) -> bool:
        """True ends the server. A process whose parent was killed gets another parent."""
        orphaned = self._parent is not None and os.getppid() != self._parent
        return await super().on_tick(counter) or orphaned

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_down()
        await super().shutdown(sockets)


def serve(
    world: World,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    announce: Path | None = None,
    on_ready: Callable[[str], None] | None = None,
    parent: int | None = None,
    middleware: Sequence[Middleware] = (),
    bedrock: BedrockSimulator | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, or until `parent`, a process id, is no longer this process's parent.

    Port 0 takes any free one; `on_ready` gets the base URL.

    Raises ConfigError if the port cannot be had or the announce file cannot be written; KeyboardInterrupt at SIGINT.
    """
    with _listen(host, port) as listener:
        url = _url_of(listener)

        def on_up() -> None:
            if announce is not None:
                _announce(announce, url)
            if on_ready is not None:
                on_ready(url)

        def on_down() -> None:
            if announce is not None:
                _withdraw(announce, url)

        server = _build_server(
            world, on_up=on_up, on_down=on_down, parent=parent, middleware=middleware, bedrock=bedrock
        )
        server.run(sockets=[listener])


@contextmanager
def running_simulators(
    world: World,
    *,
    middleware: Sequence[Middleware] = (),
    bedrock: BedrockSimulator | None = None,
    desk: TokenDesk | None = None,
) -> Iterator[str]:
    """The base URL of simulators that run in a thread of this process, on a free port, while the block runs.

    `middleware` sees every request first: faults, latency, logs of what was asked. `bedrock` plays Bedrock, `desk`
    hands out Twitch's tokens.
    """
    with _listen(LOOPBACK, 0) as listener:
        up = threading.Event()
        server = _build_server(
            world, on_up=up.set, on_down=lambda: None, middleware=middleware, bedrock=bedrock, desk=desk
        )
        thread = threading.Thread(target=server.run, args=([listener],), name="simulators", daemon=True)
        thread.start()
        try:
            while not up.wait(0.05):
                if not thread.is_alive():
                    raise ConfigError("The simulators could not be started in this process.")
            yield _url_of(listener)
        finally:
            server.should_exit = True
            thread.join()


def _build_server(
    world: World,
    *,
    on_up: Callable[[], None],
    on_down: Callable[[], None],
    parent: int | None = None,
    middleware: Sequence[Middleware] = (),
    bedrock: BedrockSimulator | None = None,
    desk: TokenDesk | None = None,
) -> _Server:
    config = uvicorn.Config(
        build_app(world, middleware=middleware, bedrock=bedrock, desk=desk),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_PATIENCE_SECONDS,
    )
    return _Server(config, on_up=on_up, on_down=on_down, parent=parent)


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises ConfigError if the address cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError(f"The simulators cannot listen on {host}: {error.strerror}.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"The simulators cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}); choose another port, "
            "or 0 for any free one."
        ) from None
    return listener


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announce(file: Path, url: str) -> None:
    """Written beside and moved into place, so that a reader never sees half of it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_text(json.dumps({"url": url}))
        draft.replace(file)
    except OSError as error:
        raise ConfigError(f"The announce file {file} cannot be written: {error.strerror}.") from None


def _withdraw(file: Path, url: str) -> None:
    """Removed only if it still speaks of this server: another one may have started since."""
    with suppress(OSError, ValueError, AttributeError):
        if json.loads(file.read_text()).get("url") == url:
            file.unlink()


def load_world(recorded: Path | None) -> World:
    """The recorded world of a folder, or the seeded world. Raises ConfigError for a folder that is not a recording."""
    if recorded is not None:
        return RecordedWorld(recorded)
    from steampulse_dagster.simulators.seeded.world import SeededWorld

    return SeededWorld()


def build_fault_middleware(faults: str, *, seed: int) -> tuple[Middleware, ...]:
    """What spoils answers as `parse_faults` reads it; nothing for an empty text. Raises ConfigError."""
    found = parse_faults(faults)
    return (Middleware(FaultMiddleware, plan=FaultPlan(found, seed=seed)),) if found else ()


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m steampulse_dagster.simulators.server",
        description="Serves look-alikes of the Steam Web API, the Steam store, IGDB, Twitch and Bedrock over HTTP.",
    )
    parser.add_argument("--recorded", type=Path, metavar="DIR", help="serve this folder of recorded Steam data")
    parser.add_argument("--port", type=_port, default=0, help="0, the default, takes any free port")
    parser.add_argument("--host", default=LOOPBACK)
    parser.add_argument("--announce", type=Path, metavar="FILE", help="write the URL to this file once it answers")
    parser.add_argument("--faults", default="", metavar="NAME[=RATE],...", help="spoil answers: simulators/faults.py")
    parser.add_argument("--seed", type=int, default=0, help="other faults at other requests")
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started this one is gone"
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 after an orderly stop, 2 with one sentence on stderr if something is wrong."""
    chosen = _parse_arguments(arguments)
    try:
        world = load_world(chosen.recorded)
        serve(
            world,
            host=chosen.host,
            port=chosen.port,
            announce=chosen.announce,
            on_ready=None if chosen.announce else _say_ready,
            parent=os.getppid() if chosen.with_parent else None,
            middleware=build_fault_middleware(chosen.faults, seed=chosen.seed),
        )
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def _say_ready(url: str) -> None:
    sys.stdout.write(f"Simulators answer at {url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
