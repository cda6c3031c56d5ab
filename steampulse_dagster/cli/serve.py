"""`steampulse serve`."""

import gc
import signal
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import click

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import doing, is_service, tell
from steampulse_dagster.cli.servers import die_with_parent, require_free_port
from steampulse_dagster.config import get_settings
from steampulse_dagster.logs import configure_logs, take_over_uvicorn_logs

if TYPE_CHECKING:
    from fastapi import FastAPI


WORKER_SILENCE_SECONDS = 60
"""A process that does not even say that it lives for so long is replaced."""
OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""About ten pages; some MB."""


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default STEAMPULSE_API_HOST or 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (default STEAMPULSE_API_PORT or 8000).")
def serve_command(*, host: str | None, port: int | None) -> None:
    """Serve report pages and the API.

    What is stored, for reading in a browser and by other programs; the API's document is /api/openapi.json. Stops with
    Ctrl-C. Beside it, `steampulse run` and Dagster go on writing.
    """
    import uvicorn

    settings = get_settings()
    host, port = host or settings.api_host, port or settings.api_port
    require_free_port(port, host=host, setting="STEAMPULSE_API_PORT")
    with doing("Starting …"):
        bootstrap.get_database()  # with its tables: whatever is wrong with it is said once, and before anybody asks
    url = f"http://{host}:{port}"
    tell(f"Reports: {url}  (Ctrl-C stops it)", event="server_started", url=url)
    if is_service():
        take_over_uvicorn_logs()
    uvicorn.run(
        f"{__name__}:{build_worker.__name__}",
        factory=True,
        workers=settings.api_workers,
        host=host,
        port=port,
        # Addresses of callers decide who may change state: no header may claim another one.
        proxy_headers=False,
        server_header=False,
        # A machine that is busy for seconds is no reason to start processes anew.
        timeout_worker_healthcheck=WORKER_SILENCE_SECONDS,
        log_level="warning",
    )


def build_worker() -> "FastAPI":
    """The app of one process of the server."""
    from steampulse_dagster.api.warming import warm_up
    from steampulse_dagster.bootstrap_reading import build_app

    configure_logs(get_settings())
    parent = parent_process()
    if parent is not None:
        die_with_parent(signal.SIGTERM)
        if not parent.is_alive():
            raise SystemExit("The server that this process belongs to has ended.")
    app = build_app()
    warm_up(app.state.services)
    _collect_seldom()
    return app


def _collect_seldom() -> None:
    """A report's page makes thousands of objects and no cycles: looking for some every 700 took a fifth of its time."""
    gc.collect()
    gc.freeze()  # what is there now stays
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
