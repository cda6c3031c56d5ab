"""The services of docker-compose.yml as processes, killed in the middle of a run: what is stored stays the same."""

import json

import pytest

from tests.topology_kills import running_world

pytestmark = pytest.mark.integration

GAMES, REVIEWS = 8, 12


def test_services_that_are_killed_midway_come_back_the_run_ends_as_if_nothing_had_happened_and_all_say_json():
    with running_world(games=GAMES, reviews=REVIEWS) as harness:
        undisturbed = harness.play()
        disturbed = harness.play("webserver", "daemon", "simulators", "code", share=0.25)

        topology = harness.topology
        assert [run.status for run in undisturbed.runs] == ["SUCCESS"]
        assert undisturbed.stored["reports"].startswith(f"{GAMES} ")
        assert disturbed.restarts == 4
        assert disturbed.runs[0].status == "FAILURE", "the run died with its code location"
        assert disturbed.stored == undisturbed.stored
        assert all(topology.check_health(name) for name in ("postgres", "code", "webserver", "daemon"))
        app = topology.folder / "app"
        assert sorted(file.name for file in app.rglob("*") if file.is_file()) == ["dagster.yaml", "workspace.yaml"]
        topology.stop()
        ours = {
            name: topology.log_path(name).read_text().splitlines() for name in topology.services if name != "postgres"
        }
        assert {name for name, lines in ours.items() if lines} == set(ours)
        assert [line for lines in ours.values() for line in lines if not is_json_object(line)] == []


def is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
