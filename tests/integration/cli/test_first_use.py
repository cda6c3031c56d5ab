"""What a new user does: run games, run them again, read reports, ask what is stored, be killed midway."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

SMALL, SMALLER, MIDDLE = 9000110, 9000120, 9000050


@pytest.fixture(scope="module")
def ran(data_dir, tmp_path_factory):
    from tests.cli_helpers import steampulse

    return steampulse("run", SMALL, SMALLER, data_dir=data_dir, cwd=tmp_path_factory.mktemp("cwd"), check=0)


def status(run_steampulse):
    return json.loads(run_steampulse("status", "--json", check=0).stdout)


def test_a_run_shows_progress_a_table_and_what_it_did(ran):
    assert "games 2/2" in ran.stdout
    assert "Polder Kart" in ran.stdout
    assert "2 reports written" in ran.stdout


def test_the_same_run_again_finds_nothing_new_and_says_so(ran, run_steampulse):
    before = status(run_steampulse)

    again = run_steampulse("run", SMALL, SMALLER, check=0)

    assert "0 pages were fetched, 0 chunks analysed, 0 reports written" in again.stdout
    assert status(run_steampulse) == before


def test_force_fetches_again_and_stores_nothing_twice(ran, run_steampulse):
    before = status(run_steampulse)

    forced = run_steampulse("run", SMALLER, "--force", check=0)

    assert "0 reviews stored, 0 chunks analysed, 0 reports written" in forced.stdout
    assert "0 pages fetched" not in forced.stdout
    assert status(run_steampulse) == before


def test_a_report_reads_as_text_markdown_and_json(ran, run_steampulse):
    report = json.loads(run_steampulse("report", SMALL, "--json", check=0).stdout)["report"]
    assert (report["appid"], report["sample"]["stored"]) == (SMALL, 18)
    assert report["provenance"]["generative"] is False

    assert run_steampulse("report", SMALL, "--markdown", check=0).stdout.startswith("# Polder Kart")
    assert "Polder Kart" in run_steampulse("report", SMALL, check=0).stdout


def test_report_files_lie_in_the_object_store(ran, data_dir):
    folder = data_dir / "objects" / "reports" / str(SMALL)
    assert (folder / "latest.md").read_text().startswith("# Polder Kart")
    assert json.loads((folder / "latest.json").read_text())["appid"] == SMALL


def test_status_counts_rows_by_table_and_by_game(ran, run_steampulse):
    counts = json.loads(run_steampulse("status", "--json", "--games", check=0).stdout)
    assert counts["reviews"] == 18 + 5
    assert counts["reports"] == 2
    assert {game["appid"]: game["reviews"] for game in counts["games_status"]} == {SMALL: 18, SMALLER: 5}


def test_untracking_keeps_what_is_stored(ran, run_steampulse):
    run_steampulse("untrack", SMALLER, check=0)

    assert [game["appid"] for game in json.loads(run_steampulse("list", "--json", check=0).stdout)] == [SMALL]
    assert status(run_steampulse)["reviews"] == 18 + 5
    run_steampulse("track", SMALLER, check=0)


def test_the_doctor_finds_everything_well(ran, run_steampulse):
    done = run_steampulse("doctor", check=0)
    for name in ("database", "Steam", "IGDB", "model", "object store", "Dagster"):
        assert f"ok   {name}" in done.stdout


def test_the_doctor_names_what_is_wrong_and_how_to_mend_it(ran, run_steampulse):
    done = run_steampulse("doctor", STEAMPULSE_STEAM_API_URL="http://127.0.0.1:9", check=1)
    assert "FAIL Steam" in done.stderr
    assert "STEAMPULSE_STEAM_API_URL" in done.stderr
    assert "ok   database" in done.stdout


def test_a_run_killed_midway_is_taken_up_without_loss_or_repetition(ran, run_steampulse, data_dir, tmp_path):
    env = {**os.environ, "STEAMPULSE_DATA_DIR": str(data_dir)}
    command = [str(Path(sys.executable).parent / "steampulse"), "run", str(MIDDLE)]
    killed = subprocess.Popen(command, env=env, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    for line in killed.stdout:
        if "reviews crawled" in line or "Catalogue" in line:
            break
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()

    done = run_steampulse("run", MIDDLE, check=0)

    assert "Vesper Protocol" in done.stdout
    counts = json.loads(run_steampulse("status", "--json", "--games", check=0).stdout)
    (game,) = [game for game in counts["games_status"] if game["appid"] == MIDDLE]
    assert (game["reviews"], game["reported"], game["reports"]) == (300, 300, 1)
    assert counts["review_revisions"] == 0
