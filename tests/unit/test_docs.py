"""The documents say what the code does: settings, commands and files that they name exist."""

import re
from pathlib import Path

import pytest

from steampulse_dagster.cli.main import COMMANDS, cli
from steampulse_dagster.config import Settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
STANDARD_NAMES = {
    "STEAM_API_KEY",
    "IGDB_CLIENT_ID",
    "IGDB_CLIENT_SECRET",
    "DATABASE_URL",
    "S3_BUCKET",
    "AWS_REGION",
    "OPENAI_API_KEY",
}


def test_the_example_env_file_lists_every_setting_and_no_other():
    listed = set(re.findall(r"^# ([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), flags=re.M))
    fields = {name.upper() for name in Settings.model_fields}
    as_listed = {name if name in STANDARD_NAMES | {"LOG_LEVEL"} else f"STEAMPULSE_{name}" for name in fields}
    assert listed == as_listed


def test_the_readme_lists_every_command_and_each_one_loads():
    for name in COMMANDS:
        assert re.search(rf"`{name}[ `]", README), name
        assert cli.get_command(None, name).help


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/architecture.md",
        "docs/operations.md",
        "docs/orchestration.md",
        "docs/quality.md",
        "docs/data-cleaning.md",
        "docs/library.md",
        "docs/reading.md",
    ],
)
def test_files_that_a_document_names_exist(document):
    text = (ROOT / document).read_text()
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.[a-z]+|[a-z_]+\.(?:py|yaml|yml|toml))`", text)
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert named or linked
    for path in named:
        homes = (ROOT, ROOT / "steampulse_dagster", ROOT / "tests" / "unit" / "analyzer")
        assert any((home / path).exists() for home in homes), path
    for path in linked:
        assert (ROOT / document).parent.joinpath(path).exists(), path
