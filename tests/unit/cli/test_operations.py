"""`steampulse exec` and what commands say where logs are JSON: every line is one object, from the first on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

STEAMPULSE = Path(sys.executable).with_name("steampulse")
NOBODY = "postgresql://nobody:plantedpassword@127.0.0.1:1/none"


def run_in_container(*command: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STEAMPULSE_", "DAGSTER_"))}
    env = {**kept, "STEAMPULSE_LOG_FORMAT": "json", "DATABASE_URL": NOBODY, "STEAMPULSE_DATA_DIR": str(cwd), **settings}
    return subprocess.run([STEAMPULSE, "exec", *command], env=env, cwd=cwd, capture_output=True, text=True, check=False)


def test_a_program_of_the_environment_goes_on_in_the_same_process_with_the_database_worked_out(tmp_path):
    done = run_in_container("steampulse", "exec", "printenv", "DAGSTER_PG_URL", cwd=tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("postgresql+psycopg2://nobody:plantedpassword@")


@pytest.mark.parametrize(
    ("command", "settings", "event", "reason"),
    [
        (("steampulse", "migrate"), {}, "command_failed", "PostgreSQL cannot be reached"),
        (("steampulse", "migrate"), {"STEAMPULSE_UI_PORT": "x"}, "command_failed", "STEAMPULSE_UI_PORT"),
        (("steampulse", "migrat"), {}, "command_refused", "No such command"),
        (("no-such-program",), {}, "command_failed", "cannot be started"),
    ],
)
def test_why_a_service_does_not_start_is_one_json_line_and_an_exit_code(tmp_path, command, settings, event, reason):
    done = run_in_container(*command, cwd=tmp_path, **settings)

    (line,) = map(json.loads, (done.stdout + done.stderr).splitlines())
    assert (line["event"], line["level"]) == (event, "error")
    assert reason in line["reason"]
    assert done.returncode != 0
