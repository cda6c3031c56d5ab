"""The two instance files: what `steampulse dev` shows is what production does."""

from pathlib import Path

import pytest
import yaml
from dagster._config import process_config
from dagster._core.instance.config import dagster_instance_config_schema

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PRODUCTION, EMBEDDED = ROOT / "dagster.yaml", ROOT / "steampulse_dagster" / "embedded" / "dagster.yaml"


def read(path):
    return yaml.safe_load(path.read_text())


def test_production_and_the_embedded_default_differ_only_in_storage_and_launcher():
    production, embedded = read(PRODUCTION), read(EMBEDDED)

    different = {key for key in production | embedded if production.get(key) != embedded.get(key)}

    assert different <= {"storage", "run_launcher"}


@pytest.mark.parametrize("path", [PRODUCTION, EMBEDDED], ids=["production", "embedded"])
def test_dagster_understands_the_file(path, monkeypatch):
    for name in ("DAGSTER_PG_URL", "STEAMPULSE_DAGSTER_PG_URL"):
        monkeypatch.setenv(name, "postgresql+psycopg2://user@host/dagster")

    result = process_config(dagster_instance_config_schema(), read(path))

    assert result.success, [error.message for error in result.errors]


def test_a_click_finds_a_place_beside_whatever_runs_in_the_background():
    runs = read(PRODUCTION)["concurrency"]["runs"]
    limits = {limit["key"]: limit["limit"] for limit in runs["tag_concurrency_limits"]}

    assert limits["steampulse/background"] < runs["max_concurrent_runs"]
    assert limits["dagster/backfill"] < runs["max_concurrent_runs"]


def test_only_runs_whose_process_died_are_run_again_as_a_whole():
    retries = read(PRODUCTION)["run_retries"]

    assert retries["enabled"]
    assert retries["retry_on_asset_or_op_failure"] is False
