"""Ticks over the runs of a real instance: what failed is told once with its games, what went well mends it."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from steampulse_dagster import bootstrap_orchestration
from steampulse_dagster.assets.failures import to_partial_failure
from steampulse_dagster.errors import AlertError
from steampulse_dagster.key_sets import JOB_NAME, STEP_NAME, KeySetConfig
from steampulse_dagster.models.catalog import TrackReason
from steampulse_dagster.models.lineage import Stage, StageFailure
from steampulse_dagster.repositories.tracking import TrackingRepository
from steampulse_dagster.sensors.alerts import RunEnd, alerts_sensor, choose_ends, parse_cursor
from steampulse_dagster.services.alerts import AlertService
from steampulse_dagster.utils.db import execute

pytestmark = pytest.mark.integration

GOOD, BAD = 440, 570


class Inbox:
    def __init__(self):
        self.got, self.down = [], False

    async def send(self, *, subject, body):
        if self.down:
            raise AlertError("down", retryable=True)
        self.got.append(body)


@pytest.fixture
def inbox(db, monkeypatch):
    inbox = Inbox()
    with db.transaction() as conn:
        names = {GOOD: "Good", BAD: "Bad"}
        TrackingRepository(conn).insert_many(names, reason=TrackReason.MANUAL, tracked_at=datetime.now(UTC))

    @asynccontextmanager
    async def open_alerts():
        yield AlertService(db, channels={"webhook": inbox}, cooldown=timedelta(hours=1))

    monkeypatch.setattr(bootstrap_orchestration, "open_alerts", open_alerts)
    return inbox


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def run_job(instance, *, bad=(), breaks=False):
    """A run that looks like one of the lineage: the same names, config and failure."""

    @dg.op(name=STEP_NAME, out=dg.Out(dg.Nothing))
    def drive(config: KeySetConfig):
        if breaks:
            raise ValueError("I hate this game, says a review")
        if bad:
            failures = [
                StageFailure(
                    appid=appid, stage=Stage.REVIEWS, code="STEAM_API_ERROR", kind="blocked", reason="Steam refuses.",
                    retryable=False,
                )
                for appid in bad
            ]  # fmt: skip
            raise to_partial_failure(failures, games=len(config.appids))

    @dg.job(name=JOB_NAME)
    def lineage():
        drive()

    config = {"ops": {STEP_NAME: {"config": {"appids": [GOOD, BAD]}}}}
    return lineage.execute_in_process(instance=instance, run_config=config, raise_on_error=False).run_id


class Daemon:
    """Keeps the cursor between ticks."""

    def __init__(self, instance):
        self.instance, self.cursor = instance, None

    def tick(self):
        with dg.build_sensor_context(instance=self.instance, cursor=self.cursor) as context:
            result = alerts_sensor(context)
        self.cursor = result.cursor
        return result


def test_a_partial_failure_is_told_with_its_games_and_mended_by_the_next_run(instance, inbox):
    daemon = Daemon(instance)
    daemon.tick()
    run_id = run_job(instance, bad=[BAD])
    daemon.tick()
    daemon.tick()

    (body,) = inbox.got
    assert f"1 of 2 games failed in run {run_id[:8]}" in body
    assert "570 (Bad). Steam refuses." in body

    run_job(instance)
    daemon.tick()

    assert "mended: reviews STEAM_API_ERROR blocked" in inbox.got[1]
    daemon.tick()
    assert len(inbox.got) == 2


def test_a_cause_that_was_told_is_quiet_for_its_cool_down_and_then_told_with_its_count(instance, inbox, db):
    daemon = Daemon(instance)
    daemon.tick()
    for _ in range(3):
        run_job(instance, bad=[BAD])
        daemon.tick()
    assert len(inbox.got) == 1

    run_job(instance, bad=[GOOD, BAD])  # more games of the same cause are no news
    daemon.tick()
    assert len(inbox.got) == 1

    with db.transaction() as conn:
        execute(conn, "update alerts set told_at = told_at - interval '61 minutes'")
    run_job(instance, bad=[BAD])
    daemon.tick()
    assert "Seen in 5 runs since" in inbox.got[1]
    run_job(instance)
    daemon.tick()
    assert "over after 5 failed runs" in inbox.got[2]
    assert len(inbox.got) == 3


def test_a_run_that_broke_is_told_by_the_kind_of_its_error_alone(instance, inbox):
    daemon = Daemon(instance)
    daemon.tick()
    run_job(instance, breaks=True)
    daemon.tick()

    assert f"ValueError in {STEP_NAME}" in inbox.got[0]
    assert "hate" not in inbox.got[0]


def test_a_run_that_dagster_repeats_by_itself_is_told_by_its_repetition(instance, inbox):
    daemon = Daemon(instance)
    daemon.tick()
    run_id = run_job(instance, breaks=True)
    instance.add_run_tags(run_id, {"dagster/will_retry": "true"})
    daemon.tick()

    assert inbox.got == []


def test_what_failed_before_the_sensor_was_turned_on_is_no_news(instance, inbox):
    run_job(instance, bad=[BAD])
    daemon = Daemon(instance)
    daemon.tick()
    daemon.tick()

    assert inbox.got == []


def test_a_channel_that_is_down_does_not_fail_the_tick(instance, inbox):
    daemon = Daemon(instance)
    daemon.tick()
    inbox.down = True
    run_job(instance, bad=[BAD])

    assert "tried again later" in daemon.tick().skip_reason.skip_message


def test_ends_are_taken_in_order_and_never_past_what_was_read():
    failed = [RunEnd(number, "failed", str(number)) for number in (1, 5)]
    fine = [RunEnd(number, "succeeded", str(number)) for number in (2, 4, 9)]

    assert [end.storage_id for end in choose_ends({"failed": failed, "succeeded": fine}, most=9)] == [1, 2, 4, 5, 9]
    assert [end.storage_id for end in choose_ends({"failed": failed, "succeeded": fine}, most=2)] == [1, 2, 4, 5]


def test_a_cursor_that_cannot_be_read_begins_anew():
    assert parse_cursor("rubbish") is None
    assert parse_cursor(None) is None
