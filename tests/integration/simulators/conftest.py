"""Recorded data for tests that need it, by the setting that names its folder."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recorded_folder() -> Path:
    folder = Path(os.environ.get("STEAMPULSE_RECORDED_DATA", "../shared/data/steam"))
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"NO RECORDED DATA at {folder.absolute()}: set STEAMPULSE_RECORDED_DATA to its folder")
    return folder.absolute()
