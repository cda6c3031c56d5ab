"""What people are told of a run: every game and reason, nothing secret, nothing hostile."""

from datetime import UTC, datetime

import pytest

from steampulse_dagster.models.alerts import Alert, FailedGame, RunReport
from steampulse_dagster.services.alert_rules import clean_reason, group_failures, tell_failure, tell_mended

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def failed(appid, *, stage="reviews", code="STEAM_API_ERROR", kind="blocked", reason="Steam refuses."):
    return FailedGame(appid=appid, stage=stage, code=code, kind=kind, reason=reason)


def report(*failures, games=10, message=""):
    return RunReport(
        run_id="0123456789ab", job_name="refresh_games_job", failed=True, games=games, failures=failures,
        message=message, mended={},
    )  # fmt: skip


def alert(cause="reviews STEAM_API_ERROR blocked", runs=1):
    return Alert(
        alert_id=1, cause=cause, job_name="refresh_games_job", reason="", runs=runs, last_run_id="r", opened_at=NOW,
        last_seen_at=NOW, told_at=NOW,
    )  # fmt: skip


def test_a_message_names_every_cause_with_its_games_and_the_reason():
    told = tell_failure(
        report(failed(570), failed(440), failed(10, stage="reports", code="ANALYST_ERROR", kind="", reason="Cut off.")),
        names={570: "Dota 2"},
        earlier=[],
    )

    assert told.subject == "SteamPulse: 3 of 10 games failed in run 01234567 of refresh_games_job"
    assert "• reviews STEAM_API_ERROR blocked (2): 440, 570 (Dota 2). Steam refuses." in told.body
    assert "• reports ANALYST_ERROR (1): 10. Cut off." in told.body


def test_many_games_are_counted_and_the_first_named():
    told = tell_failure(report(*(failed(appid) for appid in range(1, 301)), games=300), names={}, earlier=[])

    assert "(300): 1, 2, 3" in told.body
    assert "and 280 more" in told.body
    assert len(told.body) < 1_000


def test_a_run_that_failed_as_a_whole_says_why():
    told = tell_failure(report(message="PostgreSQL cannot be reached."), names={}, earlier=[])

    assert told.body == "SteamPulse: run 01234567 of refresh_games_job failed\nPostgreSQL cannot be reached."


def test_a_cause_that_was_seen_before_says_how_often_and_since_when():
    told = tell_failure(report(failed(570)), names={}, earlier=[alert(runs=4)])

    assert "Seen in 4 runs since 2026-11-29 12:00 UTC: reviews STEAM_API_ERROR blocked." in told.body


def test_a_name_cannot_break_lines_and_is_capped():
    told = tell_failure(report(failed(570)), names={570: "Evil\nSubject: x\u202e" + "y" * 500}, earlier=[])

    line = next(line for line in told.body.splitlines() if "570" in line)
    assert "Evil Subject: x y" in line
    assert len(line) < 200


@pytest.mark.parametrize(
    ("reason", "clean"),
    [
        ("GET https://x/?key=ABCDEF&appid=5 failed", "GET https://x/?key=***&appid=5 failed"),
        ("postgresql://me:hunter22@db/x is gone", "postgresql://***@db/x is gone"),
        ("the token tok-123456 is old", "the token *** is old"),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("y" * 400, "y" * 299 + "…"),
    ],
)
def test_reasons_leave_the_house_without_secrets(reason, clean):
    assert clean_reason(reason, secrets=["tok-123456", "x", ""]) == clean


def test_of_an_error_that_nobody_foresaw_only_the_kind_is_told():
    told = clean_reason("ValidationError: input_value='I hate this game, says a review'", code="UNEXPECTED_ERROR")

    assert told == "ValidationError"


def test_failures_are_grouped_by_stage_code_and_kind_the_most_frequent_first():
    groups = group_failures([failed(1, kind="rate_limited"), failed(3), failed(2)])

    assert list(groups) == ["reviews STEAM_API_ERROR blocked", "reviews STEAM_API_ERROR rate_limited"]
    assert [game.appid for game in groups["reviews STEAM_API_ERROR blocked"]] == [2, 3]


def test_a_word_that_it_is_mended_names_each_cause():
    told = tell_mended(report(), [alert(runs=3), alert("job advance_bulk_job")])

    assert told.subject == "SteamPulse: mended: reviews STEAM_API_ERROR blocked and 1 more"
    assert "over after 3 failed runs since 2026-11-29 12:00 UTC" in told.body
    assert "job advance_bulk_job: runs again after 1 failed runs" in told.body
