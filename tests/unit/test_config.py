"""Settings: standard names are honoured, wrong values name the setting and never its value."""

import pytest

from steampulse_dagster.config import Settings, get_settings
from steampulse_dagster.errors import ConfigError

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "STEAM_API_KEY", "S3_BUCKET", "AWS_REGION", "LOG_LEVEL", "STEAMPULSE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("STEAM_API_KEY", "steam_api_key", "k"),
        ("IGDB_CLIENT_ID", "igdb_client_id", "i"),
        ("IGDB_CLIENT_SECRET", "igdb_client_secret", "s"),
        ("DATABASE_URL", "database_url", "postgresql://x/y"),
        ("S3_BUCKET", "s3_bucket", "b"),
        ("AWS_REGION", "aws_region", "eu-west-1"),
        ("LOG_LEVEL", "log_level", "DEBUG"),
    ],
)
def test_standard_names_are_honoured_and_the_product_s_own_win(monkeypatch, name, field, value):
    def read():
        found = getattr(Settings(), field)
        return found.get_secret_value() if hasattr(found, "get_secret_value") else found

    monkeypatch.setenv(name, value)
    assert read() == value
    own = "ERROR" if field == "log_level" else "own"
    monkeypatch.setenv(f"STEAMPULSE_{name}", own)
    assert read() == own


def test_secrets_never_show():
    settings = Settings(steam_api_key="hush", database_url="postgresql://u:hush@h/d", igdb_client_secret="hush")

    assert "hush" not in repr(settings)
    assert "hush" not in settings.model_dump_json()


def test_a_wrong_value_names_the_setting_and_not_the_value(monkeypatch):
    monkeypatch.setenv("STEAMPULSE_GAMES_CONCURRENCY", "hush")

    with pytest.raises(ConfigError, match="STEAMPULSE_GAMES_CONCURRENCY") as caught:
        get_settings()
    assert "hush" not in caught.value.message


def test_a_dotenv_file_that_is_not_text_is_one_clear_error(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00broken")

    with pytest.raises(ConfigError, match=r"\.env"):
        get_settings()


def test_a_dotenv_line_that_is_no_setting_is_refused(tmp_path):
    (tmp_path / ".env").write_text("STEAMPULSE_UI_PORT=3001\nthis is not a setting\n")

    with pytest.raises(ConfigError, match="line 2"):
        get_settings()


def test_an_unknown_setting_of_ours_is_refused(monkeypatch):
    monkeypatch.setenv("STEAMPULSE_DATBASE_URL", "x")

    with pytest.raises(ConfigError, match="STEAMPULSE_DATBASE_URL"):
        get_settings()
