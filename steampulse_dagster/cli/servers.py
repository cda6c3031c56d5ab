"""`steampulse dev`, `simulate`, `stop` and `doctor`."""

import asyncio
import ctypes
import errno
import signal
import socket
import subprocess
import sys
from pathlib import Path

import click

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import doing, err, out, tell
from steampulse_dagster.config import get_settings
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.checks import HealthCheck
from steampulse_dagster.simulators.bedrock_script import describe_script, parse_script
from steampulse_dagster.simulators.faults import describe_faults

LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to a process when its parent dies."""


_EVERY_FAULT = f"{describe_faults()}\n\n{describe_script()}"


@click.command("dev")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the UI (default STEAMPULSE_UI_PORT or 3000).")
def dev_command(*, port: int | None) -> None:
    """Start the Dagster UI on the tracked games.

    Webserver and daemon; what is tracked is already there. Open the address that it prints, choose Assets, and click
    Materialize. Stops with Ctrl-C.
    """
    ui_port = port or get_settings().ui_port
    require_free_port(ui_port, setting="STEAMPULSE_UI_PORT")
    with doing("Starting …"):
        import dagster as dg

        from steampulse_dagster.assets.catalog import note_catalog_walk
        from steampulse_dagster.cli.lineage import track_seeded_games
        from steampulse_dagster.embedded.environment import export_dagster_environment
        from steampulse_dagster.partitions import sync_appid_partitions
        from steampulse_dagster.pools import ensure_pools

        environment = bootstrap.get_environment(simulators=True)
        bootstrap.get_database()
        if get_settings().steam_api_url is None:
            track_seeded_games()
        export_dagster_environment(environment)
        with dg.DagsterInstance.get() as instance:
            games = bootstrap.build_tracked_games().get_set()
            sync_appid_partitions(instance, games.appids, [game.appid for game in games.untracked])
            ensure_pools(instance)
            note_catalog_walk(instance)
    out.print(f"{len(games.appids)} games are tracked. The Dagster UI: http://{LOOPBACK}:{ui_port}  (Ctrl-C stops it)")
    # Dagster advises its `dg dev`, which needs a checkout; this one serves an installed package too.
    command = [sys.executable, "-W", "ignore:Function `dev_command`", "-m", "dagster", "dev"]
    command += ["-m", "steampulse_dagster.definitions", "-h", LOOPBACK, "-p", str(ui_port), "--log-level", "error"]
    raise SystemExit(_run_until_stopped(command))


def _run_until_stopped(command: list[str]) -> int:
    """Run a child until it ends. Whatever stops this process stops the child too, so that nothing outlives its
    database: Ctrl-C and SIGTERM are passed on once, and after a kill the kernel tells the child."""
    process = subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: process.send_signal(signal.SIGINT))
    return process.wait()


def _end_with_parent() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    die_with_parent(signal.SIGINT)


def die_with_parent(number: signal.Signals) -> None:
    """Let the kernel send this process that signal when its parent dies, however it dies; where it can, on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@click.command("simulate", epilog="\b\n" + _EVERY_FAULT.replace("\n\n", "\n\n\b\n"))
@click.option("--recorded", type=click.Path(path_type=Path), metavar="DIR", help="Serve recorded answers.")
@click.option("--port", type=click.IntRange(0, 65535), default=8570, show_default=True, help="0: any free port.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--faults", metavar="NAME[=RATE],…", default="", help="Spoil answers in the ways named below.")
@click.option("--model-faults", metavar="NAME[=RATE],…", default="", help="Spoil calls of Bedrock as named below.")
@click.option("--seed", type=int, default=0, show_default=True, help="Other faults at other requests.")
def simulate_command(*, recorded: Path | None, port: int, host: str, faults: str, model_faults: str, seed: int) -> None:
    """Serve look-alikes of Steam, IGDB and Bedrock.

    The Steam Web API, its store, IGDB, Twitch's tokens, Bedrock's Converse and bulk jobs, and an S3 for their files,
    over HTTP on this machine. The invented world by default; with --recorded, a folder of recorded answers.

    --faults takes NAME[@TARGET][=RATE][*COUNT], separated by commas: a rate is a share of requests (or of reviews, for
    oddities of the data), a target one of those named below. `passing` and `quirks` stand for all.
    --model-faults takes NAME[=RATE][*COUNT]; `errors`, `stops`, `forms`, `contents`, `records` stand for all of theirs.
    """
    from steampulse_dagster.simulators.app import speak_for
    from steampulse_dagster.simulators.bedrock import BedrockSimulator
    from steampulse_dagster.simulators.server import build_fault_middleware, load_world, serve

    middleware = build_fault_middleware(faults, seed=seed)
    world = load_world(recorded)
    bedrock = BedrockSimulator(speak_for(world), script=parse_script(model_faults, seed=seed))

    def tell_address(url: str) -> None:
        tell(
            f"Serving on {url}. Point a process at it with:\n"
            f"  STEAMPULSE_STEAM_API_URL={url}/steam\n"
            f"  STEAMPULSE_STEAM_STORE_URL={url}/store\n"
            f"  STEAMPULSE_STEAM_API_KEY=any\n"
            f"  STEAMPULSE_IGDB_API_URL={url}/igdb/v4\n"
            f"  STEAMPULSE_TWITCH_AUTH_URL={url}/twitch\n"
            f"  IGDB_CLIENT_ID=any IGDB_CLIENT_SECRET=any\n"
            f"  AWS_ENDPOINT_URL_BEDROCK_RUNTIME={url}\n"
            f"  AWS_ENDPOINT_URL_BEDROCK={url}\n"
            f"  STEAMPULSE_S3_ENDPOINT_URL={url}/s3",
            event="server_started",
            url=url,
        )

    serve(world, host=host, port=port, on_ready=tell_address, middleware=middleware, bedrock=bedrock)


@click.command("stop")
def stop_command() -> None:
    """Stop the embedded PostgreSQL and simulators.

    Those of the data folder, whoever uses them. They also stop by themselves when nobody does.
    """
    from steampulse_dagster.embedded.supervisor import stop

    stopped = stop(get_settings().data_dir)
    out.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@click.command("doctor")
def doctor_command() -> None:
    """Check every dependency; say how to mend it.

    One line each for the database, Steam, IGDB, the model, the object store and Dagster.
    """
    from steampulse_dagster.cli.checks import run_checks

    checks = asyncio.run(run_checks())
    for check in checks:
        _print_check(check)
    if not all(check.ok for check in checks):
        raise SystemExit(1)


def _print_check(check: HealthCheck) -> None:
    mark = "ok  " if check.ok else "FAIL"
    line = f"{mark} {check.name:<13} {check.seen}"
    printer = out if check.ok else err
    printer.print(f"{line}  → {check.mend}" if check.mend else line, markup=False, soft_wrap=True)


def require_free_port(port: int, *, setting: str, host: str = LOOPBACK) -> None:
    """Raises ConfigError, which names the setting, where something listens there already or nothing can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ConfigError(f"Nothing can listen on {host}, port {port}: {error.strerror}.") from None
        raise ConfigError(
            f"Port {port} is in use: stop what listens there, or choose another with --port or {setting}."
        ) from None
