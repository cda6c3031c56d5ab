"""The environment with nothing set, and the Dagster instance that it brings."""

import os
import subprocess
import sys

import httpx
import psycopg2
import pytest

from steampulse_dagster.config import Settings
from steampulse_dagster.embedded.environment import (
    export_dagster_database,
    export_dagster_environment,
    open_environment,
)
from steampulse_dagster.embedded.supervisor import describe

pytestmark = pytest.mark.integration

INSTANCE_SCRIPT = """
import os
import dagster as dg

@dg.asset
def number():
    return 7

with dg.DagsterInstance.get() as instance:
    run = dg.materialize([number], instance=instance)
    seen = []
    instance.watch_event_logs(run.run_id, None, lambda event, cursor: seen.append(event))
    import time
    deadline = time.monotonic() + 30
    while not seen and time.monotonic() < deadline:
        time.sleep(0.05)
    print(run.success, instance.get_runs_count(), bool(seen), type(instance.run_storage).__name__)
"""


def settings(data_dir, **values):
    return Settings(_env_file=None, data_dir=data_dir, **values)


def dagster_in_a_child_process():
    return subprocess.run(
        [sys.executable, "-c", INSTANCE_SCRIPT], capture_output=True, text=True, check=True, env=dict(os.environ)
    ).stdout.split()


@pytest.fixture
def _own_dagster_variables(monkeypatch):
    for name in ("DAGSTER_HOME", "STEAMPULSE_DAGSTER_HOME", "STEAMPULSE_DAGSTER_PG_URL"):
        # Set first, so that the test's own changes are undone too.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_with_nothing_set_everything_is_embedded(data_dir):
    with open_environment(settings(data_dir)) as environment:
        psycopg2.connect(environment.database_url).close()
        assert httpx.get(f"{environment.steam_api_url}/ISteamApps/nothing").status_code < 500
        assert environment.steam_store_url.endswith("/store")
        assert environment.igdb_api_url.endswith("/igdb/v4")
        assert environment.twitch_auth_url.endswith("/twitch")
        assert environment.steam_requests_per_second is None
        assert environment.object_store_url == str(data_dir / "objects")
        assert describe(data_dir).users == 1
    assert describe(data_dir).users == 0


def test_without_simulators_only_the_database_starts(data_dir):
    with open_environment(settings(data_dir), simulators=False) as environment:
        assert environment.steam_api_url == ""
        assert describe(data_dir).simulators_url is None


def test_with_a_database_given_only_the_simulators_start(data_dir, database_url):
    with open_environment(settings(data_dir, database_url=database_url)) as environment:
        assert environment.database_url == database_url
        assert environment.steam_api_url.startswith("http://127.0.0.1:")
        assert not (data_dir / "pgdata").exists()


@pytest.mark.usefixtures("_own_dagster_variables")
def test_dagster_runs_on_the_embedded_server(data_dir):
    with open_environment(settings(data_dir), simulators=False) as environment:
        export_dagster_environment(environment)
        assert os.environ["DAGSTER_HOME"] == str(data_dir / "dagster")
        assert dagster_in_a_child_process() == ["True", "1", "True", "PostgresRunStorage"]


@pytest.mark.usefixtures("_own_dagster_variables")
def test_dagster_s_tables_keep_to_a_schema_of_their_own_in_a_database_that_was_given(data_dir, database_url):
    with open_environment(settings(data_dir, database_url=database_url), simulators=False) as environment:
        export_dagster_environment(environment)
        assert dagster_in_a_child_process() == ["True", "1", "True", "PostgresRunStorage"]
    conn = psycopg2.connect(database_url)
    with conn.cursor() as cur:
        cur.execute("select table_schema from information_schema.tables where table_name in ('event_logs', 'games')")
        assert sorted(schema for (schema,) in cur.fetchall()) == ["dagster", "public"]
    conn.close()


@pytest.mark.usefixtures("_own_dagster_variables")
def test_a_dagster_home_of_the_user_stays(data_dir, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "/somewhere/else")
    with open_environment(settings(data_dir), simulators=False) as environment:
        export_dagster_environment(environment)
    assert os.environ["DAGSTER_HOME"] == "/somewhere/else"
    assert not (data_dir / "dagster").exists()


@pytest.mark.usefixtures("_own_dagster_variables")
def test_what_was_exported_for_another_data_folder_is_replaced(folder):
    for name in ("one", "two"):
        with open_environment(settings(folder / name), simulators=False) as environment:
            export_dagster_environment(environment)
            assert os.environ["DAGSTER_HOME"] == str(folder / name / "dagster")
            assert os.environ["STEAMPULSE_DAGSTER_PG_URL"] == environment.dagster_database_url


@pytest.mark.usefixtures("_own_dagster_variables")
def test_an_edited_instance_file_is_written_again(data_dir):
    with open_environment(settings(data_dir), simulators=False) as environment:
        export_dagster_environment(environment)
        file = data_dir / "dagster" / "dagster.yaml"
        packaged = file.read_text()
        file.write_text("telemetry: {enabled: true}\n")
        export_dagster_environment(environment)
        assert file.read_text() == packaged


@pytest.mark.usefixtures("_own_dagster_variables")
@pytest.mark.parametrize(("given", "becomes"), [(None, "180"), ("20", "20")])
def test_dagster_waits_for_the_code_server_as_long_as_for_a_run_to_start_unless_somebody_says_otherwise(
    monkeypatch, given, becomes
):
    monkeypatch.setenv("DAGSTER_GRPC_TIMEOUT_SECONDS", given or "to be removed after the test")
    if given is None:
        monkeypatch.delenv("DAGSTER_GRPC_TIMEOUT_SECONDS")

    export_dagster_database(Settings(_env_file=None))

    assert os.environ["DAGSTER_GRPC_TIMEOUT_SECONDS"] == becomes
