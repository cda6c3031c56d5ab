"""Are the checks on tables cheap enough to be part of every run, with 100,000 games followed?

A database with so many tracked games, each crawled and with an examined report, some of them late, incomplete or wrong:
each check is timed alone (the middle of several), then all together as a run does it. Compared with a tenth of the
games in the same process, which shows how the time grows; the figures are of this machine, the growth is not.

    uv run python -m benchmarks.table_checks [--quick] [--json] [--games N]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence

from steampulse_dagster.models.data_checks import CheckName
from steampulse_dagster.services.data_checks import DataCheckService
from steampulse_dagster.utils.db import Database, execute, fetch_one
from tests.helpers import fresh_database, running_server
from tests.llm_fakes import build_ledger

AIM_PASSES = 6.0
"""All checks of a run together, in passes over the tables that have a row for each game: one pass takes some tens of
milliseconds at 100,000 games on an idle machine, a key-set run of 300 games minutes."""
ROUNDS = 5
FIRST_APPID = 1_000
SEED = (
    """
    insert into tracked_games (appid, name, reason, tracked_at)
        select appid, 'Game ' || appid, 'manual', now() - interval '60 days' from game
    """,
    """
    insert into crawl_state (appid, phase, stored, completeness, finished_at, next_due_at, reported)
        select appid, 'updates', 500, 1.0 - (mod(appid, 500) = 0)::int * 0.2, now() - interval '1 day',
            now() + interval '1 day' - (mod(appid, 400) = 0)::int * interval '9 days',
            '{"total_reviews": 500, "total_positive": 300, "total_negative": 200}'::jsonb
        from game
    """,
    """
    insert into reports (appid, report_key, analyst_key, report)
        select appid, 'key ' || appid, 'local', '{}'::jsonb from game
    """,
    "insert into report_heads (appid, report_id) select appid, report_id from reports",
    """
    insert into report_proofs (report_id, quotes, ungrounded, repeated, miscounted, offenders)
        select report_id, 40, (mod(appid, 20000) = 0)::int, 0, 0, '{}' from reports
    """,
    "analyze",
)


def measure(database: Database, games: int) -> dict[str, float]:
    """Seconds of each check, and of all of them."""
    with database.transaction() as conn:
        series = "create temporary table game as select generate_series(%(first)s, %(last)s) as appid"
        execute(conn, series, {"first": FIRST_APPID, "last": FIRST_APPID + games - 1})
        for statement in SEED:
            execute(conn, statement)
    service = DataCheckService(database, ledger=build_ledger(database))
    figures = {name.value: middle(lambda name=name: service.check([name])) for name in CheckName}
    return {**figures, "all together": middle(service.check), "one pass": middle(lambda: count_games(database))}


def count_games(database: Database) -> None:
    """One pass over the two tables that have a row for each game: what no check of all games can go below. Says how
    busy the machine is."""
    with database.connection() as conn:
        fetch_one(conn, "select count(*), sum(completeness) from tracked_games join crawl_state using (appid)")


def middle(check: Callable[[], object]) -> float:
    """The middle of several rounds, the first left out."""
    check()
    seconds: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        check()
        seconds.append(time.perf_counter() - started)
    return round(statistics.median(seconds), 4)


def run(games: Sequence[int]) -> dict[int, dict[str, float]]:
    """Figures by number of games, each in a database of its own."""
    found: dict[int, dict[str, float]] = {}
    with running_server() as server:
        for number in games:
            with fresh_database(server) as url:
                database = Database(url, pool_size=2)
                found[number] = measure(database, number)
                database.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a fifth of the games")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--games", type=int, default=100_000)
    options = parser.parse_args()
    games = options.games // 5 if options.quick else options.games
    figures = run([games // 10, games])
    passes = round(figures[games]["all together"] / figures[games]["one pass"], 2)
    met = passes <= AIM_PASSES
    if options.json:
        print(json.dumps({"figures": {**figures, "passes": passes}, "aims": {"passes": AIM_PASSES}, "met": met}))
        return
    for name in figures[games]:
        small, large = figures[games // 10][name], figures[games][name]
        print(f"{name:<32} {small:.4f} s at {games // 10:,}, {large:.4f} s at {games:,}")
    print(f"{passes} passes, aim at most {AIM_PASSES}: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
