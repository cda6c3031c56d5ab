"""Where steps' output goes: files of the data folder, or S3 by dagster-aws where STEAMPULSE_COMPUTE_LOGS_URL says so.

One class for both, because an instance file cannot choose: with S3 written into it, it would have to name a bucket.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dagster._core.storage.compute_log_manager import ComputeLogManager
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._serdes import ConfigurableClassData

from steampulse_dagster.config import Settings, get_settings

if TYPE_CHECKING:
    from dagster_aws.s3.compute_log_manager import S3ComputeLogManager

UPLOAD_SECONDS = 30


class ComputeLogs(LocalComputeLogManager):
    """Named in dagster.yaml; never made itself."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(  # type: ignore[override]
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> ComputeLogManager:
        """The manager that the settings choose. Raises ConfigError for settings that cannot be used."""
        settings = get_settings()
        if settings.compute_logs_url is None:
            return LocalComputeLogManager(str(settings.data_dir / "compute-logs"), inst_data=inst_data)
        return _build_s3(settings, inst_data)


def _build_s3(settings: Settings, inst_data: ConfigurableClassData | None) -> "S3ComputeLogManager":
    from dagster_aws.s3.compute_log_manager import S3ComputeLogManager

    place = urlsplit(settings.compute_logs_url or "")
    return S3ComputeLogManager(
        bucket=place.netloc,
        prefix=place.path.strip("/") or "compute-logs",
        endpoint_url=settings.s3_endpoint_url,
        region=settings.aws_region,
        skip_empty_files=True,
        upload_interval=UPLOAD_SECONDS,
        inst_data=inst_data,
    )
