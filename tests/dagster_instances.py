"""Dagster instances on its own PostgreSQL storage, with the limits and time-outs of the product's instance file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import yaml

from steampulse_dagster.embedded.environment import dagster_url
from steampulse_dagster.repositories.databases import create_schema

INSTANCE_FILE = Path(__file__).parents[1] / "dagster.yaml"


def write_instance_file(folder: Path, database_url: str, **changes: object) -> Path:
    """The production file with another database (Dagster's tables in a schema of their own) and these changes."""
    create_schema(database_url, "dagster")
    settings = yaml.safe_load(INSTANCE_FILE.read_text())
    settings["storage"] = {"postgres": {"postgres_url": dagster_url(database_url)}}
    for section, values in changes.items():
        settings[section] = {**settings[section], **values}
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings))
    return folder


@contextmanager
def dagster_instance(folder: Path, database_url: str) -> Iterator[dg.DagsterInstance]:
    """The instance, for this process."""
    with dg.DagsterInstance.from_config(str(write_instance_file(folder, database_url))) as instance:
        yield instance
