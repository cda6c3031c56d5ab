"""`steampulse library` as a person uses it, on the invented world."""

import json

import pytest

pytestmark = pytest.mark.integration

COLLECTOR = "76561202255100001"


def test_a_library_is_imported_looked_at_and_mended(run_steampulse):
    imported = run_steampulse("library", "import", "brasscollector", "--track", check=0).stdout
    assert "38 apps imported" in imported
    assert "68% of 37 games found" in imported
    assert "Its games are followed" in imported
    again = json.loads(run_steampulse("library", "import", COLLECTOR, "--json", check=0).stdout)
    assert (again["imported_count"], again["skipped_count"], again["unchanged_count"]) == (38, 0, 38)
    misses = json.loads(run_steampulse("library", "misses", "--json", check=0).stdout)
    appid = str(misses[0]["appid"])
    assert "Emberline" in run_steampulse("library", "match", appid, "910001", check=0).stdout
    shown = run_steampulse("library", "show", f"https://steamcommunity.com/profiles/{COLLECTOR}/", check=0).stdout
    assert "910001 (manual)" in shown or "26 MATCHED" in shown


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["import", "closedshutters"], "private"),
        (["import", "https://example.com/me"], "SteamID64"),
        (["match", "9000010", "5"], "IGDB has no game 5"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(run_steampulse, arguments, says):
    done = run_steampulse("library", *arguments, check=1)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_match_wants_one_thing(run_steampulse):
    assert "one of them" in run_steampulse("library", "match", "570", check=2).stderr
