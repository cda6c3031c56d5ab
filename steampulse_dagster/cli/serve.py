"""`steampulse serve`."""

import click

from steampulse_dagster.cli.console import doing, out
from steampulse_dagster.cli.servers import require_free_port
from steampulse_dagster.config import get_settings, override_settings


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default STEAMPULSE_API_HOST or 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (default STEAMPULSE_API_PORT or 8000).")
def serve_command(*, host: str | None, port: int | None) -> None:
    """Serve report pages and the API.

    What is stored, for reading in a browser and by other programs; the API's document is /api/openapi.json. Stops with
    Ctrl-C. Beside it, `steampulse run` and Dagster go on writing.
    """
    import uvicorn

    from steampulse_dagster.bootstrap_reading import build_app

    override_settings(**{name: value for name, value in (("api_host", host), ("api_port", port)) if value})
    settings = get_settings()
    require_free_port(settings.api_port, host=settings.api_host, setting="STEAMPULSE_API_PORT")
    with doing("Starting …"):
        app = build_app()
    out.print(f"Reports: http://{settings.api_host}:{settings.api_port}  (Ctrl-C stops it)", soft_wrap=True)
    # Addresses of callers decide who may change state: no header may claim another one.
    uvicorn.run(
        app,
        host=settings.api_host,
        port=settings.api_port,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
    )
