"""Locks, leases, state and doorbell of the run folder."""

import os

import pytest

from steampulse_dagster.embedded.locks import is_locked, try_lock, wait_lock
from steampulse_dagster.embedded.places import ensure_data_dir
from steampulse_dagster.embedded.run_folder import RunFolder, State, Wish

pytestmark = pytest.mark.unit

WISH = Wish(pid=1, postgres=True, simulators=None)


@pytest.fixture
def run(tmp_path):
    ensure_data_dir(tmp_path / "data")
    return RunFolder(tmp_path / "data")


def test_a_held_lock_is_not_given_twice_and_is_free_after_its_holder(tmp_path):
    path = tmp_path / "lock"
    assert not is_locked(path)
    holder = try_lock(path)
    assert is_locked(path)
    assert try_lock(path) is None
    assert wait_lock(path, timeout_seconds=0) is None
    os.close(holder)
    assert not is_locked(path)


def test_a_lease_lives_as_long_as_its_descriptor(run):
    first, kept_open = run.add_lease(WISH)
    second, descriptor = run.add_lease(Wish(pid=2, postgres=False, simulators="module"))
    assert {wish.pid for wish in run.live_wishes()} == {1, 2}
    os.close(descriptor)
    assert run.live_wishes() == [WISH]
    assert first.exists()
    assert not second.exists()
    os.close(kept_open)


def test_the_state_is_read_as_written_and_garbage_is_none(run):
    assert run.read_state() is None
    state = State(supervisor_pid=7, ready=True, socket_dir="/s", created=True)
    run.write_state(state)
    assert run.read_state() == state
    (run.path / "state.json").write_text('{"supervisor_pid": 7, "ready": true, "from_a_later_release": 1}')
    assert run.read_state() == State(supervisor_pid=7, ready=True)
    (run.path / "state.json").write_text('{"supervisor_pid": 7')
    assert run.read_state() is None


def test_the_doorbell_rings_only_where_somebody_listens(run):
    assert not run.ring()
    bell = run.open_doorbell()
    assert run.ring()
    assert os.read(bell, 10) == b"r"
    os.close(bell)
    assert not run.ring()


def test_a_flood_of_rings_does_not_block(run):
    bell = run.open_doorbell()
    assert os.write(bell, b"r" * 1_000_000) < 1_000_000
    assert run.ring()
    assert os.read(bell, 10) == b"r" * 10
    os.close(bell)


def test_an_unfinished_announcement_is_no_url(run):
    assert run.simulators_url() is None
    run.announcement.write_text('{"url": ')
    assert run.simulators_url() is None
    run.announcement.write_text('{"url": "http://127.0.0.1:1"}')
    assert run.simulators_url() == "http://127.0.0.1:1"
