"""What bringing a library into line costs: the plan that PostgreSQL makes for it."""

from unittest.mock import patch

import pytest

from steampulse_dagster.repositories import imported_games
from steampulse_dagster.repositories.imported_games import ImportedGameRepository
from steampulse_dagster.utils.db import fetch_all

pytestmark = pytest.mark.integration


def test_items_are_compared_by_a_hash_before_any_statistics_of_them_are_there(db):
    plans = []

    def explain(conn, sql, params):
        plans.append("\n".join(row["QUERY PLAN"] for row in fetch_all(conn, f"explain {sql}", params)))
        return 0

    with db.connection() as conn, patch.object(imported_games, "execute", explain):
        ImportedGameRepository(conn).refresh_items(["76561202255110001"])
    assert "hashed SubPlan" in plans[0]
    assert "Nested Loop Anti Join" not in plans[0]
