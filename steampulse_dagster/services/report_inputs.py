"""What a report is made from, read at one moment, and the key that says whether it was made already.

Reads `games`, `reviews`, `crawl_state`, `chunks`, `chunk_summaries`, `reports`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from steampulse_dagster.analyzer.chunks import NO_MEMBERS
from steampulse_dagster.analyzer.sections import list_mentioned_ids
from steampulse_dagster.errors import NoReviewsError, NotFoundError, ValidationError
from steampulse_dagster.models.analysis import Chunk, ChunkSummary, Provenance
from steampulse_dagster.models.games import Game
from steampulse_dagster.models.reports import GameBrief, MentionedReview, StoredReport
from steampulse_dagster.models.reviews import QuerySummary, Review, ReviewFacts
from steampulse_dagster.models.scores import GameScores, HiddenGemScore
from steampulse_dagster.repositories.analysis_samples import AnalysisSampleRepository
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.services.analysis_samples import get_analysed_share, list_sampled
from steampulse_dagster.utils.db import Connection, Database
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
    compute_sentiment_trends,
)

REPORT_VERSION = "2"
"""Raise it when the same input should make another report: a changed rule of scores, sections,
duplicates or topic names."""

GAME_FIELDS = ("name", "type", "is_early_access", "short_description")
"""What a report depends on of a game's store page. Prices, tag weights and totals change daily and say nothing new."""


@dataclass(frozen=True)
class ReportInput:
    """All that a report is made from, as the database was at one moment."""

    brief: GameBrief
    report_key: str
    known: StoredReport | None
    reviews: Mapping[int, Review]
    """Empty when the report is known."""
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True)
class Coverage:
    """What pass 1 has not read of the readable reviews, and why."""

    share: float = 1.0
    """Of the stored reviews, the part that is analysed."""
    waiting: int = 0
    left_out: int = 0


WHOLE = Coverage()


def load_report_input(database: Database, appid: int, *, provenance: Provenance) -> ReportInput:
    """Read everything in one view of the database.

    Raises NotFoundError for a game that was never crawled, NoReviewsError for one without stored reviews,
    ValidationError while chunks are not analysed by this analyst.
    """
    with database.transaction() as conn:
        reports, chunk_repository = ReportRepository(conn), ChunkRepository(conn)
        reports.freeze_view()
        chunks = chunk_repository.list_by_game(appid)
        summaries = SummaryRepository(conn).list_current(appid, analyst_key=provenance.key)
        brief = read_brief(conn, appid, summaries=summaries)
        _require_all_analysed(brief.game, chunks=chunks, summaries=summaries)
        report_key = build_report_key(brief, chunks=chunks, provenance=provenance)
        known = reports.get_by_key(appid, report_key=report_key)
        reviews = [] if known else ReviewRepository(conn).list_by_ids(appid, list_mentioned_ids(summaries))
    by_id = {review.recommendationid: review for review in reviews}
    mentioned = tuple(
        MentionedReview(
            recommendationid=review.recommendationid,
            voted_up=review.voted_up,
            playtime_at_review=review.playtime_at_review,
        )
        for review in reviews
    )
    brief = brief.model_copy(update={"mentioned": mentioned})
    return ReportInput(brief=brief, report_key=report_key, known=known, reviews=by_id, chunks=tuple(chunks))


def read_brief(conn: Connection, appid: int, *, summaries: Sequence[ChunkSummary]) -> GameBrief:
    """What pass 2 gets, with these summaries. Raises NotFoundError and NoReviewsError."""
    game, facts = GameRepository(conn).get(appid), ReviewRepository(conn).get_facts(appid)
    if game is None:
        raise NotFoundError(f"{appid} is not known: crawl it first.", appid=appid)
    if facts is None:
        raise NoReviewsError(f"{game.name} ({appid}) has no reviews yet: nothing to analyse.", appid=appid)
    state = CrawlStateRepository(conn).get(appid)
    return build_brief(
        game=game,
        facts=facts,
        summaries=tuple(summaries),
        reported=state.reported if state else None,
        coverage=_load_coverage(conn, appid, stored_rate=state.sample_rate if state else 1.0),
        sample_rate=state.sample_rate if state else 1.0,
        offtopic=state.offtopic.marked if state and state.offtopic else 0,
    )


def build_brief(
    *,
    game: Game,
    facts: ReviewFacts,
    summaries: tuple[ChunkSummary, ...],
    reported: QuerySummary | None,
    coverage: Coverage = WHOLE,
    sample_rate: float = 1.0,
    offtopic: int = 0,
) -> GameBrief:
    """What pass 2 gets, scores included. Sentiment and trends rest on the stored reviews, the hidden gem on Steam's
    own totals where it gave any."""
    stored = "stored reviews in all languages"
    if sample_rate < 1:
        stored = f"reviews in all languages of a {sample_rate:.2g} sample"
    scores = GameScores(
        sentiment=compute_sentiment_score(positive=facts.positive, total=facts.stored, population=stored),
        hidden_gem=_score_hidden_gem(facts, reported),
        trends=compute_sentiment_trends(facts.windows),
    )
    return GameBrief(
        game=game,
        facts=facts,
        scores=scores,
        summaries=summaries,
        reported=reported,
        waiting=coverage.waiting,
        left_out=coverage.left_out,
        analysed_share=coverage.share,
        sample_rate=sample_rate,
        offtopic=offtopic,
    )


def build_report_key(brief: GameBrief, *, chunks: list[Chunk], provenance: Provenance) -> str:
    """Digest of everything a report is made from: equal key, equal report."""
    parts = [
        REPORT_VERSION,
        provenance.model_dump_json(),
        brief.game.model_dump_json(include=set(GAME_FIELDS)),
        brief.facts.model_dump_json(),
        brief.reported.model_dump_json() if brief.reported else "",
        str(brief.waiting),
        # Only where they say something, so that reports made before they were known keep their keys.
        *([f"sample {brief.sample_rate}"] if brief.sample_rate < 1 else []),
        *([f"analysed {brief.analysed_share}, left out {brief.left_out}"] if brief.analysed_share < 1 else []),
        *([f"off-topic {brief.offtopic}"] if brief.offtopic else []),
        *(f"{chunk.chunk_no}:{chunk.content_hash}" for chunk in chunks),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def _load_coverage(conn: Connection, appid: int, *, stored_rate: float) -> Coverage:
    sample, chunks = AnalysisSampleRepository(conn).get(appid), ChunkRepository(conn)
    if sample is None or sample.rate >= 1:
        return Coverage(waiting=chunks.count_waiting(appid))
    loose = chunks.list_waiting_ids(appid)
    waiting = len(list_sampled(sample, loose))
    share = get_analysed_share(sample, stored_rate=stored_rate)
    return Coverage(share=share, waiting=waiting, left_out=len(loose) - waiting)


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
