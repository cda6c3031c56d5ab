"""The migration files themselves."""

import pytest

from steampulse_dagster.repositories.migrate import Migration, list_migrations

pytestmark = pytest.mark.unit


def test_migrations_are_numbered_without_gap_or_double():
    versions = [migration.version for migration in list_migrations()]
    assert versions == list(range(1, len(versions) + 1))


def test_the_digest_tells_texts_apart():
    one, same, other = (Migration(version=1, name="0001_x.sql", text=text) for text in ("a", "a", "b"))
    assert one.sha256 == same.sha256 != other.sha256
