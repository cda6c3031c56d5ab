"""The services of docker-compose.yml as processes, killed in the middle of a run: what is stored stays the same."""

import pytest

from scripts.topology import running_topology
from steampulse_dagster.cli.main import COMMANDS
from tests.helpers import short_lived_folder
from tests.topology_kills import QUICK_ENVIRONMENT, KillHarness, quicken, write_world

pytestmark = pytest.mark.integration

GAMES, REVIEWS = 8, 12


def test_services_that_are_killed_midway_come_back_and_the_run_ends_as_if_nothing_had_happened():
    without = frozenset() if "serve" in COMMANDS else frozenset({"api"})
    with short_lived_folder() as folder:
        appids = write_world(folder / "world", games=GAMES, reviews=REVIEWS)
        simulate = [
            "steampulse",
            "simulate",
            "--host",
            "0.0.0.0",
            "--port",
            "8570",
            "--recorded",
            str(folder / "world"),
        ]
        with running_topology(
            folder / "topology",
            without=without,
            commands={"simulators": simulate},
            edit_instance=quicken,
            environment=QUICK_ENVIRONMENT,
        ) as topology:
            harness = KillHarness(topology, appids)
            harness.track()
            undisturbed = harness.play()
            disturbed = harness.play("webserver", "daemon", "simulators", "code", share=0.25)
            harness.close()

            assert undisturbed.runs == ["SUCCESS"]
            assert undisturbed.stored["reports"].startswith(f"{GAMES} ")
            assert disturbed.restarts == 4
            assert disturbed.runs[0] == "FAILURE", "the run died with its code location"
            assert disturbed.stored == undisturbed.stored
            assert all(topology.check_health(name) for name in ("postgres", "code", "webserver", "daemon"))
            app = topology.folder / "app"
            assert sorted(file.name for file in app.rglob("*") if file.is_file()) == ["dagster.yaml", "workspace.yaml"]
