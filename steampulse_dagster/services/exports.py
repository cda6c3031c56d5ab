"""Tables of reviews, signals, evidence and reports as files, streamed. Blocks: iterate it in a thread.

Reads `reviews`, `games`, `current_reports`, `chunks`, `chunk_summaries`, `summary_nodes`.
"""

from collections.abc import Iterator, Sequence
from threading import BoundedSemaphore
from typing import Any

from steampulse_dagster.errors import BusyError, NotFoundError
from steampulse_dagster.models.exports import COLUMNS, Dataset, ExportFormat
from steampulse_dagster.models.reports import SECTION_NAMES, StoredReport
from steampulse_dagster.repositories.exports import ExportRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.services.reading_signals import list_section_evidence
from steampulse_dagster.utils.db import Connection, Database
from steampulse_dagster.utils.table_files import Row, write_table

EXPORTS_AT_ONCE = 2
EXPORT_SECONDS = 600.0
"""Longest wait for one batch."""


class ExportService:
    """Streams exports, each as the database was when it began. `database` is for exports alone: a slow reader of one
    must not keep a connection from those who want a page."""

    def __init__(self, database: Database, *, at_once: int = EXPORTS_AT_ONCE) -> None:
        self._db = database
        self._free = BoundedSemaphore(at_once)

    def stream(self, dataset: Dataset, format: ExportFormat, *, appids: Sequence[int] | None = None) -> Iterator[bytes]:
        """The file, piece by piece: of these games, or of all that are stored.

        Raises, before the first piece, NotFoundError for games that are not stored, BusyError while as many exports as
        may be are under way.
        """
        pieces = self._stream(dataset, format, None if appids is None else sorted(set(appids)))
        next(pieces)
        return pieces

    def _stream(self, dataset: Dataset, format: ExportFormat, appids: Sequence[int] | None) -> Iterator[bytes]:
        if not self._free.acquire(blocking=False):
            raise BusyError("As many exports as may be are under way: try again in a while.")
        try:
            with self._db.snapshot(seconds=EXPORT_SECONDS) as conn:
                exports = ExportRepository(conn)
                exports.limit_idling()
                if unknown := exports.list_unknown(appids or ()):
                    raise NotFoundError(f"Not stored here: {', '.join(map(str, unknown[:10]))}.")
                # Up to here `stream` has run it: an error can still become an answer of its own.
                yield b""
                yield from write_table(format, COLUMNS[dataset], _read(conn, dataset, appids))
        finally:
            self._free.release()


def _read(conn: Connection, dataset: Dataset, appids: Sequence[int] | None) -> Iterator[Sequence[Row]]:
    exports, reports = ExportRepository(conn), ReportRepository(conn)
    if dataset is Dataset.REVIEWS:
        yield from exports.iterate_reviews(appids)
        return
    for appid in exports.list_reported(appids):
        stored = reports.get_current(appid)
        if stored is None:
            continue
        match dataset:
            case Dataset.SIGNALS:
                yield _list_signals(stored)
            case Dataset.EVIDENCE:
                for section in SECTION_NAMES:
                    yield _list_evidence(conn, stored, section)
            case Dataset.REPORTS:
                yield [_build_report_row(stored)]


def _list_signals(stored: StoredReport) -> list[Row]:
    return [
        (
            f"{stored.appid}:{section}:{item.topic}",
            stored.appid,
            stored.report_id,
            section,
            place,
            item.topic,
            item.label,
            item.statement,
            item.mentions.count,
            item.mentions.of,
            item.mentions.share,
            item.mentions.low,
            item.mentions.high,
            item.mentions.population,
            item.positive_votes.count,
            item.median_playtime_at_review,
            item.first_mentioned,
            item.last_mentioned,
        )
        for section in SECTION_NAMES
        for place, item in enumerate(getattr(stored.report, section).items, start=1)
    ]


def _list_evidence(conn: Connection, stored: StoredReport, section: str) -> list[Row]:
    """Of the items that the report shows: mentions of topics that did not make it into the report stay out."""
    topics = {item.topic for item in getattr(stored.report, section).items}
    return [
        (
            f"{stored.appid}:{section}:{one.topic}",
            stored.appid,
            one.recommendationid,
            section,
            one.topic,
            one.signal.value,
            one.quote,
            one.voted_up,
            one.hours_at_review,
            one.language,
            one.created_at,
            one.votes_up,
            one.url,
        )
        for one in list_section_evidence(conn, stored, section)
        if one.topic in topics
    ]


def _build_report_row(stored: StoredReport) -> tuple[Any, ...]:
    report, positive = stored.report, stored.report.sentiment.positive
    provenance = report.provenance
    return (
        stored.appid,
        stored.report_id,
        stored.report_key,
        report.name,
        stored.created_at,
        report.sample.data_time,
        report.sample.stored,
        report.sample.read,
        positive.count,
        report.sentiment.score,
        positive.low,
        positive.high,
        report.sentiment.label,
        report.hidden_gem.score,
        f"{provenance.engine} {provenance.model} {provenance.version}",
        report.model_dump_json(),
    )
