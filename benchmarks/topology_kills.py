"""Does a run of 100 games come to the same result when a service is killed and restarted in the middle of it?

The services of docker-compose.yml run as processes, with the file's own commands and environment (scripts/topology.py).
Each service in turn is killed (SIGKILL, with all its processes) when four in ten games have their report, and comes
back by the file's restart policy. It compares with an undisturbed run on the same services and world, in one go: what
is stored must be equal, review by review, chunk by chunk, report by report. "asked again" counts the times that
somebody had to ask for the games that had failed, as the due list does by itself.

    uv run python -m benchmarks.topology_kills [--quick] [--json] [--games N] [--reviews N]
"""

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from scripts.topology import running_topology
from steampulse_dagster.cli.main import COMMANDS
from tests.helpers import short_lived_folder
from tests.topology_kills import QUICK_ENVIRONMENT, KillHarness, quicken, write_world

QUICK = ("code", "postgres")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ten games, two services: about a minute")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--games", type=int, help="default 100, with --quick 10")
    parser.add_argument("--reviews", type=int, default=20, help="of each game")
    arguments = parser.parse_args()
    games = arguments.games or (10 if arguments.quick else 100)
    result = run(games=games, reviews=arguments.reviews, only=QUICK if arguments.quick else None)
    if arguments.json:
        print(json.dumps(result))
        return
    print("met" if result["met"] else f"NOT met: {result['figures']['different']}")


def run(*, games: int, reviews: int, only: tuple[str, ...] | None) -> dict[str, Any]:
    """One undisturbed run and one for each service; whether all stored the same."""
    without = frozenset() if "serve" in COMMANDS else frozenset({"api"})
    with short_lived_folder() as folder:
        world = folder / "world"
        appids = write_world(world, games=games, reviews=reviews)
        simulate = ["steampulse", "simulate", "--host", "0.0.0.0", "--port", "8570", "--recorded", str(world)]
        options = {"without": without, "commands": {"simulators": simulate}} | (
            {"edit_instance": quicken, "environment": QUICK_ENVIRONMENT} if only else {}
        )
        with running_topology(folder / "topology", **options) as topology:
            harness = KillHarness(topology, appids)
            harness.track()
            victims = only or tuple(name for name, service in topology.services.items() if service.restarts)
            rounds = []
            for victim in ((), *((name,) for name in victims)):
                rounds.append(harness.play(*victim))
                print({name: value for name, value in asdict(rounds[-1]).items() if name != "stored"}, file=sys.stderr)
            harness.close()
            healthy = all(topology.check_health(name) for name in topology.services if topology.services[name].health)
    different = {each.killed: each.stored for each in rounds if each.stored != rounds[0].stored}
    figures = {"rounds": [asdict(each) for each in rounds], "different": different, "healthy at the end": healthy}
    return {"figures": figures, "aims": {"different": 0}, "met": not different and healthy}


if __name__ == "__main__":
    main()
