"""The connection pool: reuses connections, is safe to open from many threads, reads times in UTC."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg2
import pytest

from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.utils.db import Database, execute, fetch_column, fetch_one, fetch_one_planned

pytestmark = pytest.mark.integration

SET_TIMEZONE = """
    do $$ begin
        execute format('alter database %I set timezone to %L', current_database(), 'Asia/Tokyo');
    end $$
"""


def ask_backend(db: Database) -> int:
    with db.connection() as conn:
        row = fetch_one(conn, "select pg_backend_pid() as pid")
    assert row is not None
    return row["pid"]


def insert_and_fail(db: Database) -> None:
    with db.transaction() as conn:
        execute(conn, "insert into database_values (name, value) values ('a', 'b')")
        raise RuntimeError("stop")


def test_a_connection_that_was_given_back_is_used_again(db: Database) -> None:
    assert len({ask_backend(db) for _ in range(5)}) == 1


def test_many_threads_that_come_first_share_one_pool(db: Database) -> None:
    with ThreadPoolExecutor(16) as threads:
        pids = list(threads.map(lambda _: ask_backend(db), range(200)))
    assert len(set(pids)) <= 8


def test_times_are_read_in_utc_whatever_the_database_says(db: Database, database_url: str) -> None:
    with db.connection() as conn:
        execute(conn, SET_TIMEZONE)
    other = Database(database_url, pool_size=2)
    with other.connection() as conn:
        row = fetch_one(conn, "select now() as at, current_setting('timezone') as zone")
    other.close()
    assert row is not None
    assert row["zone"] == "UTC"
    assert row["at"].utcoffset() == timedelta(0)


def test_a_failed_transaction_leaves_nothing_and_the_connection_usable(db: Database) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        insert_and_fail(db)
    with db.connection() as conn:
        row = fetch_one(conn, "select count(*) as n from database_values where name = 'a'")
    assert row == {"n": 0}


@pytest.mark.parametrize("kind", [psycopg2.DatabaseError, psycopg2.OperationalError])
def test_a_server_that_goes_away_in_the_midst_of_an_answer_is_an_outage_and_its_connections_are_left(db, kind):
    with db.connection() as before:
        pass
    with pytest.raises(DatabaseError) as caught, db.connection():
        raise kind("server closed the connection unexpectedly")
    assert caught.value.retryable
    assert "broke off" in caught.value.message
    with db.connection() as after:
        assert after is not before


def test_a_statement_that_is_refused_is_no_outage(db):
    with db.connection() as before:
        pass
    with pytest.raises(DatabaseError) as caught, db.connection() as conn:
        execute(conn, "select 1 / 0")
    assert (caught.value.retryable, conn) == (False, before)


def test_a_commit_waits_for_the_disk_unless_told_otherwise(db):
    def setting(conn):
        return fetch_one(conn, "select current_setting('synchronous_commit') as value")

    with db.transaction(durable=False) as conn:
        assert setting(conn) == {"value": "off"}
        backend = conn.info.backend_pid
    with db.transaction() as conn:
        assert conn.info.backend_pid == backend
        assert setting(conn) == {"value": "on"}


def test_a_database_whose_password_was_changed_is_found_again_by_its_new_url(database_url):
    asked = []

    def renew() -> str:
        asked.append(1)
        return database_url

    database = Database(f"{database_url}_of_yesterday", pool_size=2, renew_url=renew)
    with database.connection() as conn:
        assert fetch_one(conn, "select 1 as one") == {"one": 1}
    with database.connection() as conn:
        assert fetch_one(conn, "select 1 as one") == {"one": 1}
    assert len(asked) == 1
    database.close()


def test_an_unchanged_url_is_not_tried_again_and_not_asked_for_by_each_connection(database_url):
    asked = []

    def renew() -> str:
        asked.append(1)
        return f"{database_url}_of_yesterday"

    database = Database(f"{database_url}_of_yesterday", renew_url=renew)
    for _ in range(3):
        with pytest.raises(DatabaseError), database.connection():
            pass
    assert len(asked) == 1


FIND = "select value, %(name)s as name from database_values where name = %(name)s"


def list_plans(db: Database) -> list[str]:
    with db.connection() as conn:
        return fetch_column(conn, "select name from pg_prepared_statements")


def ask_and_fail(db: Database) -> None:
    with db.transaction() as conn:
        fetch_one_planned(conn, FIND, {"name": "a"})
        raise RuntimeError("stop")


def test_a_planned_question_is_answered_as_any_other_and_planned_once_a_connection(db: Database) -> None:
    with db.transaction() as conn:
        execute(conn, "insert into database_values (name, value) values ('it''s', '100 %')")
        for name in ("it's", "none", "it's"):
            assert fetch_one_planned(conn, FIND, {"name": name}) == fetch_one(conn, FIND, {"name": name})
    assert len(list_plans(db)) == 1
    with db.connection(), db.connection() as other:
        assert fetch_one_planned(other, FIND, {"name": "it's"}) == {"value": "100 %", "name": "it's"}


def test_a_plan_outlives_the_transaction_in_which_it_was_made(db: Database) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        ask_and_fail(db)
    with db.connection() as conn:
        assert fetch_one_planned(conn, FIND, {"name": "a"}) is None
    assert len(list_plans(db)) == 1


@pytest.mark.parametrize(
    "change",
    ["alter table database_values alter column value type varchar(9)", "deallocate all"],
    ids=["changed", "gone"],
)
def test_a_plan_that_no_longer_fits_fails_once_and_is_then_made_anew(db: Database, change: str) -> None:
    with db.connection() as conn:
        execute(conn, "insert into database_values (name, value) values ('a', 'b')")
        fetch_one_planned(conn, FIND, {"name": "a"})
        execute(conn, change)
    with pytest.raises(DatabaseError, match="meanwhile") as caught, db.connection() as conn:
        fetch_one_planned(conn, FIND, {"name": "a"})
    assert caught.value.retryable
    with db.connection() as conn:
        assert fetch_one_planned(conn, FIND, {"name": "a"}) == {"value": "b", "name": "a"}
