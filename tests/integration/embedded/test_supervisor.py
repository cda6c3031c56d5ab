"""The embedded services' lives and deaths: users, supervisor and server killed in every order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from steampulse_dagster.embedded.run_folder import RunFolder
from steampulse_dagster.embedded.supervisor import acquire, describe, stop
from steampulse_dagster.errors import ConfigError, DatabaseError
from tests.integration.embedded.conftest import eventually, is_gone

pytestmark = pytest.mark.integration


def query(url, statement):
    conn = psycopg2.connect(url)
    try:
        conn.autocommit = True
        with conn.cursor() as cur:
            cur.execute(statement)
            return cur.fetchall() if cur.description else []
    finally:
        conn.close()


def supervisor_pid(data_dir):
    pid = describe(data_dir).supervisor_pid
    assert pid is not None
    return pid


def nothing_runs(data_dir):
    seen = describe(data_dir)
    return seen.supervisor_pid is None and seen.postgres_pid is None


def test_both_databases_exist_and_speak_utf8_in_utc(data_dir):
    with acquire(data_dir) as lease:
        for database in ("steampulse", "dagster"):
            statement = "select pg_encoding_to_char(encoding), current_setting('timezone'), current_setting('fsync')"
            rows = query(lease.url(database), f"{statement} from pg_database where datname = current_database()")
            assert rows == [("UTF8", "UTC", "on")]
        assert query(lease.url("steampulse"), "select upper('é'), 'Ж' ~ '[[:alpha:]]'") == [("É", True)]


def test_the_server_listens_on_no_network_address(data_dir):
    with acquire(data_dir) as lease:
        assert query(lease.url("postgres"), "select current_setting('listen_addresses')") == [("",)]
        assert lease.socket_dir.stat().st_mode & 0o077 == 0


def test_several_first_users_at_once_get_one_server(data_dir, start_user):
    users = [start_user(data_dir) for _ in range(4)]
    assert len({user.postgres_pid() for user in users}) == 1
    log = (data_dir / "logs" / "supervisor.log").read_text()
    assert log.count("made steampulse, dagster") == 1
    assert describe(data_dir).users == 4


def test_the_last_user_s_end_stops_everything(data_dir, start_user):
    first, second = start_user(data_dir), start_user(data_dir)
    server = first.postgres_pid()
    assert second.postgres_pid() == server
    supervisor = supervisor_pid(data_dir)
    assert first.end() == 0
    assert describe(data_dir).users == 1
    second.kill()
    assert eventually(lambda: is_gone(server) and is_gone(supervisor))
    assert nothing_runs(data_dir)
    assert list((data_dir / "run" / "leases").iterdir()) == []


def test_a_forked_child_does_not_prolong_the_lease_of_its_killed_parent(data_dir, start_user):
    user = start_user(data_dir, "fork")
    server = user.postgres_pid()
    user.kill()
    assert describe(data_dir).users == 0
    assert eventually(lambda: is_gone(server))


def test_a_user_who_comes_within_the_grace_period_finds_the_same_server(data_dir, start_user):
    user = start_user(data_dir)
    server = user.postgres_pid()
    user.kill()
    assert start_user(data_dir).postgres_pid() == server


def test_a_killed_supervisor_is_replaced_and_the_server_stays(data_dir):
    with acquire(data_dir) as lease:
        server, killed = describe(data_dir).postgres_pid, supervisor_pid(data_dir)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: is_gone(killed))
        assert query(lease.url("steampulse"), "select 1") == [(1,)]
        with acquire(data_dir) as second:
            assert describe(data_dir).postgres_pid == server
            assert supervisor_pid(data_dir) != killed
            assert not second.created
    assert stop(data_dir) == [f"PostgreSQL (process {server})"]


def test_a_server_whose_supervisor_was_killed_still_stops_after_its_last_user(data_dir):
    with acquire(data_dir):
        server, killed = describe(data_dir).postgres_pid, supervisor_pid(data_dir)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: is_gone(killed))
    assert eventually(lambda: is_gone(server))


def test_a_killed_server_comes_back_by_itself_with_its_data(data_dir):
    with acquire(data_dir) as lease:
        url = lease.url("steampulse")
        query(url, "create table kept as select 7 as number")
        killed = describe(data_dir).postgres_pid
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: describe(data_dir).postgres_pid not in (None, killed))
        assert query(url, "select number from kept") == [(7,)]


def test_a_newcomer_after_the_server_was_killed_gets_a_working_one(data_dir):
    with acquire(data_dir):
        os.kill(describe(data_dir).postgres_pid, signal.SIGKILL)
        with acquire(data_dir) as second:
            assert query(second.url("steampulse"), "select 1") == [(1,)]


def test_everything_killed_at_once_starts_again_with_its_data(data_dir, start_user):
    with acquire(data_dir) as lease:
        query(lease.url("steampulse"), "create table kept as select 7 as number")
        for pid in (supervisor_pid(data_dir), describe(data_dir).postgres_pid):
            os.kill(pid, signal.SIGKILL)
    with acquire(data_dir) as lease:
        assert query(lease.url("steampulse"), "select number from kept") == [(7,)]


def test_a_process_id_that_passed_to_another_process_stops_no_start(data_dir):
    with acquire(data_dir) as lease:
        server, supervisor = describe(data_dir).postgres_pid, supervisor_pid(data_dir)
        for pid in (supervisor, server):
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: is_gone(server))
        postmaster_file = data_dir / "pgdata" / "postmaster.pid"
        stale = postmaster_file.read_text().splitlines()
        postmaster_file.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
        with acquire(data_dir) as second:
            assert query(second.url("steampulse"), "select 1") == [(1,)]
        assert lease.socket_dir == second.socket_dir


def test_a_first_start_killed_midway_starts_afresh(data_dir):
    with acquire(data_dir):
        pass
    stop(data_dir)
    (data_dir / "pgdata").rename(data_dir / "pgdata.half")
    (data_dir / "pgdata.half" / "PG_VERSION").unlink()
    with acquire(data_dir) as lease:
        assert lease.created
        assert query(lease.url("steampulse"), "select 1") == [(1,)]


def test_stop_ends_everything_though_somebody_uses_it(data_dir, start_user):
    user = start_user(data_dir)
    server = user.postgres_pid()
    assert stop(data_dir) == [f"PostgreSQL (process {server})"]
    assert is_gone(server)
    assert nothing_runs(data_dir)
    assert stop(data_dir) == []


def test_stop_of_a_folder_that_was_never_used_says_and_makes_nothing(data_dir):
    assert stop(data_dir) == []
    assert not data_dir.exists()


def test_stop_works_without_a_supervisor(data_dir):
    with acquire(data_dir):
        server, killed = describe(data_dir).postgres_pid, supervisor_pid(data_dir)
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: is_gone(killed))
        assert stop(data_dir) == [f"PostgreSQL (process {server})"]
        assert eventually(lambda: is_gone(server))


def test_a_terminated_supervisor_takes_its_server_with_it(data_dir):
    with acquire(data_dir):
        server, supervisor = describe(data_dir).postgres_pid, supervisor_pid(data_dir)
        os.kill(supervisor, signal.SIGTERM)
        assert eventually(lambda: is_gone(supervisor) and is_gone(server))


def test_the_services_keep_no_pipe_of_their_starter_open(data_dir):
    script = "import sys; from pathlib import Path; from steampulse_dagster.embedded.supervisor import acquire"
    script += "; acquire(Path(sys.argv[1])); print('done')"
    run = subprocess.run([sys.executable, "-c", script, data_dir], capture_output=True, text=True, check=True)
    assert run.stdout == "done\n"
    assert run.stderr == ""
    assert describe(data_dir).postgres_pid is not None


def test_a_removed_data_folder_ends_its_services(data_dir):
    with acquire(data_dir):
        server, supervisor = describe(data_dir).postgres_pid, supervisor_pid(data_dir)
        subprocess.run(["rm", "-rf", data_dir], check=True)
        assert eventually(lambda: is_gone(supervisor) and is_gone(server))
    assert not data_dir.exists()


def test_a_server_of_another_version_is_refused_in_one_sentence(data_dir):
    with acquire(data_dir):
        pass
    stop(data_dir)
    (data_dir / "pgdata" / "PG_VERSION").write_text("12\n")
    with pytest.raises(ConfigError, match="made by PostgreSQL 12"):
        acquire(data_dir)
    assert describe(data_dir).users == 0
    assert eventually(lambda: nothing_runs(data_dir))


def test_a_server_that_cannot_start_is_told_with_its_own_words(data_dir):
    with acquire(data_dir):
        pass
    stop(data_dir)
    (data_dir / "pgdata" / "global" / "pg_control").unlink()
    with pytest.raises(DatabaseError, match=r"did not start: .*pg_control"):
        acquire(data_dir)


def test_who_asks_for_simulators_only_starts_no_server(data_dir):
    with acquire(data_dir, postgres=False, simulators=True) as lease:
        assert lease.simulators_url().startswith("http://127.0.0.1:")
        assert not (data_dir / "pgdata").exists()
        with pytest.raises(ConfigError):
            lease.url("steampulse")
        with acquire(data_dir) as second:
            assert query(second.url("steampulse"), "select 1") == [(1,)]


def test_simulators_start_only_when_asked_for_and_stop_with_the_rest(data_dir):
    with acquire(data_dir) as lease:
        with pytest.raises(ConfigError):
            lease.simulators_url()
        assert describe(data_dir).simulators_url is None
        with acquire(data_dir, simulators=True) as second:
            url = second.simulators_url()
            assert describe(data_dir).simulators_url == url
            pid = int(RunFolder(data_dir).simulators_pid.read_text())
            assert f"simulators at {url}" in stop(data_dir)
            assert is_gone(pid)


def test_killed_simulators_come_back_at_the_same_url(data_dir):
    with acquire(data_dir, simulators=True) as lease:
        url = lease.simulators_url()
        pid_file = RunFolder(data_dir).simulators_pid
        killed = int(pid_file.read_text())
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: pid_file.exists() and pid_file.read_text() not in ("", str(killed)))
        assert lease.simulators_url() == url


def test_simulators_of_a_killed_supervisor_are_replaced_at_the_same_url(data_dir):
    with acquire(data_dir, simulators=True) as lease:
        url = lease.simulators_url()
        old, supervisor = int(RunFolder(data_dir).simulators_pid.read_text()), supervisor_pid(data_dir)
        os.kill(supervisor, signal.SIGKILL)
        assert eventually(lambda: is_gone(supervisor))
        with acquire(data_dir, simulators=True) as second:
            assert eventually(lambda: is_gone(old))
            assert second.simulators_url() == url


def test_simulators_that_cannot_start_are_told_with_the_place_of_their_log(data_dir):
    with acquire(data_dir, simulators=True, simulators_module="no_such_module") as lease:
        with pytest.raises(ConfigError, match=r"simulators\.log"):
            lease.simulators_url()
        assert query(lease.url("steampulse"), "select 1") == [(1,)]


def test_a_leftover_lease_of_garbage_is_no_user(data_dir):
    with acquire(data_dir):
        (Path(data_dir) / "run" / "leases" / "1-dead").write_text("not json")
        assert describe(data_dir).users == 1
        assert eventually(lambda: not (data_dir / "run" / "leases" / "1-dead").exists())
