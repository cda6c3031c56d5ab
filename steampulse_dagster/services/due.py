"""What is due, what failed, and the way back for the dead: asks and resets `crawl_state`."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from steampulse_dagster.errors import NotFoundError
from steampulse_dagster.models.due import UNEXPECTED_ERROR, DueState, GameSchedule, ResetFailures
from steampulse_dagster.models.lineage import Stage, StageFailure
from steampulse_dagster.models.quarantine import QuarantineSource, Unparsed
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.repositories.analysis_jobs import JobRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.due import DueRepository
from steampulse_dagster.repositories.quarantine import QuarantineRepository
from steampulse_dagster.services import due_rules
from steampulse_dagster.utils.clock import utc_now
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.text import clean_line

log = structlog.get_logger()

LONGEST_REASON = 500
"""Characters of an unforeseen error that are kept."""


class DueService:
    """The timetable of followed games. Asks nobody but the database, and blocks on it."""

    def __init__(self, db: Database, *, fresh_hours: float, clock: Callable[[], datetime] = utc_now) -> None:
        self._db = db
        self._fresh = timedelta(hours=fresh_hours)
        self._clock = clock

    def list_due(self, limit: int | None = None, *, now: datetime | None = None) -> list[GameSchedule]:
        """What should be crawled now, longest overdue in parts of its own interval first. Dead games are not in it."""
        shortest = max(self._fresh, due_rules.FLOOR)
        with self._db.connection() as conn:
            repository = DueRepository(conn)
            return repository.list_due(now=now or self._clock(), fresh=self._fresh, shortest=shortest, limit=limit)

    def list_upcoming(self, limit: int | None = None) -> list[GameSchedule]:
        """Games by their next moment, due ones first. Dead games are not in it."""
        with self._db.connection() as conn:
            return DueRepository(conn).list_by_time(now=self._clock(), fresh=self._fresh, limit=limit)

    def list_failures(self) -> list[GameSchedule]:
        """Games that are dead or back off after a failure, dead ones first."""
        with self._db.connection() as conn:
            return DueRepository(conn).list_failed(now=self._clock(), fresh=self._fresh)

    def count_by_state(self) -> dict[DueState, int]:
        """How many followed games are due, waiting, backing off and dead."""
        with self._db.connection() as conn:
            return DueRepository(conn).count_by_state(now=self._clock(), fresh=self._fresh)

    def reset_failures(self, appids: Sequence[int] | None = None, *, kind: str | None = None) -> ResetFailures:
        """Make failed and dead games due now, and queue failed analyses again: of these games, or of all. With a `kind`
        only crawls that failed in that way.

        Raises NotFoundError naming the given appids of which nothing has failed; the others are reset all the same.
        """
        with self._db.transaction() as conn:
            crawls = DueRepository(conn).reset_failed(appids, kind=kind, now=self._clock())
            analyses = () if kind else JobRepository(conn).reset_failed(appids)
        reset = ResetFailures(crawls=crawls, analyses=analyses)
        if reset.appids:
            log.info("failures_reset", games=len(reset.appids), appids=reset.appids[:20], kind=kind)
        missing = sorted(set(appids or ()).difference(reset.appids))
        if missing:
            done = f" Reset: {', '.join(map(str, reset.appids))}." if reset.appids else ""
            raise NotFoundError(f"Not failed, so nothing to reset: {', '.join(map(str, missing))}.{done}")
        return reset

    def note_stage_failure(self, failure: StageFailure, *, payload: str | None = None) -> bool:
        """Set back a game that failed where the crawl of its reviews does not note it itself; whether it was noted.

        That is: Steam refused its store metadata, or this program has a fault. Without a note the game would stay
        due and be tried again by every run. Failures that are no fault of the game (settings, database) are not noted.
        `payload`, an answer of the store that could not be read, goes to quarantine beside it.
        """
        kind = _kind_to_note(failure)
        if kind is None:
            return False
        now = self._clock()
        with self._db.transaction() as conn:
            repository = CrawlStateRepository(conn)
            state = repository.get(failure.appid) or CrawlState(appid=failure.appid)
            reason = clean_line(failure.reason)[:LONGEST_REASON]
            repository.mark_failed(
                due_rules.note_failure(state, kind=kind, error=reason, now=now, retry_at=failure.retry_at)
            )
            if payload is not None:
                QuarantineRepository(conn).insert_many([_unreadable_details(failure, payload)])
        return True


def _unreadable_details(failure: StageFailure, payload: str) -> Unparsed:
    # One row for each app, whatever the answer says today: the next crawl asks anew.
    return Unparsed(
        source=QuarantineSource.APPDETAILS,
        appid=failure.appid,
        key=QuarantineSource.APPDETAILS.value,
        payload=payload,
        reason=failure.reason,
    )


def _kind_to_note(failure: StageFailure) -> str | None:
    match failure.stage, failure.code:
        case Stage.GAMES, "STEAM_API_ERROR":
            return failure.kind
        case ((Stage.GAMES | Stage.REVIEWS), "UNEXPECTED_ERROR"):
            return UNEXPECTED_ERROR
        case _:
            return None
