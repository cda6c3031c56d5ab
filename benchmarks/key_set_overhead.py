"""What does Dagster cost for a game, in a run that carries a set of games and in a run of its own?

1,000 games × 4 assets whose work is trivial, in one key-set run; and, as a sample, single partitions in a run each.
Both are launched the same way: through the webserver, queue, daemon and code server of the production instance file on
PostgreSQL, each run a process of its own, as many at a time as that file allows. That is fair, since it is what a
click, a schedule or a sensor does in either case. Then key-set runs of 500 games until all have been run: 10,000 games
in 20 runs, with what a run costs and how long the UI's page of partition statuses takes before and after.

Seconds are from the request to the end of the last run; overhead is that by (game, asset), process start included.

    uv run python -m benchmarks.key_set_overhead [--quick] [--json]
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Sequence
from typing import Any

import dagster as dg

from steampulse_dagster.key_sets import build_run_config
from steampulse_dagster.partitions import APPIDS
from tests.deployment import ASSETS, Deployment, deployed, eventually
from tests.small_games import list_appids

AIM_MS = 5.0
AIM_RATIO = 100.0
AIM_SLOWING = 1.5
PATIENCE = 1_800.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer single runs and sets: under 50 seconds when idle")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    arguments = parser.parse_args()
    result = run(singles=2, sets=2) if arguments.quick else run(singles=9, sets=20)
    if arguments.json:
        print(json.dumps(result))
        return
    for name, value in result["figures"].items():
        print(f"{name:46} {value}")
    print("met" if result["met"] else "NOT met")


def run(*, singles: int, sets: int, set_size: int = 500, large: int = 1_000) -> dict[str, Any]:
    """The figures of one deployment."""
    games = list_appids(max(large, sets * set_size))
    with deployed(module="benchmarks.trivial_lineage", settings={}) as deployment:
        with deployment.open_instance() as instance:
            for start in range(0, len(games), 5_000):
                instance.add_dynamic_partitions(str(APPIDS.name), [str(game) for game in games[start : start + 5_000]])
        deployment.start("code", "daemon", "webserver")
        deployment.wait_for_webserver()
        with deployment.open_instance() as instance:
            warm_up = _run_sets(deployment, instance, [games[:1]])
            single = _run_singles(deployment, instance, games[:singles]) / (singles * len(ASSETS))
            seconds, in_step = _time(deployment, instance, games[:large])
            page_before = _time_page(deployment)
            steps = [_time(deployment, instance, games[i * set_size : (i + 1) * set_size])[1] for i in range(sets)]
            page_after = _time_page(deployment)
            wrong = [status for status in deployment.fetch_statuses().values() if status != "materialized"]
    pairs = large * len(ASSETS)
    edge = max(1, sets // 4)
    slowing = statistics.median(steps[-edge:]) / statistics.median(steps[:edge])
    figures = {
        "first run, seconds": round(warm_up, 1),
        "one run a partition, ms by game and asset": round(1000 * single, 1),
        "key-set run of 1,000, seconds": round(seconds, 1),
        "key-set run, ms by game and asset": round(1000 * seconds / pairs, 2),
        "of it inside the step, ms": round(1000 * in_step / pairs, 2),
        "ratio": round(single / (seconds / pairs)),
        f"steps of {set_size} games, seconds": [round(step, 1) for step in steps],
        "last quarter ÷ first quarter": round(slowing, 2),
        "page of statuses before, seconds": round(page_before, 2),
        "page of statuses after, seconds": round(page_after, 2),
        "wrong statuses": len(wrong),
        "load": [round(load, 1) for load in os.getloadavg()],
    }
    aims = {"ms": AIM_MS, "ratio": AIM_RATIO, "slowing": AIM_SLOWING, "page": 3.0, "wrong statuses": 0}
    met = (
        1000 * seconds / pairs <= AIM_MS
        and single / (seconds / pairs) >= AIM_RATIO
        and slowing <= AIM_SLOWING
        and page_after <= 3.0
        and not wrong
    )
    return {"figures": figures, "aims": aims, "met": met}


def _run_sets(deployment: Deployment, instance: dg.DagsterInstance, sets: Sequence[Sequence[int]]) -> float:
    started = time.perf_counter()
    runs = [deployment.launch("refresh_games_job", config=build_run_config(games)) for games in sets]
    _wait(instance, runs)
    return time.perf_counter() - started


def _run_singles(deployment: Deployment, instance: dg.DagsterInstance, games: Sequence[int]) -> float:
    started = time.perf_counter()
    _wait(instance, [deployment.launch(tags={"dagster/partition": str(game)}) for game in games])
    return time.perf_counter() - started


def _time(deployment: Deployment, instance: dg.DagsterInstance, games: Sequence[int]) -> tuple[float, float]:
    """Seconds from the request to the end of one key-set run, and of its step."""
    started = time.perf_counter()
    run_id = deployment.launch("refresh_games_job", config=build_run_config(games))
    _wait(instance, [run_id])
    seconds = time.perf_counter() - started
    (step,) = instance.get_run_step_stats(run_id)
    return seconds, (step.end_time or 0.0) - (step.start_time or 0.0)


def _wait(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> None:
    def ended() -> bool:
        runs = instance.get_runs(dg.RunsFilter(run_ids=list(run_ids)))
        bad = [run for run in runs if run.status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)]
        assert not bad, [entry.message for entry in instance.all_logs(bad[0].run_id)][-3:]
        return all(run.status is dg.DagsterRunStatus.SUCCESS for run in runs)

    eventually(ended, "the runs ended", seconds=PATIENCE)


def _time_page(deployment: Deployment) -> float:
    times = []
    for _ in range(3):
        started = time.perf_counter()
        deployment.fetch_statuses()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
