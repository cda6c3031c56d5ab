"""Alerts on a real database: told once, told again after the cool-down, over when mended, delivered late if need be."""

from datetime import UTC, datetime, timedelta

import pytest

from steampulse_dagster.errors import AlertError
from steampulse_dagster.models.alerts import FailedGame, RunReport
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.services.alerts import AlertService
from steampulse_dagster.utils.db import execute

pytestmark = pytest.mark.integration

GAMES = {570: "Dota 2", 440: "Team Fortress 2", 10: "Counter-Strike"}


class Channel:
    def __init__(self, *, down=False):
        self.down = down
        self.got = []

    async def send(self, *, subject, body):
        if self.down:
            raise AlertError("The webhook answered 503.", retryable=True)
        self.got.append(body)


@pytest.fixture
def channel():
    return Channel()


@pytest.fixture
def alerts(db, channel):
    with db.transaction() as conn:
        TrackingRepository(conn).insert_many(GAMES, reason=TrackReason.MANUAL, tracked_at=datetime.now(UTC))
    return build(db, channel)


def build(db, channel, *, cooldown=timedelta(hours=1), **more):
    return AlertService(db, channels={"webhook": channel, **more}, cooldown=cooldown, secrets=["hunter22"])


def failed(appid, kind="blocked", stage="reviews", reason="Steam refuses."):
    return FailedGame(appid=appid, stage=stage, code="STEAM_API_ERROR", kind=kind, reason=reason)


def report(run_id, *failures, failed=True, mended=None, message="", job="refresh_games_job"):
    return RunReport(
        run_id=run_id, job_name=job, failed=failed, games=3, failures=failures, message=message, mended=mended or {}
    )


async def test_a_failed_run_is_one_message_with_all_its_games(alerts, channel):
    alerts.take_in(report("a", failed(570), failed(440), failed(10, "incomplete", reason="Short. hunter22")))

    assert await alerts.deliver() == (1, 0)
    (body,) = channel.got
    assert "(2): 440 (Team Fortress 2), 570 (Dota 2)" in body
    assert "10 (Counter-Strike). Short. ***" in body


async def test_the_same_run_taken_in_twice_is_told_once(alerts, channel):
    for _ in range(2):
        alerts.take_in(report("a", failed(570)))
        await alerts.deliver()

    assert len(channel.got) == 1
    assert alerts.list_newest(limit=5)[0].runs == 1


async def test_within_the_cool_down_a_cause_is_counted_and_not_told(alerts, channel, db):
    for run_id in ("a", "b", "c"):
        alerts.take_in(report(run_id, failed(570)))
    await alerts.deliver()
    assert len(channel.got) == 1

    with db.transaction() as conn:
        execute(conn, "update alerts set told_at = now() - interval '2 hours'")
    alerts.take_in(report("d", failed(570)))
    await alerts.deliver()

    assert len(channel.got) == 2
    assert "Seen in 4 runs" in channel.got[1]


async def test_another_cause_is_told_although_one_is_quiet(alerts, channel):
    alerts.take_in(report("a", failed(570)))
    alerts.take_in(report("b", failed(570), failed(10, "incomplete")))
    await alerts.deliver()

    assert len(channel.got) == 2


async def test_people_hear_that_it_is_over_when_the_last_game_came_through_that_stage(alerts, channel):
    alerts.take_in(report("a", failed(570), failed(440)))
    alerts.take_in(report("b", failed=False, mended={"games": {570, 440}, "reviews": {570}}))
    await alerts.deliver()
    assert len(channel.got) == 1
    assert alerts.list_newest(limit=5)[0].games == 1

    alerts.take_in(report("c", failed(10, "incomplete"), mended={"reviews": {440}}))
    await alerts.deliver()

    assert len(channel.got) == 3
    assert "mended: reviews STEAM_API_ERROR blocked" in channel.got[1]
    assert [alert.cause for alert in alerts.list_newest(limit=5)] == ["reviews STEAM_API_ERROR incomplete"]


async def test_a_game_that_nobody_follows_any_more_keeps_no_alert_open(alerts, db):
    alerts.take_in(report("a", failed(570)))
    with db.transaction() as conn:
        execute(conn, "delete from tracked_games where appid = 570")

    alerts.take_in(report("b", failed=False))

    assert alerts.list_newest(limit=5) == ()


async def test_a_job_that_failed_as_a_whole_is_over_when_it_runs_again(alerts, channel):
    alerts.take_in(report("a", message="No money left.", job="advance_bulk_job"))
    alerts.take_in(report("b", failed=False, job="refresh_games_job"))
    assert len(alerts.list_newest(limit=5)) == 1

    alerts.take_in(report("c", failed=False, job="advance_bulk_job"))
    await alerts.deliver()

    assert alerts.list_newest(limit=5) == ()
    assert "No money left." in channel.got[0]
    assert "runs again" in channel.got[1]


async def test_what_cannot_be_delivered_is_tried_again_later_and_stops_nothing(alerts, channel, db):
    other, channel.down = Channel(), True
    both = build(db, channel, mail=other)
    both.take_in(report("a", failed(570)))

    assert await both.deliver() == (1, 1)
    assert await both.deliver() == (0, 0), "not before its time"
    assert both.count_undelivered() == 1

    channel.down = False
    with db.transaction() as conn:
        execute(conn, "update alert_notices set due_at = now()")
    assert await both.deliver() == (1, 0)
    assert (len(channel.got), len(other.got)) == (1, 1)


async def test_a_channel_that_is_down_is_asked_once_a_tick(alerts, channel):
    channel.down = True
    alerts.take_in(report("a", failed(570)))
    alerts.take_in(report("b", failed(10, "incomplete")))

    assert await alerts.deliver() == (0, 1)
