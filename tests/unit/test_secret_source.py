"""Settings from AWS Secrets Manager, played by moto: what wins, what is missing, what an error says."""

import json

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from steampulse_dagster import bootstrap_reading
from steampulse_dagster.bootstrap_reading import build_access
from steampulse_dagster.config import Settings, get_settings, renew_settings
from steampulse_dagster.errors import ConfigError
from tests.access import is_let_in

pytestmark = pytest.mark.unit

PREFIX = "steampulse/test"


@pytest.fixture
def secrets_manager(monkeypatch, tmp_path):
    """A client of the account that the settings read from; nothing of the tester's own settings leaks in."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "STEAM_API_KEY", "IGDB_CLIENT_ID", "IGDB_CLIENT_SECRET", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("STEAMPULSE_SECRETS_PREFIX", PREFIX)
    get_settings.cache_clear()
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="eu-central-1")
        put(client, "database-url", "postgresql://ann:pw@db:5432/games")
        yield client
    get_settings.cache_clear()


def put(client, name, value):
    client.create_secret(Name=f"{PREFIX}/{name}", SecretString=value)


def test_what_is_set_nowhere_else_comes_from_the_secrets_and_the_rest_stays(secrets_manager, monkeypatch, tmp_path):
    put(secrets_manager, "steam-api-key", "from-aws")
    put(secrets_manager, "openai-api-key", "from-aws")
    put(secrets_manager, "author-salt", "from-aws")
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    (tmp_path / ".env").write_text("STEAMPULSE_AUTHOR_SALT=from-file\n")

    settings = get_settings()

    assert settings.steam_api_key.get_secret_value() == "from-aws"
    assert settings.openai_api_key.get_secret_value() == "from-environment"
    assert settings.author_salt.get_secret_value() == "from-file"
    assert settings.igdb_client_secret is None, "a secret that is not there is a setting that is not set"


def test_one_json_secret_holds_both_halves_of_the_igdb_credentials(secrets_manager):
    put(secrets_manager, "igdb-credentials", json.dumps({"client_id": "i", "client_secret": "s"}))

    settings = get_settings()

    assert (settings.igdb_client_id, settings.igdb_client_secret.get_secret_value()) == ("i", "s")


@pytest.mark.parametrize(
    ("stored", "url"),
    [
        ("postgresql://ann:pw@db:5432/games\n", "postgresql://ann:pw@db:5432/games"),
        (
            json.dumps({"username": "ann", "password": "p@ss/word", "host": "db", "port": 5432, "dbname": "games"}),
            "postgresql://ann:p%40ss%2Fword@db:5432/games",
        ),
    ],
)
def test_the_database_is_named_by_a_url_or_by_the_json_that_rds_keeps(secrets_manager, stored, url):
    secrets_manager.put_secret_value(SecretId=f"{PREFIX}/database-url", SecretString=stored)

    assert get_settings().database_url.get_secret_value() == url


def test_secrets_are_fetched_once_and_again_when_somebody_sees_that_they_no_longer_serve(secrets_manager):
    put(secrets_manager, "steam-api-key", "old")
    assert get_settings().steam_api_key.get_secret_value() == "old"
    secrets_manager.put_secret_value(SecretId=f"{PREFIX}/steam-api-key", SecretString="new")

    assert get_settings().steam_api_key.get_secret_value() == "old"
    assert renew_settings().steam_api_key.get_secret_value() == "new"
    assert get_settings().steam_api_key.get_secret_value() == "new"


def test_a_token_that_was_rotated_lets_in_and_the_old_one_no_longer_without_a_restart(secrets_manager, monkeypatch):
    put(secrets_manager, "api-token", "the-first-token-of-all")
    monkeypatch.setattr(bootstrap_reading, "TOKEN_SECONDS", 0.0)
    access = build_access()
    assert is_let_in(access, {"authorization": "Bearer the-first-token-of-all"})

    secrets_manager.put_secret_value(SecretId=f"{PREFIX}/api-token", SecretString="another-token-than-before")

    assert is_let_in(access, {"authorization": "Bearer another-token-than-before"})
    assert not is_let_in(access, {"authorization": "Bearer the-first-token-of-all"})


def test_while_the_secrets_cannot_be_read_the_token_that_was_known_counts(secrets_manager, monkeypatch):
    put(secrets_manager, "api-token", "the-first-token-of-all")
    monkeypatch.setattr(bootstrap_reading, "TOKEN_SECONDS", 0.0)
    access = build_access()

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    assert is_let_in(access, {"authorization": "Bearer the-first-token-of-all"})
    assert not is_let_in(access, {"authorization": "Bearer another-token-than-before"})


def test_a_secret_of_another_shape_is_named_and_not_shown(secrets_manager):
    put(secrets_manager, "igdb-credentials", "hush:hush")

    with pytest.raises(ConfigError, match="steampulse/test/igdb-credentials") as caught:
        get_settings()
    assert "hush" not in str(caught.value)


def test_without_credentials_the_error_says_which_secret_and_what_to_allow(secrets_manager, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(ConfigError, match="GetSecretValue"):
        get_settings()


def test_without_the_prefix_nothing_is_asked(secrets_manager, monkeypatch):
    put(secrets_manager, "steam-api-key", "from-aws")
    monkeypatch.delenv("STEAMPULSE_SECRETS_PREFIX")

    assert Settings().steam_api_key is None


def test_a_database_that_no_secret_names_is_an_error_and_not_the_embedded_one(secrets_manager):
    secrets_manager.delete_secret(SecretId=f"{PREFIX}/database-url", ForceDeleteWithoutRecovery=True)

    with pytest.raises(ConfigError, match="steampulse/test/database-url"):
        get_settings()


def test_a_secret_that_this_process_may_not_read_is_a_setting_that_is_not_set(secrets_manager, monkeypatch):
    ask = BaseClient._make_api_call

    def refuse(self, operation, arguments):
        if arguments.get("SecretId") == f"{PREFIX}/steam-api-key":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "-"}}, operation)
        return ask(self, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)

    assert get_settings().steam_api_key is None
    assert get_settings().database_url is not None
