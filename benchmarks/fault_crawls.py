"""Do crawls through faults lose, repeat or garble a review?

Thousands of seeded crawls of tiny games (0 to 55 reviews, pages of 10), first ones and later ones, with reviews written
and edited while they run and clocks years off, through random mixes of every fault that the simulators can inject.
After each trial the faults stop and one more crawl must leave exactly the reviews of the world, once each, each with
the fields that the parser gives on a clean wire. Compared with nothing: the right number of failed trials is 0.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import time
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))

from steampulse_dagster.clients import steam
from steampulse_dagster.utils.db import Database
from tests.fault_world import PAGE, Trial, random_mix
from tests.helpers import fresh_database, running_server

QUICK_SECONDS = 35.0


async def run_trials(db: Database, *, trials: int, first_seed: int, seconds: float) -> dict[str, int]:
    """Run them one after another until there are enough or the time is over."""
    ends, figures = (
        time.monotonic() + seconds,
        dict.fromkeys(("trials", "crawls", "faults", "failed_crawls", "wrong"), 0),
    )
    for seed in range(first_seed, first_seed + trials):
        trial = Trial(db, random_mix(random.Random(seed)), seed=seed)
        try:
            await trial.run()
        except AssertionError as error:
            figures["wrong"] += 1
            sys.stderr.write(f"seed {seed}: {str(error)[:500]}\n")
        figures["trials"] += 1
        figures["crawls"] += trial.crawls
        figures["faults"] += trial.struck
        figures["failed_crawls"] += trial.failures
        if time.monotonic() > ends:
            break
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="as many trials as fit in 35 s")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of words")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1000)
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    steam.REVIEWS_PAGE = PAGE
    seconds = QUICK_SECONDS if chosen.quick else float("inf")
    with running_server() as server, fresh_database(server) as url:
        db = Database(url, pool_size=8)
        try:
            figures = asyncio.run(run_trials(db, trials=chosen.trials, first_seed=chosen.seed, seconds=seconds))
        finally:
            db.close()
    met = figures["wrong"] == 0
    answer = {"figures": figures, "aims": {"wrong": 0}, "met": met}
    sys.stdout.write(f"{json.dumps(answer) if chosen.json else answer}\n")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
