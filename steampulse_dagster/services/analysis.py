"""Pass 1 for one game: plans its chunks, has the new and changed ones read, stores what is proven.

Reads `games`, `reviews`; writes `chunks`, `chunk_summaries`.
"""

import asyncio
from collections.abc import Callable

import structlog

from steampulse_dagster.analyzer.analyst import Analyst
from steampulse_dagster.analyzer.chunks import NO_MEMBERS, hash_members, plan_chunks
from steampulse_dagster.analyzer.grounding import ground, total_grounding
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import Chunk, ChunkOutcome, ChunkSummary, ReviewChunk
from steampulse_dagster.models.reviews import Review, ReviewRef
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.utils.db import Database

log = structlog.get_logger()

PLAN_BATCH = 2_000
"""Reviews that are seated at a time, so that a game with 100,000 new ones is never in memory as a whole."""

OnProgress = Callable[[int, int], None]
"""Called after each analysed chunk with what was added: chunks, reviews."""


class AnalysisService:
    """Reads each review once, and again only when it was edited. Safe to kill, to repeat and to run twice at once."""

    def __init__(self, database: Database, analyst: Analyst, *, concurrency: int = 4) -> None:
        self._db = database
        self._analyst = analyst
        self._concurrency = concurrency

    async def summarize_chunks(
        self, appid: int, *, game_name: str | None = None, on_progress: OnProgress | None = None
    ) -> ChunkOutcome:
        """Bring the game's chunks and this analyst's summaries of them up to date.

        Every summary is stored as soon as it is there. A chunk on which the analyst fails does not stop the others;
        then AnalystError is raised at the end, and the next call does just what is missing. A game without a
        readable review has no chunks, which is no error.
        """
        if game_name is None:
            game_name = await asyncio.to_thread(self._get_game_name, appid)
        chunks = await asyncio.to_thread(self._plan, appid)
        known = await asyncio.to_thread(self._list_summaries, appid)
        done = {(summary.chunk_no, summary.content_hash) for summary in known}
        missing = [chunk for chunk in chunks if (chunk.chunk_no, chunk.content_hash) not in done]
        made = await self._analyse(missing, game_name=game_name, on_progress=on_progress)
        log.info("chunks_summarized", appid=appid, chunks=len(chunks), analysed=len(made), reused=len(known))
        return self._build_outcome(appid, chunks=chunks, known=known, made=made)

    async def _analyse(
        self, chunks: list[Chunk], *, game_name: str, on_progress: OnProgress | None
    ) -> list[ChunkSummary]:
        slots = asyncio.Semaphore(self._concurrency)
        made: list[ChunkSummary] = []
        failed: list[tuple[int, AnalystError]] = []

        async def analyse(chunk: Chunk) -> None:
            async with slots:
                try:
                    summary = await self._analyse_one(chunk, game_name=game_name)
                except AnalystError as error:
                    failed.append((chunk.chunk_no, error))
                    return
            if summary is not None:
                made.append(summary)
                if on_progress is not None:
                    on_progress(1, summary.batch_stats.reviews)

        try:
            async with asyncio.TaskGroup() as group:
                for chunk in chunks:
                    group.create_task(analyse(chunk))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None  # a sentence about the cause, not about a group
        if failed:
            raise _tell_failures(failed, of=len(chunks), appid=chunks[0].appid, game_name=game_name)
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

    def _plan(self, appid: int) -> list[Chunk]:
        """Seat new reviews and re-digest changed chunks; the game's readable chunks. One transaction, one planner."""
        with self._db.transaction() as conn:
            chunk_repository, review_repository = ChunkRepository(conn), ReviewRepository(conn)
            chunk_repository.lock_game(appid)
            chunks = {chunk.chunk_no: chunk for chunk in chunk_repository.list_by_game(appid)}
            members = [review_id for chunk in chunks.values() for review_id in chunk.review_ids]
            hashes = review_repository.list_content_hashes(appid, members)
            while True:
                batch = [_to_ref(review) for review in review_repository.list_unchunked(appid, PLAN_BATCH)]
                planned = plan_chunks(
                    appid=appid, existing=tuple(chunks.values()), member_hashes=hashes, unchunked=batch
                )
                chunk_repository.upsert_many(planned)
                chunks.update({chunk.chunk_no: chunk for chunk in planned})
                hashes.update({ref.recommendationid: ref.content_hash for ref in batch})
                if len(batch) < PLAN_BATCH:
                    return [chunk for chunk in chunks.values() if chunk.content_hash != NO_MEMBERS]

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


def _to_ref(review: Review) -> ReviewRef:
    return ReviewRef(
        recommendationid=review.recommendationid,
        content_hash=review.content_hash,
        timestamp_created=review.timestamp_created,
    )


def _tell_failures(failed: list[tuple[int, AnalystError]], *, of: int, appid: int, game_name: str) -> AnalystError:
    chunk_no, first = min(failed, key=lambda pair: pair[0])
    return AnalystError(
        f"{game_name} ({appid}): {len(failed)} of {of} chunks could not be analysed, the others are stored. "
        f"Chunk {chunk_no}: {first.message}",
        retryable=any(error.retryable for _, error in failed),
        appid=appid,
    )
