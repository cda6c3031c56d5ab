"""Does reading `/metrics` take longer when ten times the reviews are stored, and how long does it at 10,000 games?

Two databases of 10,000 games, with 200,000 and 2,000,000 reviews, on one server; the product's own MetricsService
renders the text, on both in turns, so that load beside meets both alike. The kept answer of ten seconds is set aside:
every reading asks the database. It also prints what a review takes on disk at that size, index by index.

    uv run python -m benchmarks.metrics_at_size [--quick] [--json]
"""

import argparse
import json
import statistics
import time
from decimal import Decimal
from typing import Any

from benchmarks.reading_world import fill_reading_world
from benchmarks.sized_reviews import fresh_database, server_on_disk
from steampulse_dagster.models.costs import Budgets
from steampulse_dagster.services.metrics import MetricsService
from steampulse_dagster.utils.db import Database, fetch_all

READINGS = 20
AIM_RATIO = 1.5
AIM_MS = 500.0
"""Of a scrape at 10,000 games: Prometheus asks every 15 to 60 seconds, and gives up after 10."""
BUDGETS = Budgets(per_call=Decimal(1), per_run=Decimal(10), per_day=Decimal(25), per_month=Decimal(250))
# The table without its indexes, then each index.
SIZES = """
    select 'rows' as name, pg_relation_size('reviews') as bytes
    union all select 'long texts', pg_total_relation_size('reviews') - pg_relation_size('reviews')
        - pg_indexes_size('reviews')
    union all select indexrelid::regclass::text, pg_relation_size(indexrelid)
        from pg_index where indrelid = 'reviews'::regclass
    union all select 'all', pg_total_relation_size('reviews')
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the games and reviews: under 50 seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    result = run(games=1_000 if arguments.quick else 10_000)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result["figures"].items():
        print(f"{name:44} {value}")
    print(f"aims {result['aims']}: {'met' if result['met'] else 'NOT met'}")


def run(*, games: int) -> dict[str, Any]:
    """Fill both, read both, compare."""
    with server_on_disk() as (url, _), fresh_database(url) as small, fresh_database(url) as large:
        fill_reading_world(small, reviews=games * 20, reviews_a_game=20)
        fill_reading_world(large, reviews=games * 200, reviews_a_game=200)
        figures = _measure(small, large)
    aims = {"ratio, large to small": AIM_RATIO, "ms a reading, large": AIM_MS}
    return {"figures": figures, "aims": aims, "met": all(figures[name] <= aim for name, aim in aims.items())}


def _measure(small: Database, large: Database) -> dict[str, Any]:
    sides = {"small": small, "large": large}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(READINGS + 1):
        for name in sorted(sides, reverse=bool(number % 2)):
            service = MetricsService(sides[name], fresh_hours=6, budgets=BUDGETS)
            started = time.perf_counter()
            text = service.render()
            if number:  # the first opens the connection
                seconds[name].append(time.perf_counter() - started)
            assert b"steampulse_database_up 1" in text
    middle = {name: 1000 * statistics.median(taken) for name, taken in seconds.items()}
    return {
        **{f"reviews, {name}": _count(database, "reviews") for name, database in sides.items()},
        **{f"games, {name}": _count(database, "crawl_state") for name, database in sides.items()},
        **{f"ms a reading, {name}": round(value, 1) for name, value in middle.items()},
        "ms a reading, large, slowest": round(1000 * max(seconds["large"]), 1),
        "ratio, large to small": round(middle["large"] / middle["small"], 2),
        **_measure_review(large),
    }


def _count(database: Database, table: str) -> int:
    with database.connection() as conn:
        return int(fetch_all(conn, f"select count(*) as n from {table}")[0]["n"])  # noqa: S608 - a constant


def _measure_review(database: Database) -> dict[str, int]:
    reviews = _count(database, "reviews")
    with database.connection() as conn:
        return {f"bytes a review: {row['name']}": round(row["bytes"] / reviews) for row in fetch_all(conn, SIZES)}


if __name__ == "__main__":
    main()
