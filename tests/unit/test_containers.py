"""Dockerfile and docker-compose.yml: linters accept them, and they promise what the documents say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts.compose_file import ROOT, interpolate, read_services
from scripts.topology import DEMO_ENV

pytestmark = pytest.mark.unit

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PROGRAMS = Path(sys.executable).parent


def test_the_dockerfile_passes_every_rule_of_hadolint():
    done = subprocess.run([PROGRAMS / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_schema_accepts_the_file():
    command = [PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_loopback_ports_are_published():
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert len(published) >= 3
    assert all(port.startswith("127.0.0.1:") for port in published)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_service_is_locked_down_and_watched(name):
    service = COMPOSE["services"][name]
    assert service["read_only"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(volume.split(":")[0] in COMPOSE["volumes"] for volume in service["volumes"])
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert "healthcheck" in service or name == "migrate"


def test_the_image_runs_as_a_plain_user_and_names_no_registry_but_the_usual_one():
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER 10001$", text, flags=re.M)
    assert "uv sync --frozen --no-dev" in text
    assert set(re.findall(r"^FROM (\S+)", text, flags=re.M)) == {"python:3.13-slim-bookworm"}


def test_every_command_begins_with_the_entrypoint_that_finds_dagster_s_database():
    services = read_services(env_file=DEMO_ENV, profiles=frozenset({"demo"}))
    ours = {name: service for name, service in services.items() if name != "postgres"}
    assert set(ours) == {"migrate", "code", "webserver", "daemon", "api", "simulators"}
    for service in ours.values():
        assert service.command[:2] == ("steampulse", "exec")
        assert service.environment["DATABASE_URL"] == "postgresql://steampulse:demo@postgres:5432/steampulse"
        assert service.environment["STEAMPULSE_STEAM_API_URL"] == "http://simulators:8570/steam"
        assert service.environment["DAGSTER_HOME"] == "/app"
    assert "simulators" not in read_services(env_file=DEMO_ENV)


def test_a_run_whose_turn_comes_while_the_code_location_is_replaced_waits_for_minutes_instead_of_failing():
    queue = yaml.safe_load((ROOT / "dagster.yaml").read_text())["run_coordinator"]["config"]
    seconds = queue["max_user_code_failure_retries"] * queue["user_code_failure_retry_delay"]
    assert 180 <= seconds <= 600


def test_without_a_password_nothing_starts(tmp_path):
    (tmp_path / ".env").write_text("# empty\n")
    with pytest.raises(ValueError, match="POSTGRES_PASSWORD: choose one"):
        read_services(env_file=tmp_path / ".env")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${A}", "a"),
        ("${MISSING:-b}", "b"),
        ("${A:-b}/${MISSING:-c}", "a/c"),
        ("${A:-x${NOBODY:?needs it}y}", "a"),
        ("${MISSING:-x${A:?there}y}", "xay"),
    ],
)
def test_variables_are_filled_in_as_compose_does(text, value):
    assert interpolate(text, {"A": "a"}) == value
