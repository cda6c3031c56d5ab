"""What steps print goes to the data folder, or to S3 where a setting says so; the instance file is the same."""

import boto3
import pytest
import yaml
from dagster._core.storage.compute_log_manager import ComputeIOType, ComputeLogManager
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._serdes import ConfigurableClassData
from dagster_aws.s3.compute_log_manager import S3ComputeLogManager
from moto import mock_aws

from scripts.compose_file import ROOT
from steampulse_dagster.config import get_settings

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STEAMPULSE_DATA_DIR", str(tmp_path / "data"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def load_manager() -> ComputeLogManager:
    named = yaml.safe_load((ROOT / "dagster.yaml").read_text())["compute_logs"]
    return ConfigurableClassData(named["module"], named["class"], "{}").rehydrate(as_type=ComputeLogManager)


def test_unset_they_lie_in_the_data_folder(tmp_path):
    manager = load_manager()

    assert type(manager) is LocalComputeLogManager
    with manager.open_log_stream(["run", "compute_logs", "step"], io_type=ComputeIOType.STDOUT) as stream:
        stream.write("printed")
    assert [file.read_text() for file in (tmp_path / "data" / "compute-logs").rglob("step.out")] == ["printed"]


def test_with_a_bucket_in_the_settings_they_go_there(monkeypatch):
    for name, value in {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STEAMPULSE_COMPUTE_LOGS_URL", "s3://printed-by-steps/kept")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="printed-by-steps")
        manager = load_manager()
        assert isinstance(manager, S3ComputeLogManager)
        with manager.capture_logs(["run", "compute_logs", "step"]):
            print("printed", flush=True)  # noqa: T201 - what a step does
        keys = [entry["Key"] for entry in client.list_objects_v2(Bucket="printed-by-steps")["Contents"]]
        (out,) = [key for key in keys if key.endswith(".out")]
        assert out.startswith("kept/")
        assert b"printed" in client.get_object(Bucket="printed-by-steps", Key=out)["Body"].read()
