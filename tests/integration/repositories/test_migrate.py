"""The migration runner on real databases, several processes at once included."""

import subprocess
import sys
from contextlib import closing

import psycopg2
import pytest

from steampulse_dagster.errors import DatabaseError
from steampulse_dagster.repositories.migrate import Migration, list_migrations, migrate
from steampulse_dagster.utils.db import Database
from tests.analysis_fakes import build_game, build_reviews, store_game, store_reviews
from tests.helpers import empty_database, with_database

pytestmark = pytest.mark.integration

FIRST = Migration(version=1, name="0001_first.sql", text="create table first (a integer); insert into first values (1)")
SECOND = Migration(version=2, name="0002_second.sql", text="create table second (b text default '100%')")


@pytest.fixture
def empty_url(database_server):
    with empty_database(database_server) as url:
        yield url


def rows(url, statement):
    conn = psycopg2.connect(url)
    try:
        with conn.cursor() as cur:
            cur.execute(statement)
            return cur.fetchall()
    finally:
        conn.close()


def test_all_migrations_of_the_product_apply_once(empty_url):
    names = [migration.name for migration in list_migrations()]
    assert migrate(empty_url) == names
    assert migrate(empty_url) == []
    assert [name for (name,) in rows(empty_url, "select name from schema_migrations order by version")] == names


def test_only_what_is_new_is_applied(empty_url):
    assert migrate(empty_url, migrations=[FIRST]) == ["0001_first.sql"]
    assert migrate(empty_url, migrations=[FIRST, SECOND]) == ["0002_second.sql"]
    assert rows(empty_url, "select count(*) from first") == [(1,)]


def test_an_index_of_words_that_is_made_anew_knows_how_common_they_are(empty_url):
    migrations = list_migrations()
    migrate(empty_url, migrations=[one for one in migrations if one.version < 22])
    with closing(Database(empty_url)) as db:
        store_game(db, build_game())
        store_reviews(db, build_reviews(1, 100))
    migrate(empty_url)
    assert rows(empty_url, "select count(*) from pg_stats where tablename = 'reviews_by_words'") == [(1,)]


def test_four_processes_at_once_apply_each_file_once(empty_url):
    script = "import sys; from steampulse_dagster.repositories.migrate import migrate; print(*migrate(sys.argv[1]))"
    processes = [
        subprocess.Popen([sys.executable, "-c", script, empty_url], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    outputs = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    applied = sorted(name for output in outputs for name in output)
    assert applied == [migration.name for migration in list_migrations()]


def test_a_failing_migration_changes_nothing_and_keeps_those_before_it(empty_url):
    broken = Migration(version=2, name="0002_broken.sql", text="create table half (a integer); select 1 from nowhere")
    with pytest.raises(DatabaseError, match=r"0002_broken\.sql failed and changed nothing.*nowhere"):
        migrate(empty_url, migrations=[FIRST, broken])
    assert rows(empty_url, "select name from schema_migrations") == [("0001_first.sql",)]
    assert rows(empty_url, "select to_regclass('half')") == [(None,)]
    assert migrate(empty_url, migrations=[FIRST, SECOND]) == ["0002_second.sql"]


def test_an_applied_file_with_another_text_is_refused(empty_url):
    migrate(empty_url, migrations=[FIRST])
    edited = Migration(version=1, name=FIRST.name, text=FIRST.text + ";")
    with pytest.raises(DatabaseError, match="applied with another text"):
        migrate(empty_url, migrations=[edited, SECOND])
    assert rows(empty_url, "select to_regclass('second')") == [(None,)]


def test_a_database_newer_than_the_program_is_refused(empty_url):
    migrate(empty_url, migrations=[FIRST, SECOND])
    with pytest.raises(DatabaseError, match=r"newer than this program.*0002_second\.sql.*Upgrade"):
        migrate(empty_url, migrations=[FIRST])


def test_an_unreachable_server_is_named_without_the_password():
    with pytest.raises(DatabaseError) as raised:
        migrate("postgresql://ann:hunter2@127.0.0.1:1/games")
    assert "127.0.0.1:1, database games" in str(raised.value)
    assert raised.value.retryable
    assert "hunter2" not in str(raised.value)


def test_a_missing_database_is_named(database_server):
    with pytest.raises(DatabaseError, match="no_such_database"):
        migrate(with_database(database_server.url, "no_such_database"))


@pytest.mark.parametrize(
    "url", ["postgresql://ann:hun%ter2@host/games", "postgresql://ann:hun@ter2@host/games", "hunter2"]
)
def test_a_url_that_cannot_be_read_never_shows_its_password(url):
    with pytest.raises(DatabaseError) as raised:
        migrate(url)
    assert "ter2" not in str(raised.value)
