"""`steampulse migrate` and `steampulse exec`: what a deployment does before and around its services."""

import os
import sys
from importlib.metadata import entry_points

import click

from steampulse_dagster import bootstrap
from steampulse_dagster.cli.console import doing, is_service, tell
from steampulse_dagster.config import get_settings
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.logs import take_over_uvicorn_logs


@click.command("migrate")
def migrate_command() -> None:
    """Bring all tables up to date.

    Those of the product and those of Dagster, in a schema of their own. Safe to repeat and to run beside services of
    this or the earlier release; each file of the product is applied whole or not at all.
    """
    from steampulse_dagster.embedded.environment import (
        DAGSTER_SCHEMA,
        export_dagster_database,
        export_dagster_environment,
    )
    from steampulse_dagster.repositories.databases import create_schema
    from steampulse_dagster.repositories.migrate import migrate

    environment = bootstrap.get_environment(simulators=False)
    applied = migrate(environment.database_url)
    told = ", ".join(applied) if applied else "up to date"
    tell(f"The product's tables: {told}.", event="tables_migrated", applied=applied)
    if not environment.has_embedded_database:
        create_schema(environment.database_url, DAGSTER_SCHEMA)
    export_dagster_database(get_settings())
    export_dagster_environment(environment)
    with doing("Dagster's tables …"):
        import dagster as dg

        with dg.DagsterInstance.get() as instance:
            instance.upgrade()
    tell("Dagster's tables: up to date.", event="dagster_tables_migrated")


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_command(*, command: tuple[str, ...]) -> None:
    """Become another command.

    With DAGSTER_PG_URL worked out from DATABASE_URL, wherever that comes from, so that one setting names both
    databases and no file holds a password. A program of this environment goes on in this very process, with the log set
    up: whatever it says before it sets up one of its own is in the same shape.
    """
    from steampulse_dagster.embedded.environment import export_dagster_database

    export_dagster_database(get_settings())
    if is_service():
        take_over_uvicorn_logs()
    for program in entry_points(group="console_scripts", name=command[0]):
        sys.argv = list(command)
        sys.exit(program.load()())
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise ConfigError(f"{command[0]} cannot be started: {error.strerror}.") from None
