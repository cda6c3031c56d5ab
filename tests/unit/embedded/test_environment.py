"""How settings become an environment when nothing embedded is needed."""

import pytest

from steampulse_dagster.config import Settings
from steampulse_dagster.embedded.environment import dagster_url, open_environment
from steampulse_dagster.errors import ConfigError

pytestmark = pytest.mark.unit

ALL_URLS = {
    "database_url": "postgresql://ann:hunter2@db:5432/games",
    "steam_api_url": "https://steam",
    "steam_store_url": "https://store",
    "igdb_api_url": "https://igdb",
    "twitch_auth_url": "https://twitch",
}


@pytest.fixture
def open_with(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "STEAM_API_KEY", "IGDB_CLIENT_ID", "IGDB_CLIENT_SECRET", "S3_BUCKET"):
        monkeypatch.delenv(name, raising=False)

    def open_with(*, simulators=False, **values):
        settings = Settings(_env_file=None, data_dir=tmp_path / "data", **(ALL_URLS | values))
        return open_environment(settings, simulators=simulators)

    return open_with


def test_with_every_url_given_nothing_is_started_or_written(open_with, tmp_path):
    environment = open_with(simulators=True)
    assert environment.lease is None
    assert list(tmp_path.iterdir()) == []
    assert environment.steam_api_url == "https://steam"
    assert environment.twitch_auth_url == "https://twitch"
    assert environment.database_url == ALL_URLS["database_url"]


def test_no_secret_shows_in_the_representation(open_with):
    environment = open_with(steam_api_key="key-of-ann", igdb_client_id="id", igdb_client_secret="secret-of-ann")
    shown = repr(environment)
    assert "hunter2" not in shown
    assert "key-of-ann" not in shown
    assert "secret-of-ann" not in shown


def test_real_keys_go_to_given_urls(open_with):
    environment = open_with(steam_api_key="key", igdb_client_id="id", igdb_client_secret="secret")
    assert environment.steam_api_key.get_secret_value() == "key"
    assert (environment.igdb_client_id, environment.igdb_client_secret) == ("id", "secret")


def test_real_keys_never_go_to_a_simulator(open_with):
    keys = {"steam_api_key": "key", "igdb_client_id": "id", "igdb_client_secret": "secret"}
    environment = open_with(**keys, steam_api_url=None, twitch_auth_url=None)
    assert environment.steam_api_key.get_secret_value() == "simulated"
    assert (environment.igdb_client_id, environment.igdb_client_secret) == ("simulated", "simulated")


@pytest.mark.parametrize(
    ("values", "api", "store"),
    [
        ({}, 1.0, 0.5),
        ({"steam_requests_per_second": 0.2}, 0.2, 0.5),
        ({"steam_store_requests_per_second": 0.2}, 1.0, 0.2),
        ({"steam_api_url": None, "steam_store_url": None}, None, None),
        ({"steam_store_url": None}, 1.0, None),
        ({"steam_api_url": None, "steam_store_url": None, "steam_requests_per_second": 9.0}, 9.0, None),
    ],
)
def test_a_real_steam_is_asked_slowly_unless_a_setting_says_otherwise(open_with, values, api, store):
    environment = open_with(**values)
    assert (environment.steam_requests_per_second, environment.steam_store_requests_per_second) == (api, store)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"s3_bucket": "b"}, "s3://b"),
        ({"s3_bucket": "b", "object_store_url": "s3://other/prefix"}, "s3://other/prefix"),
        ({"object_store_url": "/srv/objects"}, "/srv/objects"),
    ],
)
def test_the_object_store_is_the_most_specific_setting(open_with, values, expected):
    assert open_with(**values).object_store_url == expected


def test_dagster_gets_a_schema_of_its_own_in_a_given_database():
    from sqlalchemy import make_url

    url = make_url(dagster_url("postgresql://ann:p%40ss@db:6543/games?sslmode=require&options=-cjit%3Doff"))
    arguments = url.get_dialect()().create_connect_args(url)[1]
    assert url.drivername == "postgresql+psycopg2"
    assert arguments == {
        "user": "ann",
        "password": "p@ss",
        "dbname": "games",
        "host": "db",
        "port": "6543",
        "sslmode": "require",
        "options": "-cjit=off -csearch_path=dagster",
    }
    assert "p%40ss" not in repr(url)


def test_a_socket_folder_works_for_dagster_too():
    from sqlalchemy import make_url

    url = make_url(dagster_url("postgresql://ann@/games?host=/run/postgresql"))
    assert url.get_dialect()().create_connect_args(url)[1]["host"] == "/run/postgresql"


def test_a_url_that_cannot_be_read_is_not_quoted():
    with pytest.raises(ConfigError) as raised:
        dagster_url("postgresql://ann:hun%ter2@db/games")
    assert "ter2" not in str(raised.value)
