"""Pass 2 for one game: scores, sections, the stored report and its files; and reading reports.

Reads what report_inputs.py reads; writes `summary_nodes`, `reports`, `report_heads`, `report_proofs` and the object
store.
"""

import asyncio
from collections.abc import Sequence

import structlog

from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.analyzer.sections import build_empty_draft, build_report
from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.errors import NoReviewsError, NotFoundError
from steampulse_dagster.models.analysis import ChunkSummary
from steampulse_dagster.models.reports import GameReport, ReportOutcome, StoredReport
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.services.report_inputs import ReportInput, load_report_input
from steampulse_dagster.services.report_markdown import render_markdown
from steampulse_dagster.services.report_proofs import require_proven
from steampulse_dagster.services.summary_tree import SummaryTree
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()


class ReportService:
    """Writes reports: immutable, one for each different input, byte-identical for identical input."""

    def __init__(self, database: Database, analyst: Analyst, object_store: ObjectStore) -> None:
        self._db = database
        self._analyst = analyst
        self._object_store = object_store
        self._tree = SummaryTree(database, analyst)

    async def write_report(self, appid: int) -> ReportOutcome:
        """Make the game's current report, or confirm that the stored one is still true, without asking the analyst.

        Raises NotFoundError for a game that was never crawled, NoReviewsError for one without stored reviews,
        ValidationError while chunks are not analysed yet, AnalystError for a report that its own proof refutes.
        """
        given = await asyncio.to_thread(load_report_input, self._db, appid, provenance=self._analyst.provenance)
        stored = await (self._confirm(given.known) if given.known else self._make(given))
        await asyncio.to_thread(self._export, stored)
        created = given.known is None
        log.info("report_written", appid=appid, report_id=stored.report_id, created=created)
        return ReportOutcome(appid=appid, report_id=stored.report_id, created=created, report=stored.report)

    async def _make(self, given: ReportInput) -> StoredReport:
        brief = given.brief
        summaries = await self._tree.join(brief.facts.appid, chunks=given.chunks, summaries=brief.summaries)
        brief = brief.model_copy(update={"summaries": summaries})
        read = any(summary.batch_stats.read for summary in brief.summaries)
        draft = await self._analyst.synthesize(brief) if read else build_empty_draft()
        report = await asyncio.to_thread(build_report, brief, draft, given.reviews, provenance=self._analyst.provenance)
        return await asyncio.to_thread(self._insert, given.report_key, report, brief.summaries)

    async def _confirm(self, known: StoredReport) -> StoredReport:
        await asyncio.to_thread(self._mark_current, known)
        return known

    def _insert(self, report_key: str, report: GameReport, summaries: Sequence[ChunkSummary]) -> StoredReport:
        with self._db.transaction() as conn:
            stored = ReportRepository(conn).insert(appid=report.appid, report_key=report_key, report=report)
            require_proven(conn, stored, summaries)
            return stored

    def _mark_current(self, known: StoredReport) -> None:
        with self._db.transaction() as conn:
            ReportRepository(conn).mark_current(known)

    def _export(self, stored: StoredReport) -> None:
        """Write the report's files where they are missing or differ, so a killed run is mended by the next."""
        folder = f"reports/{stored.appid}"
        files = {".md": render_markdown(stored.report).encode(), ".json": render_json(stored.report).encode()}
        for name in (f"report-{stored.report_id}", "latest"):
            for suffix, data in files.items():
                key = f"{folder}/{name}{suffix}"
                if self._object_store.read(key) != data:
                    self._object_store.write(key, data)


class ReportReader:
    """Reads stored reports. Blocks on the database: call it from a thread where an event loop runs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get_current_report(self, appid: int) -> StoredReport | None:
        """The game's current report."""
        with self._db.connection() as conn:
            return ReportRepository(conn).get_current(appid)

    def require_current_report(self, appid: int) -> StoredReport:
        """The game's current report. Raises NotFoundError that says what to do, NoReviewsError if nothing can be."""
        with self._db.connection() as conn:
            stored = ReportRepository(conn).get_current(appid)
            if stored is not None:
                return stored
            game, state = GameRepository(conn).get(appid), CrawlStateRepository(conn).get(appid)
        if game is not None and state is not None and state.finished_at is not None and state.stored == 0:
            raise NoReviewsError(f"{game.name} ({appid}) has no reviews yet, so there is no report.", appid=appid)
        raise NotFoundError(f"There is no report on {appid} yet: `steampulse run {appid}` makes it.", appid=appid)

    def get_report(self, report_id: int) -> StoredReport | None:
        """Any report, current or not."""
        with self._db.connection() as conn:
            return ReportRepository(conn).get_by_id(report_id)

    def list_history(self, appid: int, *, limit: int = 100) -> list[StoredReport]:
        """The game's reports, newest first."""
        with self._db.connection() as conn:
            return ReportRepository(conn).list_history(appid, limit=limit)


def render_json(report: GameReport) -> str:
    """The report as indented JSON."""
    return report.model_dump_json(indent=2) + "\n"
