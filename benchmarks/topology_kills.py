"""Does a run of 100 games come to the same result when a service is killed and restarted in the middle of it?

The services of docker-compose.yml run as processes, with the file's own commands and environment (scripts/topology.py).
Each service in turn is killed (SIGKILL, with all its processes) when four in ten games have their report, and comes
back by the file's restart policy. It compares with an undisturbed run on the same services and world, in one go: what
is stored must be equal, review by review, chunk by chunk, report by report. "asked again" counts the times that
somebody had to ask for the games that had failed, as the due list does by itself.

    uv run python -m benchmarks.topology_kills [--quick] [--json] [--games N] [--reviews N] [--kill SERVICE]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.topology_kills import running_world

QUICK_VICTIMS = ("simulators",)
"""The others cost a minute: a dead run has to be found first, or a service of Dagster to start again."""
QUICK_GAMES = 6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="six games, one service, dead runs found within seconds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--games", type=int, help=f"default 100, with --quick {QUICK_GAMES}")
    parser.add_argument("--reviews", type=int, default=20, help="of each game")
    parser.add_argument("--kill", metavar="SERVICE", action="append", help="only this one; may be repeated")
    arguments = parser.parse_args()
    result = run(
        games=arguments.games or (QUICK_GAMES if arguments.quick else 100),
        reviews=arguments.reviews,
        victims=arguments.kill or (QUICK_VICTIMS if arguments.quick else None),
        quick=arguments.quick,
    )
    if arguments.json:
        print(json.dumps(result))
        return
    print("met" if result["met"] else f"NOT met: {result['figures']['different']}")


def run(*, games: int, reviews: int, victims: Sequence[str] | None, quick: bool) -> dict[str, Any]:
    """One undisturbed run and one for each victim, by default every service; whether all stored the same."""
    with running_world(games=games, reviews=reviews, quick=quick) as harness:
        services = harness.topology.services
        rounds = []
        for victim in ("", *(victims or [name for name, service in services.items() if service.restarts])):
            rounds.append(harness.play(*victim.split()))
            equal = rounds[-1].stored == rounds[0].stored
            told = {**asdict(rounds[-1]), "stored": "as undisturbed" if equal else rounds[-1].stored}
            print(json.dumps(told), file=sys.stderr, flush=True)
        healthy = all(harness.topology.check_health(name) for name in services if services[name].health)
    different = {each.killed: each.stored for each in rounds if each.stored != rounds[0].stored}
    figures = {"rounds": [asdict(each) for each in rounds], "different": different, "healthy at the end": healthy}
    return {"figures": figures, "aims": {"different": 0}, "met": not different and healthy}


if __name__ == "__main__":
    main()
