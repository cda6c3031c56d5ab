"""Is anything lost, and does anything look better than it is, when parts of a deployment die during a backfill?

The product runs as in production: code server, daemon, webserver, Dagster and product on PostgreSQL. 200 games are
requested as two key-set runs through the whole lineage (simulated Steam, local analyst); meanwhile a run worker, the
daemon, the code server or PostgreSQL, chosen at random, is killed with SIGKILL at random moments and started again.
After each kill, and at the end, no (asset, game) that the UI shows as materialized may lack its data. Then the same
games are requested again, at most three times; in the end every pair is materialized and the tables (games, reviews,
chunks, summaries, reports) equal those of an undisturbed run.

It compares with an undisturbed run of the same deployment, which is fair because the world stands still.

    uv run python -m benchmarks.orchestration_kills [--quick] [--json] [--kills N] [--seed N]
"""

import argparse
import json
import sys
import time
from typing import Any

from steampulse_dagster.partitions import APPIDS
from steampulse_dagster.simulators.server import running_simulators
from tests.deployment import deployed
from tests.orchestration_kills import OrchestrationKills
from tests.small_games import SmallGames, list_appids

KILLS_OF_A_ROUND = 5
REVIEWS = 6
BEAT_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round of a few games")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--kills", type=int, help="how many; default 50, with --quick 2")
    parser.add_argument("--seed", type=int, default=20261129)
    arguments = parser.parse_args()
    kills = arguments.kills or (2 if arguments.quick else 50)
    result = run(kills=kills, games=20 if arguments.quick else 200, seed=arguments.seed)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result["figures"].items():
        print(f"{name:20} {value}")
    print("met" if result["met"] else "NOT met")


def run(*, kills: int, games: int, seed: int) -> dict[str, Any]:
    """Kill so many times; what was seen, and whether all of it is as it must be."""
    started = time.perf_counter()
    appids = list_appids(games)
    with running_simulators(SmallGames(games=games, reviews=REVIEWS)) as url:
        settings = {
            "STEAMPULSE_STEAM_API_URL": f"{url}/steam",
            "STEAMPULSE_STEAM_STORE_URL": f"{url}/store",
            "STEAMPULSE_RUN_HEARTBEAT_SECONDS": str(BEAT_SECONDS),
        }
        with deployed(settings=settings, run_monitoring={"poll_interval_seconds": 5}) as deployment:
            with deployment.open_instance() as instance:
                instance.add_dynamic_partitions(str(APPIDS.name), [str(appid) for appid in appids])
            deployment.start("code", "daemon", "webserver")
            deployment.wait_for_webserver()
            deployment.turn_on(sensor="dead_runs_sensor")
            harness = OrchestrationKills(deployment, appids=appids, reviews=REVIEWS, seed=seed, tell=_tell)
            undisturbed = harness.run_undisturbed()
            _tell(f"undisturbed: {undisturbed:.1f} s")
            while (left := kills - harness.report.kills.total()) > 0:
                harness.run_round(min(left, KILLS_OF_A_ROUND))
    report = harness.report
    figures = {
        "kills": dict(report.kills),
        "backfills": report.rounds,
        "looks": report.looks,
        "better than data": report.better_than_data[:20],
        "tables differ": report.tables_differ,
        "not materialized": report.not_materialized[:20],
        "most further runs": report.most_further_runs,
        "undisturbed, seconds": round(undisturbed, 1),
        "seconds": round(time.perf_counter() - started, 1),
    }
    aims = {"kills": kills, "better than data": [], "tables differ": [], "not materialized": []}
    met = report.kills.total() >= kills and not any(figures[name] for name in list(aims)[1:])
    return {"figures": figures, "aims": aims, "met": met}


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
