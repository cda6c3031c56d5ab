"""One data folder for all command-line tests of a module: starting PostgreSQL takes longer than most commands."""

from functools import partial

import pytest

from steampulse_dagster.embedded.supervisor import acquire, stop
from tests.cli_helpers import steampulse
from tests.helpers import short_lived_folder


@pytest.fixture(scope="module")
def data_dir():
    with short_lived_folder() as folder:
        data_dir = folder / "data"
        # A user of our own, so that the server does not stop and start between two commands.
        with acquire(data_dir, simulators=True):
            yield data_dir
        stop(data_dir)


@pytest.fixture
def run_steampulse(data_dir, tmp_path):
    """Runs `steampulse` with the module's data folder, from an empty folder."""
    return partial(steampulse, data_dir=data_dir, cwd=tmp_path)
