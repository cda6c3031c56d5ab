from datetime import UTC, date, datetime, timedelta

import pytest

from steampulse_dagster.errors import SteamErrorKind
from steampulse_dagster.models.due import UNEXPECTED_ERROR, Pulse
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.services import due_rules

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def interval(*, rate=0.0, stored=500, now=NOW, fresh_hours=6.0, **pulse):
    return due_rules.choose_interval(Pulse(stored=stored, **pulse), rate=rate, now=now, fresh_hours=fresh_hours)


def plan(*, appid=10, now=NOW, fresh_hours=6.0, **pulse):
    return due_rules.compute_next_due(Pulse(**{"stored": 500, **pulse}), appid=appid, now=now, fresh_hours=fresh_hours)


@pytest.mark.parametrize(
    ("rate", "stored", "every"),
    [
        (0, 500, 30 * DAY),
        (0.1, 500, 30 * DAY),
        (1, 500, 8 * DAY),  # ten days to ten reviews
        (10, 500, DAY),
        (10, 5_000, 4 * DAY),  # five days to one per cent
        (10, 1_000_000, 8 * DAY),  # ten days to a full page, past which waiting saves nothing
        (1_000, 1_000_000, 6 * HOUR),
    ],
)
def test_a_game_is_due_when_a_useful_number_of_new_reviews_may_be_expected(rate, stored, every):
    assert interval(rate=rate, stored=stored) == every


def test_a_change_on_steam_halves_the_interval_for_a_week():
    assert interval(rate=1, modified_at=NOW - 6 * DAY) == 4 * DAY
    assert interval(rate=0, modified_at=NOW - 6 * DAY) == timedelta(hours=6 * 32)
    assert interval(rate=1, modified_at=NOW - 8 * DAY) == 8 * DAY


@pytest.mark.parametrize(("age_days", "every"), [(1, 6 * HOUR), (3, 12 * HOUR), (9, 2 * DAY), (400, 30 * DAY)])
def test_a_game_that_is_young_is_looked_at_more_often(age_days, every):
    assert interval(rate=0, released_on=NOW.date() - age_days * DAY) == every


def test_a_game_that_is_not_out_yet_is_due_within_an_hour_of_its_release():
    release = datetime(2026, 11, 4, 18, tzinfo=UTC)
    assert release <= plan(released_on=date(2026, 11, 4)).next_due_at < release + HOUR


def test_the_fresh_hours_are_the_shortest_interval_but_never_less_than_an_hour():
    assert interval(rate=10_000, fresh_hours=24) == DAY
    assert interval(rate=10_000, fresh_hours=0) == HOUR
    assert interval(rate=0, fresh_hours=24 * 60) == 60 * DAY


def test_a_wave_is_seen_at_once_and_forgotten_slowly():
    assert due_rules.measure_rate(Pulse(stored=9, new_in_3_days=90, new_in_30_days=90)) == 30
    assert due_rules.measure_rate(Pulse(stored=9, new_in_3_days=0, new_in_30_days=90)) == 3


def test_late_runs_do_not_shift_the_next_turn():
    punctual = plan(new_in_30_days=30)
    due = punctual.next_due_at
    for late in (timedelta(0), HOUR, 47 * HOUR):
        assert plan(new_in_30_days=30, now=due + late).next_due_at == due + punctual.every


def test_the_pause_after_a_crawl_out_of_turn_is_between_half_an_interval_and_a_whole_one():
    for hours in range(0, 400, 7):
        now = NOW + hours * HOUR
        gap = plan(new_in_30_days=30, now=now).next_due_at - now
        assert 4 * DAY < gap <= 8 * DAY


def test_games_crawled_together_come_back_spread_over_half_their_interval_and_the_same_each_time():
    moments = [plan(appid=appid, new_in_30_days=30).next_due_at for appid in range(10, 10_010, 10)]
    hours = [int((moment - NOW) / HOUR) for moment in moments]
    assert max(map(hours.count, set(hours))) <= 1_000 / (4 * 24) * 3
    assert moments == [plan(appid=appid, new_in_30_days=30).next_due_at for appid in range(10, 10_010, 10)]


