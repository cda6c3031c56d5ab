"""Pass 2 for one game: scores, sections, the stored report and its files; and reading reports.

Reads `games`, `reviews`, `crawl_state`, `chunks`, `chunk_summaries`; writes `reports`, `report_heads`, object store.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import structlog

from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.analyzer.chunks import NO_MEMBERS
from steampulse_dagster.analyzer.sections import build_empty_draft, build_report, list_mentioned_ids
from steampulse_dagster.clients.object_store import ObjectStore
from steampulse_dagster.errors import NoReviewsError, NotFoundError, ValidationError
from steampulse_dagster.models.analysis import Chunk, ChunkSummary, Provenance
from steampulse_dagster.models.games import Game
from steampulse_dagster.models.reports import GameBrief, GameReport, ReportOutcome, StoredReport
from steampulse_dagster.models.reviews import QuerySummary, Review, ReviewFacts
from steampulse_dagster.models.scores import GameScores, HiddenGemScore
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.services.report_markdown import render_markdown
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
    compute_sentiment_trends,
)

log = structlog.get_logger()

REPORT_VERSION = "1"
"""Raise it when the same input should make another report: a changed rule of scores, sections or duplicates."""

GAME_FIELDS = ("name", "type", "is_early_access", "short_description")
"""What a report depends on of a game's store page. Prices, tag weights and totals change daily and say nothing new."""


@dataclass(frozen=True)
class _Input:
    """All that a report is made from, as the database was at one moment."""

    brief: GameBrief
    report_key: str
    known: StoredReport | None
    reviews: Mapping[int, Review]
    """Empty when the report is known."""


class ReportService:
    """Writes reports: immutable, one for each different input, byte-identical for identical input."""

    def __init__(self, database: Database, analyst: Analyst, object_store: ObjectStore) -> None:
        self._db = database
        self._analyst = analyst
        self._object_store = object_store

    async def write_report(self, appid: int) -> ReportOutcome:
        """Make the game's current report, or confirm that the stored one is still true, without asking the analyst.

        Raises NotFoundError for a game that was never crawled, NoReviewsError for one without stored reviews,
        ValidationError while chunks are not analysed yet.
        """
        given = await asyncio.to_thread(self._load, appid)
        stored = await (self._confirm(given.known) if given.known else self._make(given))
        await asyncio.to_thread(self._export, stored)
        created = given.known is None
        log.info("report_written", appid=appid, report_id=stored.report_id, created=created)
        return ReportOutcome(appid=appid, report_id=stored.report_id, created=created, report=stored.report)

    async def _make(self, given: _Input) -> StoredReport:
        brief = given.brief
        read = any(summary.batch_stats.read for summary in brief.summaries)
        draft = await self._analyst.synthesize(brief) if read else build_empty_draft()
        report = await asyncio.to_thread(build_report, brief, draft, given.reviews, provenance=self._analyst.provenance)
        return await asyncio.to_thread(self._insert, given.report_key, report)

    async def _confirm(self, known: StoredReport) -> StoredReport:
        await asyncio.to_thread(self._mark_current, known)
        return known

    def _load(self, appid: int) -> _Input:
        provenance = self._analyst.provenance
        with self._db.transaction() as conn:
            reports = ReportRepository(conn)
            reports.freeze_view()
            game, facts = GameRepository(conn).get(appid), ReviewRepository(conn).get_facts(appid)
            if game is None:
                raise NotFoundError(f"{appid} is not known: crawl it first.", appid=appid)
            if facts is None:
                message = f"{game.name} ({appid}) has no reviews yet: nothing to analyse."
                raise NoReviewsError(message, appid=appid)
            chunks = ChunkRepository(conn).list_by_game(appid)
            summaries = SummaryRepository(conn).list_current(appid, analyst_key=provenance.key)
            _require_all_analysed(game, chunks=chunks, summaries=summaries)
            state = CrawlStateRepository(conn).get(appid)
            brief = build_brief(
                game=game,
                facts=facts,
                summaries=tuple(summaries),
                reported=state.reported if state else None,
                waiting=ChunkRepository(conn).count_waiting(appid),
            )
            report_key = build_report_key(brief, chunks=chunks, provenance=provenance)
            known = reports.get_by_key(appid, report_key=report_key)
            mentioned = () if known else list_mentioned_ids(summaries)
            reviews = ReviewRepository(conn).list_by_ids(appid, mentioned)
        by_id = {review.recommendationid: review for review in reviews}
        return _Input(brief=brief, report_key=report_key, known=known, reviews=by_id)

    def _insert(self, report_key: str, report: GameReport) -> StoredReport:
        with self._db.transaction() as conn:
            return ReportRepository(conn).insert(appid=report.appid, report_key=report_key, report=report)

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
        """The game's current report. Raises NotFoundError that says what to do."""
        stored = self.get_current_report(appid)
        if stored is None:
            raise NotFoundError(f"There is no report on {appid} yet: `steampulse run {appid}` makes it.", appid=appid)
        return stored

    def get_report(self, report_id: int) -> StoredReport | None:
        """Any report, current or not."""
        with self._db.connection() as conn:
            return ReportRepository(conn).get_by_id(report_id)

    def list_history(self, appid: int, *, limit: int = 100) -> list[StoredReport]:
        """The game's reports, newest first."""
        with self._db.connection() as conn:
            return ReportRepository(conn).list_history(appid, limit=limit)


