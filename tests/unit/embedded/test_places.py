"""Folders: the socket's, private ones, and the errors for those that cannot be used."""

import os

import pytest

from steampulse_dagster.embedded.places import ensure_data_dir, make_private, packaged_binaries, server_home
from steampulse_dagster.embedded.postgres import open_log, socket_url
from steampulse_dagster.errors import ConfigError

pytestmark = pytest.mark.unit

ME = {"uid": os.geteuid(), "gid": os.getegid()}


def test_the_data_folder_is_closed_to_others(tmp_path):
    ensure_data_dir(tmp_path / "deep" / "data")
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o066 == 0
    assert (tmp_path / "deep" / "data" / "run").stat().st_mode & 0o077 == 0


def test_a_data_folder_that_was_there_keeps_its_mode(tmp_path):
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    data_dir.chmod(0o750)
    ensure_data_dir(data_dir)
    assert oct(data_dir.stat().st_mode)[-3:] == "750"


def test_a_file_in_place_of_the_data_folder_is_named(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigError, match=f"{tmp_path / 'data'} cannot be written .*STEAMPULSE_DATA_DIR"):
        ensure_data_dir(tmp_path / "data")


def test_the_server_is_at_home_in_the_data_folder_unless_a_file_says_otherwise(tmp_path):
    assert server_home(tmp_path) == tmp_path
    (tmp_path / "postgres-location").write_text("/var/lib/steampulse/x\n")
    assert str(server_home(tmp_path)) == "/var/lib/steampulse/x"


def test_a_private_folder_is_made_once_and_found_again(tmp_path):
    for _ in range(2):
        make_private(tmp_path / "socket", **ME)
    assert oct((tmp_path / "socket").stat().st_mode)[-3:] == "700"


def test_a_link_in_place_of_a_private_folder_is_refused(tmp_path):
    (tmp_path / "target").mkdir(mode=0o700)
    (tmp_path / "socket").symlink_to(tmp_path / "target")
    with pytest.raises(ConfigError, match="not a private folder"):
        make_private(tmp_path / "socket", **ME)


def test_a_folder_open_to_others_is_no_private_folder(tmp_path):
    (tmp_path / "socket").mkdir()
    (tmp_path / "socket").chmod(0o755)
    with pytest.raises(ConfigError, match="not a private folder"):
        make_private(tmp_path / "socket", **ME)


def test_the_installed_wheel_brings_the_server():
    assert {"postgres", "initdb"} <= {path.name for path in packaged_binaries().iterdir()}


def test_the_url_says_user_database_socket_and_port():
    assert socket_url("/s/x", "games") == "postgresql://steampulse@/games?host=/s/x&port=5432"


def test_a_large_log_is_put_aside(tmp_path):
    log = tmp_path / "postgres.log"
    with log.open("wb") as file:
        file.truncate(10_000_001)
    os.close(open_log(log))
    assert log.stat().st_size == 0
    assert (tmp_path / "postgres.log.1").exists()
