from datetime import UTC, datetime

import pytest

from steampulse_dagster.errors import DatabaseError, SteamApiError, SteamErrorKind, advise

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("kind", SteamErrorKind)
def test_every_kind_says_whether_waiting_helps_and_only_those_that_do_are_retried(kind):
    error = SteamApiError("Reviews of 570: no.", kind=kind, appid=570)
    assert error.advice == advise(kind)
    assert error.retryable == error.advice.startswith("Waiting helps")
    assert (error.code, error.appid, str(error)) == ("STEAM_API_ERROR", 570, "Reviews of 570: no.")


def test_where_the_moment_is_known_the_advice_names_it():
    closes = datetime(2026, 11, 3, 7, 30, tzinfo=UTC)
    error = SteamApiError("Reviews of 570: no.", kind=SteamErrorKind.BLOCKED, retry_at=closes)
    assert error.advice == "Waiting helps: try again after 2026-11-03 07:30 UTC."


def test_other_errors_say_it_in_their_message():
    assert DatabaseError("PostgreSQL cannot be reached.").advice is None
