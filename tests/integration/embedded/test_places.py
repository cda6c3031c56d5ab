"""Where the server's files lie: unusual folders, moved and copied ones, and folders that must stay as they are."""

import os
import shutil
from pathlib import Path

import psycopg2
import pytest

from steampulse_dagster.embedded.places import LOCATION_FILE, packaged_binaries, server_home
from steampulse_dagster.embedded.supervisor import acquire, describe, stop
from steampulse_dagster.errors import ConfigError

pytestmark = pytest.mark.integration

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
as_plain_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def answer(lease, statement="select 1"):
    conn = psycopg2.connect(lease.url("steampulse"))
    try:
        conn.autocommit = True
        with conn.cursor() as cur:
            cur.execute(statement)
            return cur.fetchone()[0] if cur.description else None
    finally:
        conn.close()


def permissions(path):
    """Mode, owner and group of a folder and all above it."""
    return {str(p): (oct(s.st_mode), s.st_uid, s.st_gid) for p in (path, *path.parents) for s in [p.stat()]}


@pytest.mark.parametrize("name", ["d" * 120, "with space, comma", "größe-Ж", "quote'and\"%41"])
def test_a_data_folder_of_any_name_works(folder, name):
    data_dir = folder / name
    with acquire(data_dir) as lease:
        assert answer(lease) == 1
        assert len(os.fsencode(lease.socket_dir)) < 87
        assert lease.socket_dir.stat().st_mode & 0o077 == 0
    stop(data_dir)


def test_no_folder_that_was_there_changes_its_permissions(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    open_one = closed / "open"
    open_one.mkdir()
    open_one.chmod(0o755)
    data_dir = open_one / "data"
    watched = [open_one, packaged_binaries(), Path(__file__).parent, Path.home()]
    before = [permissions(path) for path in watched]
    with acquire(data_dir) as lease:
        assert answer(lease) == 1
        assert [permissions(path) for path in watched] == before
    stop(data_dir)
    assert [permissions(path) for path in watched] == before


@as_root
def test_root_s_database_stays_in_a_data_folder_that_others_can_pass(data_dir):
    with acquire(data_dir) as lease:
        assert answer(lease) == 1
        assert server_home(data_dir) == data_dir
        assert "does not run as root" in lease.note
        assert (data_dir / "pgdata").stat().st_uid != 0


@as_root
def test_root_s_database_goes_to_a_system_folder_if_its_user_cannot_reach_the_data_folder(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with acquire(closed / "data") as lease:
        home = server_home(closed / "data")
        assert home.parent == Path("/var/lib/steampulse")
        assert str(home) in lease.note
        assert answer(lease) == 1
        assert describe(closed / "data").postgres_home == home


@as_root
def test_root_s_server_runs_as_the_owner_of_a_mounted_volume(data_dir):
    data_dir.mkdir()
    data_dir.chmod(0o700)
    os.chown(data_dir, 65534, 65534)
    with acquire(data_dir) as lease:
        assert answer(lease) == 1
        assert (data_dir / "pgdata").stat().st_uid == 65534
    assert oct(data_dir.stat().st_mode)[-3:] == "700"


@as_root
def test_a_moved_data_folder_keeps_its_database(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with acquire(closed / "data") as lease:
        answer(lease, "create table kept as select 7 as number")
    stop(closed / "data")
    shutil.move(closed / "data", closed / "moved")
    with acquire(closed / "moved") as lease:
        assert answer(lease, "select number from kept") == 7


@as_root
def test_a_database_left_behind_by_a_removed_data_folder_is_named(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with acquire(closed / "data"):
        left = server_home(closed / "data")
    stop(closed / "data")
    shutil.rmtree(closed / "data")
    try:
        with acquire(closed / "data") as lease:
            assert server_home(closed / "data") != left
            assert f"lies unused in {left}" in lease.note
    finally:
        shutil.rmtree(left)


@as_root
def test_a_copied_data_folder_does_not_share_the_original_s_database(folder):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with acquire(closed / "data"):
        pass
    stop(closed / "data")
    shutil.copytree(closed / "data", closed / "copy", ignore=shutil.ignore_patterns("run"))
    with pytest.raises(ConfigError, match="is a copy of"):
        acquire(closed / "copy")
    (closed / "copy" / LOCATION_FILE).unlink()
    with acquire(closed / "copy") as lease:
        assert answer(lease) == 1


@as_plain_user
def test_a_data_folder_without_write_permission_is_named(folder):
    folder.chmod(0o500)
    with pytest.raises(ConfigError, match="STEAMPULSE_DATA_DIR") as raised:
        acquire(folder / "data")
    folder.chmod(0o700)
    assert str(folder / "data") in str(raised.value)


def test_a_data_folder_below_a_file_is_named(folder):
    (folder / "file").write_text("")
    with pytest.raises(ConfigError, match="STEAMPULSE_DATA_DIR") as raised:
        acquire(folder / "file" / "data")
    assert str(folder / "file" / "data") in str(raised.value)
