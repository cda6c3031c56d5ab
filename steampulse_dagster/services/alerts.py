"""Keeps what is wrong until it is mended, and sees that people hear of it once.

Reads `tracked_games`; writes `alerts`, `alert_games`, `alert_notices`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from steampulse_dagster.errors import AlertError
from steampulse_dagster.models.alerts import Alert, Notice, RunReport
from steampulse_dagster.repositories.alerts import AlertRepository
from steampulse_dagster.services.alert_rules import clean_reason, group_failures, tell_failure, tell_mended
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

NOTICES_AT_ONCE = 20
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
NEWS_FOR = timedelta(days=7)
"""What could not be delivered for so long is no news any more."""


class AlertChannel(Protocol):
    """A way to people."""

    async def send(self, *, subject: str, body: str) -> None:
        """Deliver one message. Raises AlertError, whose message holds no secret."""
        ...


class AlertService:
    """Takes in runs that have ended, each once or often, and delivers what is to be told. `secrets` are taken out of
    every text."""

    def __init__(
        self,
        database: Database,
        *,
        channels: Mapping[str, AlertChannel],
        cooldown: timedelta,
        secrets: Sequence[str] = (),
    ) -> None:
        self._db = database
        self._channels = channels
        self._cooldown = cooldown
        self._secrets = tuple(secrets)

    def has_open(self) -> bool:
        """Whether anything waits to be mended."""
        with self._db.connection() as conn:
            return AlertRepository(conn).has_open()

    def take_in(self, report: RunReport) -> None:
        """Note what a run shows to be wrong, and what it has mended; write the messages about both. Blocks."""
        report = self._clean(report)
        with self._db.transaction() as conn:
            alerts = AlertRepository(conn)
            self._note_mended(alerts, report)
            if report.failed:
                self._note_failed(alerts, report)

    async def deliver(self) -> tuple[int, int]:
        """Send what is due; how many messages arrived and how many did not. Those are tried again later, and a
        channel that fails is left alone until then."""
        arrived, down = 0, dict[str, int]()
        for notice in await asyncio.to_thread(self._list_due):
            if notice.channel in down:
                continue
            try:
                await self._channels[notice.channel].send(subject=notice.subject, body=notice.body)
            except AlertError as error:
                log.warning("alert_not_delivered", channel=notice.channel, reason=error.message)
                down[notice.channel] = 1
                await asyncio.to_thread(self._note_undelivered, notice, error.message)
            else:
                arrived += 1
                await asyncio.to_thread(self._note_delivered, notice)
        return arrived, sum(down.values())

    async def send_test(self) -> tuple[str, ...]:
        """One message on each channel, at once; the channels. Raises AlertError."""
        for channel in self._channels.values():
            await channel.send(subject="SteamPulse: test", body="This is how alerts of SteamPulse arrive.")
        return tuple(self._channels)

    def list_newest(self, *, limit: int, resolved: bool = False) -> tuple[Alert, ...]:
        """Open alerts, with the resolved ones if wanted, the newest first."""
        with self._db.connection() as conn:
            return AlertRepository(conn).list_newest(limit=limit, resolved=resolved)

    def count_undelivered(self) -> int:
        """Messages that nobody got yet."""
        with self._db.connection() as conn:
            return AlertRepository(conn).count_undelivered()

    def _clean(self, report: RunReport) -> RunReport:
        failures = tuple(
            game.model_copy(update={"reason": clean_reason(game.reason, code=game.code, secrets=self._secrets)})
            for game in report.failures
        )
        message = clean_reason(report.message, secrets=self._secrets)
        return report.model_copy(update={"failures": failures, "message": message})

    def _note_failed(self, alerts: AlertRepository, report: RunReport) -> None:
        opened: list[Alert] = []
        for cause, games in group_failures(report.failures).items():
            alert = alerts.open(cause=cause, job_name=report.job_name, reason=games[0].reason, run_id=report.run_id)
            alerts.add_games(alert.alert_id, games)
            opened.append(alert)
        if report.failed_whole:
            opened.append(
                alerts.open(
                    cause=report.job_cause, job_name=report.job_name, reason=report.message, run_id=report.run_id
                )
            )
        ids = [alert.alert_id for alert in opened]
        if alerts.list_quiet(ids, cooldown=self._cooldown) >= set(ids):
            return
        names = alerts.list_names([game.appid for game in report.failures])
        alerts.insert_notice(tell_failure(report, names=names, earlier=opened), list(self._channels))
        alerts.mark_told(ids)

    def _note_mended(self, alerts: AlertRepository, report: RunReport) -> None:
        for stage, appids in report.mended.items():
            alerts.mend_games(stage, sorted(appids))
        alerts.forget_untracked()
        resolved = alerts.resolve(job_cause=None if report.failed_whole else report.job_cause)
        told = [alert for alert in resolved if alert.told_at is not None]
        if told:
            alerts.insert_notice(tell_mended(report, told), list(self._channels))

    def _list_due(self) -> tuple[Notice, ...]:
        with self._db.connection() as conn:
            return AlertRepository(conn).list_due(list(self._channels), limit=NOTICES_AT_ONCE, newer_than=NEWS_FOR)

    def _note_delivered(self, notice: Notice) -> None:
        with self._db.transaction() as conn:
            AlertRepository(conn).mark_delivered(notice.notice_id)

    def _note_undelivered(self, notice: Notice, error: str) -> None:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(notice.attempts, 16))
        with self._db.transaction() as conn:
            AlertRepository(conn).mark_undelivered(notice.notice_id, error=error, wait=wait)
