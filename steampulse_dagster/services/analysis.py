"""Pass 1 for one game: plans its chunks, has the new and changed ones read, stores what is proven.

Reads `games`, `reviews`; writes `chunks` (chunk_plans.py), `chunk_summaries`.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.analyzer.chunks import hash_members
from steampulse_dagster.analyzer.grounding import ground, total_grounding
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import Chunk, ChunkOutcome, ChunkSummary, ReviewChunk
from steampulse_dagster.models.reviews import Review
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.services.chunk_plans import ChunkPlanner
from steampulse_dagster.services.each import run_each
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

OnProgress = Callable[[int, int], None]
"""Called after each analysed chunk with what was added: chunks, reviews."""


class Guard(Protocol):
    """Whoever knows what an analysis costs and what may be spent."""

    async def admit(self, appid: int) -> None:
        """Raises BudgetError where the analysis of this game would cost more than is left."""
        ...


class AnalysisService:
    """Reads each review once, and again only when it was edited. Safe to kill, to repeat and to run twice at once."""

    def __init__(
        self,
        database: Database,
        analyst: Analyst,
        *,
        concurrency: int = 4,
        analysed_per_game: int | None = None,
        guard: Guard | None = None,
    ) -> None:
        """`analysed_per_game`: about how many reviews of a game are analysed, as a uniform sample; None: all.
        `guard`: asked before the first chunk is read, where reading costs money."""
        self._db = database
        self._analyst = analyst
        self._concurrency = concurrency
        # For all games together: a chunk at work is its reviews in memory.
        self._slots = asyncio.Semaphore(concurrency)
        self._guard = guard
        self._planner = ChunkPlanner(database, analysed_per_game=analysed_per_game)

    async def summarize_chunks(
        self, appid: int, *, game_name: str | None = None, on_progress: OnProgress | None = None
    ) -> ChunkOutcome:
        """Bring the game's chunks and this analyst's summaries of them up to date.

        Every summary is stored as soon as it is there. A chunk on which the analyst fails does not stop the others;
        then AnalystError is raised at the end, and the next call does just what is missing. A game without a
        readable review has no chunks, which is no error. Raises BudgetError before anything is asked, where the guard
        says that the whole of it would cost too much.
        """
        if game_name is None:
            game_name = await asyncio.to_thread(self._get_game_name, appid)
        chunks = await asyncio.to_thread(self._planner.seat, appid)
        known = await asyncio.to_thread(self._list_summaries, appid)
        done = {(summary.chunk_no, summary.content_hash) for summary in known}
        missing = [chunk for chunk in chunks if (chunk.chunk_no, chunk.content_hash) not in done]
        if missing and self._guard is not None:
            await self._guard.admit(appid)
        made = await self._analyse(missing, game_name=game_name, on_progress=on_progress)
        log.info("chunks_summarized", appid=appid, chunks=len(chunks), analysed=len(made), reused=len(known))
        return self._build_outcome(appid, chunks=chunks, known=known, made=made)

    async def _analyse(
        self, chunks: list[Chunk], *, game_name: str, on_progress: OnProgress | None
    ) -> list[ChunkSummary]:
        made: list[ChunkSummary] = []

        async def analyse(chunk: Chunk) -> None:
            async with self._slots:
                summary = await self._analyse_one(chunk, game_name=game_name)
            if summary is not None:
                made.append(summary)
                if on_progress is not None:
                    on_progress(1, summary.batch_stats.reviews)

        if failed := await run_each(chunks, analyse, at_once=self._concurrency):
            raise _tell_failures(failed, of=len(chunks), game_name=game_name)
        return made

    async def _analyse_one(self, chunk: Chunk, *, game_name: str) -> ChunkSummary | None:
        """The stored summary of a chunk; None if none of its reviews exists any more."""
        reviews = await asyncio.to_thread(self._list_members, chunk)
        if not reviews:
            return None
        # Keyed by what is read here: a review edited since the plan makes a summary that is not taken for current.
        content_hash = hash_members((review.recommendationid, review.content_hash) for review in reviews)
        review_chunk = ReviewChunk(
            appid=chunk.appid,
            chunk_no=chunk.chunk_no,
            game_name=game_name,
            content_hash=content_hash,
            reviews=tuple(reviews),
        )
        signals = await self._analyst.extract_chunk(review_chunk)
        summary = await asyncio.to_thread(ground, review_chunk, signals, self._analyst.provenance)
        await asyncio.to_thread(self._store, summary)
        return summary

    def _get_game_name(self, appid: int) -> str:
        with self._db.connection() as conn:
            game = GameRepository(conn).get(appid)
        return f"App {appid}" if game is None else game.name

    def _list_summaries(self, appid: int) -> list[ChunkSummary]:
        with self._db.connection() as conn:
            return SummaryRepository(conn).list_current(appid, analyst_key=self._analyst.provenance.key)

    def _list_members(self, chunk: Chunk) -> list[Review]:
        with self._db.connection() as conn:
            return ReviewRepository(conn).list_by_ids(chunk.appid, chunk.review_ids)

    def _store(self, summary: ChunkSummary) -> None:
        with self._db.transaction() as conn:
            SummaryRepository(conn).insert(summary)

    def _build_outcome(
        self, appid: int, *, chunks: list[Chunk], known: list[ChunkSummary], made: list[ChunkSummary]
    ) -> ChunkOutcome:
        everything = [*known, *made]
        return ChunkOutcome(
            appid=appid,
            chunks=len(chunks),
            analysed=len(made),
            reused=len(known),
            reviews=sum(summary.batch_stats.reviews for summary in everything),
            read=sum(summary.batch_stats.read for summary in everything),
            grounding=total_grounding(summary.grounding for summary in everything),
            degraded=self._analyst.provenance.degraded,
        )


def _tell_failures(failed: list[tuple[Chunk, AnalystError]], *, of: int, game_name: str) -> AnalystError:
    chunk, first = min(failed, key=lambda pair: pair[0].chunk_no)
    return AnalystError(
        f"{game_name} ({chunk.appid}): {len(failed)} of {of} chunks could not be analysed, the others are stored. "
        f"Chunk {chunk.chunk_no}: {first.message}",
        retryable=any(error.retryable for _, error in failed),
        appid=chunk.appid,
    )
