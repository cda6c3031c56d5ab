"""What does a run of each job cost, what does each further game and review add, and how many bytes stay?

Each run executes in a process of its own, as in production, against a simulated Steam and a PostgreSQL in other
processes; its peak of resident memory, processor time and seconds are its own. A run of one game, of many games, and of
as many games with more reviews are compared in one go, so that the start, a game and a review come apart. The other
jobs run on the seeded world. Bytes are `pg_total_relation_size` over rows after the largest run: with indexes and long
texts. The local analyst reads; that is the costly case, a language model works elsewhere.

    nice -n -19 uv run python -m benchmarks.run_costs [--quick] [--json]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.backup_restore import measure_rows
from steampulse_dagster.simulators.app import speak_for
from steampulse_dagster.simulators.bedrock import BedrockSimulator
from steampulse_dagster.simulators.recorded import RecordedWorld
from steampulse_dagster.simulators.seeded.library import COLLECTOR
from steampulse_dagster.simulators.seeded.world import SeededWorld
from steampulse_dagster.simulators.server import running_simulators
from steampulse_dagster.simulators.world import World
from steampulse_dagster.utils.db import Database, fetch_one
from tests.dagster_instances import write_instance_file
from tests.helpers import Server, fresh_database, running_server, short_lived_folder
from tests.topology_kills import write_world

FEW_REVIEWS = 5
LINEAGE = "refresh_games_job"
SMALL_JOBS = ("refresh_catalog_job", "apply_tracking_rules_job", "check_data_job", "retry_failed_job")


@dataclass(frozen=True)
class Cost:
    """Of one process, from its start to its end."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ten games, and none of the other jobs")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--execute", nargs=2, metavar=("JOB", "ARGUMENTS"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.execute:
        execute(chosen.execute[0], json.loads(chosen.execute[1]))
        return
    result = run(games=10 if chosen.quick else 200, reviews=20 if chosen.quick else 105, quick=chosen.quick)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in result["figures"].items():
        print(f"{name:44} {value}")


def run(*, games: int, reviews: int, quick: bool) -> dict[str, Any]:
    """All costs; there is nothing to aim at."""
    with running_server() as server:
        one, _ = measure_lineage(server, games=1, reviews=FEW_REVIEWS)
        many, _ = measure_lineage(server, games=games, reviews=FEW_REVIEWS)
        long, rows = measure_lineage(server, games=games, reviews=reviews)
        jobs = {} if quick else measure_jobs(server, (*SMALL_JOBS, "import_library_job", "advance_bulk_job"))
    further = games * (reviews - FEW_REVIEWS)
    runs = {f"1 game of {FEW_REVIEWS} reviews": one, f"{games} games of {FEW_REVIEWS}": many}
    runs |= {f"{games} games of {reviews}": long, **jobs}
    figures: dict[str, Any] = {}
    for name, cost in runs.items():
        told = f"{cost.seconds:.1f} s, {cost.processor_seconds:.1f} s of processor time, {cost.peak_mb:.0f} MB"
        figures[name] = told
    figures["ms a further game"] = round(1000 * (many.seconds - one.seconds) / (games - 1), 1)
    figures["processor ms a further game"] = _per(many, one, games - 1)
    figures["processor ms a further review"] = _per(long, many, further)
    figures["reviews a second"] = round(further / (long.seconds - many.seconds), 1)
    figures["kB a further game"] = round(1000 * (many.peak_mb - one.peak_mb) / (games - 1), 1)
    return {"figures": figures | rows, "aims": {}, "met": True}


def _per(larger: Cost, smaller: Cost, units: int) -> float:
    return round(1000 * (larger.processor_seconds - smaller.processor_seconds) / units, 2)


