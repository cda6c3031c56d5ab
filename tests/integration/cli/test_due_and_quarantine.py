"""What a person does about games that are due, that failed, and about things that could not be read."""

import json

import pytest

from steampulse_dagster.embedded.supervisor import acquire
from steampulse_dagster.errors import SteamErrorKind
from steampulse_dagster.models.lineage import Stage, StageFailure
from steampulse_dagster.models.quarantine import QuarantineSource, Unparsed
from steampulse_dagster.models.reviews import UnparsedReview
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.services.due import DueService
from steampulse_dagster.utils.db import Database
from tests.fake_steam import raw_review

pytestmark = pytest.mark.integration

SMALL, SMALLER = 9000110, 9000120
CRAWL = ["--stages", "games", "--stages", "reviews"]


@pytest.fixture
def database(run_steampulse, data_dir):
    """The database of the command under test, with its tables."""
    run_steampulse("list", check=0)
    with acquire(data_dir) as lease:
        database = Database(lease.url("steampulse"))
        yield database
        database.close()


def note(database, appid, kind, *, times=1):
    failure = StageFailure(
        appid=appid, stage=Stage.GAMES, code="STEAM_API_ERROR", kind=kind.value, retryable=False,
        reason=f"Store details of {appid}: \x1b[2J[red]no.",
    )  # fmt: skip
    for _ in range(times):
        DueService(database, fresh_hours=6).note_stage_failure(failure)


def states(run_steampulse):
    answer = json.loads(run_steampulse("status", "--games", "--json", check=0).stdout)
    return {game["appid"]: game["state"] for game in answer["games_status"]}


def test_what_is_due_is_run_and_then_nothing_is_due(run_steampulse):
    assert "No game is followed yet" in run_steampulse("due", check=0).stdout
    run_steampulse("track", SMALL, SMALLER, check=0)
    assert "2 due." in run_steampulse("due", check=0).stdout

    assert "games 1/1" in run_steampulse("run", "--due", "--limit", 1, *CRAWL, check=0).stdout
    assert sorted(states(run_steampulse).values()) == ["due", "waiting"]
    run_steampulse("run", "--due", *CRAWL, check=0)

    assert "Nothing is due. Next in" in run_steampulse("run", "--due", check=0).stdout
    upcoming = json.loads(run_steampulse("due", "--json", check=0).stdout)
    assert {game["appid"] for game in upcoming} == {SMALL, SMALLER}
    assert {game["state"] for game in upcoming} == {"waiting"}


def test_a_game_that_was_given_up_is_shown_reset_and_crawled(run_steampulse, database):
    note(database, SMALL, SteamErrorKind.NOT_FOUND, times=3)
    note(database, SMALLER, SteamErrorKind.UNAVAILABLE)
    assert states(run_steampulse) == {SMALL: "dead", SMALLER: "backing off"}
    assert "Nothing is due" in run_steampulse("run", "--due", check=0).stdout

    shown = run_steampulse("failures", check=0).stdout
    assert f"{SMALL}  Polder Kart  dead: not found" in shown
    assert "3 failures in a row: not found" in shown
    assert r"\x1b[2J[red]no." in shown
    assert "\x1b" not in shown
    assert "check the appid" in shown
    assert "2 failed, 1 of them given up" in shown
    listed = json.loads(run_steampulse("failures", "--json", check=0).stdout)
    assert [(game["appid"], game["last_error_kind"]) for game in listed] == [
        (SMALL, "not_found"),
        (SMALLER, "unavailable"),
    ]
    assert "not found" in run_steampulse("status", "--games", check=0).stdout

    assert f"Due again: {SMALLER}." in run_steampulse("retry", "--all", "--kind", "unavailable", check=0).stdout
    assert f"Due again: {SMALL}." in run_steampulse("retry", SMALL, check=0).stdout
    assert states(run_steampulse) == {SMALL: "due", SMALLER: "due"}
    run_steampulse("run", "--due", *CRAWL, check=0)
    assert states(run_steampulse) == {SMALL: "waiting", SMALLER: "waiting"}
    assert "No followed game has failed" in run_steampulse("failures", check=0).stdout


def test_a_run_that_names_a_dead_game_brings_it_back(run_steampulse, database):
    note(database, SMALL, SteamErrorKind.NOT_FOUND, times=3)
    run_steampulse("run", SMALL, *CRAWL, check=0)
    assert states(run_steampulse)[SMALL] == "waiting"


def test_the_quarantine_is_listed_shown_safely_and_replayed(run_steampulse, database):
    assert "Nothing is in quarantine" in run_steampulse("quarantine", "list", check=0).stdout
    raw = raw_review(1, review="[red]hostile\x1b[2J \u202e")
    author = {**raw["author"], "author_key": "key"}
    readable = UnparsedReview(payload=json.dumps({**raw, "author": author}), reason="a parser of yesterday")
    hostile = Unparsed(
        source=QuarantineSource.APPDETAILS, appid=SMALLER, payload="<html>\x1b[2J[red]\u202e", reason="not JSON"
    )
    with database.transaction() as conn:
        QuarantineRepository(conn).insert_reviews(SMALL, [readable])
        QuarantineRepository(conn).insert_many([hostile])

    listed = json.loads(run_steampulse("quarantine", "list", "--json", check=0).stdout)
    assert [(entry["appid"], entry["source"]) for entry in listed] == [(SMALLER, "appdetails"), (SMALL, "reviews")]
    assert "a parser of yesterday" in run_steampulse("quarantine", "list", "--appid", SMALL, check=0).stdout
    for entry in listed:
        shown = run_steampulse("quarantine", "show", entry["quarantine_id"], check=0).stdout
        assert "[red]" in shown
        assert not {"\x1b", "\u202e"} & set(shown)
    as_json = run_steampulse("quarantine", "show", listed[0]["quarantine_id"], "--json", check=0).stdout
    assert json.loads(as_json)["payload"] == "<html>\x1b[2J[red]\u202e"
    assert not {"\x1b", "\u202e"} & set(as_json)

    before = json.loads(run_steampulse("status", "--json", check=0).stdout)
    replayed = run_steampulse("quarantine", "replay", "--all", check=0).stdout
    assert "2 replayed: 1 stored, 0 known already as new or newer, 1 still cannot be read and stay" in replayed
    after = json.loads(run_steampulse("status", "--json", check=0).stdout)
    assert (after["reviews"] - before["reviews"], after["quarantine"]) == (1, 1)
    assert "Nothing to replay" in run_steampulse("quarantine", "replay", "--appid", SMALL, check=0).stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["retry", "424242"], "Not failed, so nothing to reset: 424242."),
        (["quarantine", "show", "424242"], "Nothing in quarantine has the number 424242"),
        (["quarantine", "replay", "424242"], "Not in quarantine: 424242. Nothing was replayed."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_there_is_named_in_one_sentence(run_steampulse, arguments, sentence):
    assert sentence in run_steampulse(*arguments, check=1).stderr