def build_brief(
    *,
    game: Game,
    facts: ReviewFacts,
    summaries: tuple[ChunkSummary, ...],
    reported: QuerySummary | None,
    waiting: int = 0,
) -> GameBrief:
    """What pass 2 gets, scores included. Sentiment and trends rest on the stored reviews, the hidden gem on Steam's
    own totals where it gave any."""
    stored = "stored reviews in all languages"
    scores = GameScores(
        sentiment=compute_sentiment_score(positive=facts.positive, total=facts.stored, population=stored),
        hidden_gem=_score_hidden_gem(facts, reported),
        trends=compute_sentiment_trends(facts.windows),
    )
    return GameBrief(game=game, facts=facts, scores=scores, summaries=summaries, reported=reported, waiting=waiting)


def build_report_key(brief: GameBrief, *, chunks: list[Chunk], provenance: Provenance) -> str:
    """Digest of everything a report is made from: equal key, equal report."""
    parts = [
        REPORT_VERSION,
        provenance.model_dump_json(),
        brief.game.model_dump_json(include=set(GAME_FIELDS)),
        brief.facts.model_dump_json(),
        brief.reported.model_dump_json() if brief.reported else "",
        str(brief.waiting),
        *(f"{chunk.chunk_no}:{chunk.content_hash}" for chunk in chunks),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def render_json(report: GameReport) -> str:
    """The report as indented JSON."""
    return report.model_dump_json(indent=2) + "\n"


def _score_hidden_gem(facts: ReviewFacts, reported: QuerySummary | None) -> HiddenGemScore:
    if reported is not None and 0 <= reported.total_positive <= reported.total_reviews and reported.total_reviews > 0:
        return compute_hidden_gem_score(
            positive=reported.total_positive,
            total=reported.total_reviews,
            population="reviews that Steam counts in all languages",
        )
    return compute_hidden_gem_score(
        positive=facts.positive, total=facts.stored, population="stored reviews, as Steam gave no totals"
    )


def _require_all_analysed(game: Game, *, chunks: list[Chunk], summaries: list[ChunkSummary]) -> None:
    readable = [chunk for chunk in chunks if chunk.content_hash != NO_MEMBERS]
    missing = len(readable) - len(summaries)
    if missing > 0:
        raise ValidationError(
            f"{game.name} ({game.appid}): {missing} of {len(readable)} chunks are not analysed yet: "
            "bring chunk_summaries up to date first.",
            appid=game.appid,
        )
