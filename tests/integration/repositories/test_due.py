"""What is due, as PostgreSQL answers it."""

from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.models.catalog import CatalogApp, TrackReason
from steampulse_dagster.models.due import DueState
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.repositories.catalog import CatalogRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.utils.db import execute

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRESH = 6 * HOUR


@pytest.fixture
def conn(db):
    with db.transaction() as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def due(conn):
    return DueRepository(conn)


def follow(conn, *states, tracked_at=NOW - DAY, new=()):
    appids = [state.appid for state in states] + list(new)
    names = {appid: f"Game {appid}" for appid in appids}
    TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=tracked_at)
    for state in states:
        CrawlStateRepository(conn).upsert(state)


def crawled(appid, *, ago, every, **changes):
    finished = NOW - ago
    state = CrawlState(appid=appid, finished_at=finished, due_every=every, next_due_at=finished + every)
    return state.model_copy(update=changes)


def list_due(due, limit=None):
    return [game.appid for game in due.list_due(now=NOW, fresh=FRESH, shortest=FRESH, limit=limit)]


def states(due):
    return {game.appid: game.state for game in due.list_all(now=NOW, fresh=FRESH)}


def test_a_state_comes_back_as_it_was_written(conn):
    state = crawled(
        10, ago=DAY, every=8 * DAY, reviews_per_day=1.5, last_failed_at=NOW, consecutive_failures=2
    ).model_copy(update={"last_error": "no", "last_error_kind": "blocked", "dead_since": NOW, "dead_reason": "tired"})
    CrawlStateRepository(conn).upsert(state)
    assert CrawlStateRepository(conn).get(10) == state


def test_every_followed_game_is_in_one_of_four_states(conn, due):
    follow(
        conn,
        crawled(10, ago=2 * DAY, every=DAY),
        crawled(20, ago=HOUR, every=DAY),
        crawled(30, ago=2 * DAY, every=DAY, next_due_at=NOW + HOUR, consecutive_failures=1),
        crawled(40, ago=2 * DAY, every=DAY, dead_since=NOW - DAY, consecutive_failures=3),
        new=[50],
    )
    assert states(due) == {
        10: DueState.DUE,
        20: DueState.WAITING,
        30: DueState.BACKING_OFF,
        40: DueState.DEAD,
        50: DueState.DUE,
    }
    assert sorted(list_due(due)) == [10, 50]
    assert due.count_by_state(now=NOW, fresh=FRESH)[DueState.DUE] == 2
    assert [game.appid for game in due.list_failed(now=NOW, fresh=FRESH)] == [40, 30]
    assert [game.appid for game in due.list_by_time(now=NOW, fresh=FRESH, limit=None)] == [10, 50, 30, 20]


def test_a_failure_whose_pause_is_over_is_due(conn, due):
    follow(conn, crawled(10, ago=2 * DAY, every=DAY, next_due_at=NOW - HOUR, consecutive_failures=1))
    assert list_due(due) == [10]


def test_what_is_crawled_but_not_followed_is_not_due(conn, due):
    CrawlStateRepository(conn).upsert(crawled(10, ago=9 * DAY, every=DAY))
    assert list_due(due) == []


def test_the_longest_overdue_in_parts_of_its_own_interval_comes_first(conn, due):
    follow(
        conn,
        crawled(10, ago=31 * DAY, every=30 * DAY),
        crawled(20, ago=HOUR * 9, every=6 * HOUR),
        crawled(30, ago=3 * DAY, every=DAY),
        crawled(40, ago=3 * DAY, every=DAY, stored=7),
    )
    assert list_due(due) == [40, 30, 20, 10]
    assert list_due(due, limit=2) == [40, 30]


def test_a_new_game_counts_as_the_shortest_interval_since_it_is_followed(conn, due):
    follow(conn, crawled(10, ago=3 * DAY, every=DAY), new=[20], tracked_at=NOW - 13 * HOUR)
    assert list_due(due) == [20, 10]


def change_in_catalog(conn, appid, *, first_seen, changed):
    CatalogRepository(conn).upsert_many([CatalogApp(appid=appid, name=f"Game {appid}")])
    sql = "update app_catalog set first_seen_at = %(first)s, changed_at = %(changed)s where appid = %(appid)s"
    execute(conn, sql, {"appid": appid, "first": first_seen, "changed": changed})


def due_at(due, appid):
    return next(game.due_at for game in due.list_all(now=NOW, fresh=FRESH) if game.appid == appid)


def test_a_change_in_the_catalogue_after_the_crawl_makes_a_game_due_a_day_after_it(conn, due):
    follow(conn, crawled(10, ago=2 * DAY, every=30 * DAY), crawled(20, ago=2 * DAY, every=30 * DAY))
    change_in_catalog(conn, 10, first_seen=NOW - 90 * DAY, changed=NOW - HOUR)
    change_in_catalog(conn, 20, first_seen=NOW - 90 * DAY, changed=NOW - 3 * DAY)
    assert (due_at(due, 10), due_at(due, 20)) == (NOW - DAY, NOW + 28 * DAY)
    assert list_due(due) == [10]


def test_after_a_change_a_quarter_of_the_interval_passes_but_never_less_than_the_fresh_hours(conn, due):
    follow(conn, crawled(10, ago=HOUR, every=2 * DAY), crawled(20, ago=HOUR, every=12 * HOUR))
    for appid in (10, 20):
        change_in_catalog(conn, appid, first_seen=NOW - 90 * DAY, changed=NOW)
    assert (due_at(due, 10), due_at(due, 20)) == (NOW + 11 * HOUR, NOW + 5 * HOUR)


def test_the_first_walk_of_the_catalogue_is_no_change_of_its_games(conn, due):
    follow(conn, crawled(10, ago=2 * DAY, every=30 * DAY))
    change_in_catalog(conn, 10, first_seen=NOW - HOUR, changed=NOW - HOUR)
    assert list_due(due) == []


def test_a_change_does_not_cut_a_back_off_short(conn, due):
    failed = {"next_due_at": NOW + HOUR, "consecutive_failures": 1, "last_error": "no"}
    follow(conn, crawled(10, ago=9 * DAY, every=DAY, **failed))
    change_in_catalog(conn, 10, first_seen=NOW - 90 * DAY, changed=NOW)
    assert list_due(due) == []


def test_a_reset_makes_failed_and_dead_games_due_and_leaves_the_others(conn, due):
    failed = {"next_due_at": NOW + DAY, "consecutive_failures": 3, "last_error": "no"}
    follow(
        conn,
        crawled(10, ago=9 * DAY, every=DAY, **failed, last_error_kind="not_found", dead_since=NOW, dead_reason="x"),
        crawled(20, ago=9 * DAY, every=DAY, **failed, last_error_kind="unavailable"),
        crawled(30, ago=HOUR, every=DAY),
    )
    assert due.reset_failed([10, 30], kind="unavailable", now=NOW) == ()
    assert due.reset_failed(None, kind="unavailable", now=NOW) == (20,)
    assert due.reset_failed([10, 30], kind=None, now=NOW) == (10,)
    assert due.reset_failed(None, kind=None, now=NOW) == ()
    assert sorted(list_due(due)) == [10, 20]
    assert CrawlStateRepository(conn).get(10).last_error == "no"
    assert due.list_failed(now=NOW, fresh=FRESH) == []
