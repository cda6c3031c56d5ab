"""The `steampulse` command."""

import sys
from collections.abc import Sequence

import click

from steampulse_dagster.cli.console import complain, is_service
from steampulse_dagster.config import get_log_settings, get_settings
from steampulse_dagster.errors import SteamPulseError
from steampulse_dagster.logs import configure_logs

COMMANDS = {
    "demo": "lineage",
    "run": "lineage",
    "dev": "servers",
    "serve": "serve",
    "simulate": "servers",
    "stop": "servers",
    "doctor": "servers",
    "migrate": "operations",
    "exec": "operations",
    "track": "games",
    "untrack": "games",
    "list": "games",
    "rules": "rules",
    "report": "games",
    "diff": "diffs",
    "export": "export",
    "status": "games",
    "limits": "limits",
    "costs": "costs",
    "plan": "plan",
    "batch": "batch",
    "jobs": "batch",
    "due": "due",
    "failures": "due",
    "retry": "due",
    "quarantine": "quarantine",
    "request": "requests",
    "requests": "requests",
    "alerts": "alerts",
    "check": "data_checks",
    "library": "library",
}
"""Each command and the module of this package that holds it; imported only when asked for."""


class LazyGroup(click.Group):
    """Imports a command's module when the command is used: `--help` need not wait for the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        from importlib import import_module

        module = import_module(f"steampulse_dagster.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="steampulse")
def cli() -> None:
    """SteamPulse turns Steam reviews into game intelligence that can be checked.

    \b
    Start here:
      steampulse demo            the whole thing on invented games, nothing to set up
      steampulse dev             the Dagster UI on the same games
      steampulse report 9000030  read one of the reports
      steampulse run APPID       follow, fetch, analyse and report on any game

    With no settings at all, everything runs on this machine: an embedded PostgreSQL, simulated Steam and IGDB, a
    local analyst. STEAMPULSE_DATA_DIR chooses the folder that keeps it. `.env.example` lists every setting.
    """
    configure_logs(get_log_settings())
    get_settings()  # whatever is wrong with them is said before anything begins


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; deliberate errors become one sentence on standard error and exit code 1."""
    try:
        cli.main(args=arguments, prog_name="steampulse", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        complain("Stopped. What was finished is stored; run the same command again to go on.", event="command_stopped")
        sys.exit(130)
    except click.ClickException as error:
        if is_service():
            complain(error.format_message(), event="command_refused")
        else:
            error.show()
        sys.exit(error.exit_code)
    except SteamPulseError as error:
        advice = f" {error.advice}" if error.advice else ""
        complain(f"Error: {error.message}{advice}", event="command_failed")
        sys.exit(1)
