"""Rules that follow games and the plan of a night, as a person uses them."""

import json

import pytest

from steampulse_dagster.embedded.supervisor import acquire
from steampulse_dagster.utils.db import Database
from tests.selection_rows import store_job

pytestmark = pytest.mark.integration

STRATEGY, LARGE = 9000040, 9000010


def test_rules_follow_games_up_to_their_cap_and_the_night_plans_for_them(run_steampulse, data_dir):
    run_steampulse("track", "--min-reviews", 500, check=0)  # fetches the catalogue
    added = run_steampulse("rules", "add", "--tag", "strategy", "--up-to", 5, check=0).stdout
    assert "1 games match, 0 of them are followed, 1 are added." in added
    assert "Copperline Yards  (220 reviews)" in added
    assert "Nothing was changed" in run_steampulse("rules", "apply", "--dry-run", check=0).stdout
    assert STRATEGY not in list_followed(run_steampulse)
    run_steampulse("rules", "apply", check=0)
    assert list_followed(run_steampulse)[STRATEGY] == "rule"

    run_steampulse("untrack", STRATEGY, check=0)
    (outcome,) = json.loads(run_steampulse("rules", "apply", "--json", check=0).stdout)
    assert (outcome["refused"], outcome["chosen"]) == (1, [])
    assert "There is no rule 2" in run_steampulse("rules", "remove", 1, 2, check=1).stderr

    shown = run_steampulse("plan", "--tonight", check=0, STEAMPULSE_AUTOMATION="off").stdout
    assert f"{LARGE}  Emberline Salvage  crawl and analyse  never crawled" in shown
    assert str(STRATEGY) not in shown
    assert "nightly_backfill_schedule is off: turn it on in the UI" in shown


def test_a_failed_analysis_is_queued_again_and_the_command_says_who_takes_it(run_steampulse, data_dir):
    run_steampulse("list", check=0)
    with acquire(data_dir) as lease:
        database = Database(lease.url("steampulse"))
        with database.transaction() as conn:
            store_job(conn, LARGE, "failed")
        database.close()
    retried = run_steampulse("retry", LARGE, check=0).stdout
    assert f"To be analysed again: {LARGE}. The next tick of new_reviews_sensor takes them" in retried
    (job,) = json.loads(run_steampulse("jobs", "--json", check=0).stdout)
    assert (job["appid"], job["state"]) == (LARGE, "queued")


def list_followed(run_steampulse):
    return {game["appid"]: game["reason"] for game in json.loads(run_steampulse("list", "--json", check=0).stdout)}