def fail(state, kind, *, times=1, now=NOW, **changes):
    for _ in range(times):
        state = due_rules.note_failure(state, kind=kind, error="Steam said no.", now=now, **changes)
    return state


def test_back_off_doubles_up_to_the_longest_pause_of_its_kind():
    pauses = [
        due_rules.compute_next_attempt(SteamErrorKind.UNAVAILABLE, appid=10, failures=n, now=NOW, retry_at=None) - NOW
        for n in (1, 2, 3, 100)
    ]
    assert 5 * timedelta(minutes=1) <= pauses[0] < 7.5 * timedelta(minutes=1)
    assert pauses[1] / pauses[0] == pytest.approx(2)
    assert pauses[2] / pauses[0] == pytest.approx(4)
    assert 6 * HOUR <= pauses[3] < 9 * HOUR


def test_games_that_failed_together_come_back_apart():
    moments = {fail(CrawlState(appid=appid), SteamErrorKind.UNAVAILABLE).next_due_at for appid in range(10, 1_010, 10)}
    assert len(moments) == 100


def test_where_steam_says_when_that_is_when():
    closes = NOW + timedelta(hours=30)
    state = fail(CrawlState(appid=10), SteamErrorKind.BLOCKED, times=9, retry_at=closes)
    assert closes <= state.next_due_at < closes + timedelta(minutes=5)
    assert fail(CrawlState(appid=10), SteamErrorKind.BLOCKED, retry_at=NOW - HOUR).next_due_at > NOW


@pytest.mark.parametrize(
    "kind",
    [SteamErrorKind.RATE_LIMITED, SteamErrorKind.UNAVAILABLE, SteamErrorKind.BLOCKED, SteamErrorKind.KEY_REFUSED],
)
def test_no_game_is_given_up_for_what_is_steams_or_the_networks_fault(kind):
    assert fail(CrawlState(appid=10), kind, times=1_000).dead_since is None


@pytest.mark.parametrize(
    ("kind", "failures"),
    [(SteamErrorKind.NOT_FOUND, 3), (SteamErrorKind.UNEXPECTED_SHAPE, 10), (UNEXPECTED_ERROR, 5)],
)
def test_a_game_is_given_up_after_so_many_failures_of_a_kind_in_a_row(kind, failures):
    alive = fail(CrawlState(appid=10), kind, times=failures - 1)
    dead = fail(alive, kind)
    assert (alive.dead_since, alive.consecutive_failures) == (None, failures - 1)
    assert (dead.dead_since, dead.last_error, dead.last_error_kind) == (NOW, "Steam said no.", str(kind))
    assert dead.dead_reason == f"{failures} failures in a row: {kind.replace('_', ' ')}"


def test_a_changed_service_leaves_five_days_before_the_first_game_is_given_up():
    state, now = CrawlState(appid=10), NOW
    while state.dead_since is None:
        state = fail(state, SteamErrorKind.UNEXPECTED_SHAPE, now=now)
        now = state.next_due_at
    assert state.dead_since - NOW > 5 * DAY


def test_failures_of_another_kind_begin_a_new_count():
    state = fail(CrawlState(appid=10), SteamErrorKind.NOT_FOUND, times=2)
    state = fail(state, SteamErrorKind.UNAVAILABLE)
    assert fail(state, SteamErrorKind.NOT_FOUND).consecutive_failures == 1


def test_a_dead_game_that_fails_again_stays_dead_for_the_same_reason_since_the_same_time():
    dead = fail(CrawlState(appid=10), SteamErrorKind.NOT_FOUND, times=3)
    again = fail(dead, SteamErrorKind.UNAVAILABLE, now=NOW + DAY)
    assert (again.dead_since, again.dead_reason) == (NOW, dead.dead_reason)
    assert again.last_error_kind == "unavailable"


def test_a_success_brings_a_dead_game_back_to_life():
    dead = fail(CrawlState(appid=10), SteamErrorKind.NOT_FOUND, times=3)
    alive = due_rules.note_success(dead, Pulse(stored=1), now=NOW, fresh_hours=6)
    assert (alive.dead_since, alive.dead_reason, alive.last_error, alive.last_error_kind) == (None,) * 4
    assert (alive.consecutive_failures, alive.due_every) == (0, 30 * DAY)