def measure_lineage(server: Server, *, games: int, reviews: int) -> tuple[Cost, dict[str, int]]:
    """A run of games from nothing to their reports, and the bytes of a row of each table afterwards."""
    with short_lived_folder() as folder:
        appids = write_world(folder / "world", games=games, reviews=reviews)
        with fresh_database(server) as database, running_simulators(RecordedWorld(folder / "world")) as steam:
            place = Place(folder, database, steam)
            place.track(appids)
            cost = place.measure(LINEAGE, appids=appids)
            return cost, {**measure_rows(database), "Dagster's bytes a game": _measure_dagster(database) // games}


def measure_jobs(server: Server, names: Sequence[str]) -> dict[str, Cost]:
    """The other jobs, after a run of the seeded world."""
    world: World = SeededWorld()
    with (
        short_lived_folder() as folder,
        fresh_database(server) as database,
        running_simulators(world, bedrock=BedrockSimulator(speak_for(world))) as url,
    ):
        place = Place(folder, database, url)
        appids = list(SeededWorld().appids)
        place.track(appids)
        costs = {"refresh_games_job, seeded world": place.measure(LINEAGE, appids=appids)}
        return costs | {name: place.measure(name, appids=appids) for name in names}


class Place:
    """Where processes run: a folder, a database, and the address of the simulators."""

    def __init__(self, folder: Path, database: str, simulators: str) -> None:
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("STEAMPULSE_", "DAGSTER_", "DATABASE_URL"))}
        self._environment = kept | {
            "DATABASE_URL": database,
            "DAGSTER_HOME": str(write_instance_file(folder, database)),
            "STEAMPULSE_DATA_DIR": str(folder / "data"),
            "STEAMPULSE_STEAM_API_URL": f"{simulators}/steam",
            "STEAMPULSE_STEAM_STORE_URL": f"{simulators}/store",
            "STEAMPULSE_IGDB_API_URL": f"{simulators}/igdb/v4",
            "STEAMPULSE_TWITCH_AUTH_URL": f"{simulators}/twitch",
            "STEAM_API_KEY": "simulated",
            "IGDB_CLIENT_ID": "simulated",
            "IGDB_CLIENT_SECRET": "simulated",
            "STEAMPULSE_STEAM_REQUESTS_PER_SECOND": "1000",
            "STEAMPULSE_STEAM_STORE_REQUESTS_PER_SECOND": "1000",
        }
        self._bulk = {
            "STEAMPULSE_ANALYST": "bedrock",
            "STEAMPULSE_BEDROCK_URL": simulators,
            "STEAMPULSE_S3_ENDPOINT_URL": f"{simulators}/s3",
            "STEAMPULSE_BATCH_S3_URL": "s3://bulk/jobs",
            "STEAMPULSE_BATCH_ROLE_ARN": "arn:aws:iam::123456789012:role/simulated",
            "STEAMPULSE_BATCH_MINIMUM_RECORDS": "1",
            "AWS_ACCESS_KEY_ID": "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
        }
        self._folder = folder

    def track(self, appids: Sequence[int]) -> None:
        """Follow these games."""
        file = self._folder / "appids.txt"
        file.write_text("\n".join(map(str, appids)))
        self._run([str(Path(sys.executable).with_name("steampulse")), "track", "--from", str(file)])

    def measure(self, job: str, *, appids: Sequence[int]) -> Cost:
        """One run of a job in a process of its own. Raises RuntimeError with what it said if it fails."""
        program = [sys.executable, "-m", "benchmarks.run_costs", "--execute", job, json.dumps(list(appids))]
        started = time.monotonic()
        said = self._run(program, **(self._bulk if job == "advance_bulk_job" else {}))
        cost = Cost(seconds=time.monotonic() - started, **json.loads(said.splitlines()[-1]))
        print(job, len(appids), cost, file=sys.stderr, flush=True)
        return cost

    def _run(self, command: Sequence[str], **settings: str) -> str:
        done = subprocess.run(
            command, env=self._environment | settings, cwd=Path(__file__).parents[1], capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command[-3:])[:200]} failed: {done.stderr[-2000:]}")
        return done.stdout


def execute(job: str, appids: Sequence[int]) -> None:
    """The child: run the job; say what that took."""
    import dagster as dg

    from steampulse_dagster import key_sets
    from steampulse_dagster.definitions import defs
    from steampulse_dagster.partitions import STEAM_IDS, sync_appid_partitions
    from steampulse_dagster.runs import QUIET_LOGS

    with dg.DagsterInstance.get() as instance:
        sync_appid_partitions(instance, list(appids))
        instance.add_dynamic_partitions(STEAM_IDS.name or "", [COLLECTOR])
        config: dict[str, object] = {}
        match job:
            case "refresh_games_job":
                config = key_sets.build_run_config(appids)
            case "advance_bulk_job":
                config = {"ops": {"advance_bulk": {"config": {"appids": list(appids)}}}}
        key = COLLECTOR if job == "import_library_job" else None
        defs.resolve_job_def(job).execute_in_process(
            instance=instance, run_config={**QUIET_LOGS, **config}, partition_key=key
        )
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"processor_seconds": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}))


def _measure_dagster(url: str) -> int:
    sql = """
        select coalesce(sum(pg_total_relation_size(format('dagster.%I', tablename)::regclass)), 0)::bigint as n
        from pg_tables where schemaname = 'dagster'
    """
    database = Database(url, pool_size=1)
    with database.connection() as conn:
        found = int((fetch_one(conn, sql) or {})["n"])
    database.close()
    return found


if __name__ == "__main__":
    main()
