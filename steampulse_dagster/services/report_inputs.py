"""What a report is made from, read at one moment, and the key that says whether it was made already.

Reads `games`, `reviews`, `crawl_state`, `chunks`, `chunk_summaries`, `reports`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from steampulse_dagster.analyzer.chunks import NO_MEMBERS
from steampulse_dagster.analyzer.sections import list_mentioned_ids
from steampulse_dagster.errors import NoReviewsError, NotFoundError, ValidationError
from steampulse_dagster.models.analysis import Chunk, ChunkSummary, Provenance
from steampulse_dagster.models.games import Game
from steampulse_dagster.models.reports import GameBrief, StoredReport
from steampulse_dagster.models.reviews import QuerySummary, Review, ReviewFacts
from steampulse_dagster.models.scores import GameScores, HiddenGemScore
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.repositories.games import GameRepository
from steampulse_dagster.repositories.reports import ReportRepository
from steampulse_dagster.repositories.reviews import ReviewRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.utils.db import Database
from steampulse_dagster.utils.scores import (
    compute_hidden_gem_score,
    compute_sentiment_score,
    compute_sentiment_trends,
)

REPORT_VERSION = "1"
"""Raise it when the same input should make another report: a changed rule of scores, sections or duplicates."""

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


def load_report_input(database: Database, appid: int, *, provenance: Provenance) -> ReportInput:
    """Read everything in one view of the database.

    Raises NotFoundError for a game that was never crawled, NoReviewsError for one without stored reviews,
    ValidationError while chunks are not analysed by this analyst.
    """
    with database.transaction() as conn:
        reports, chunk_repository = ReportRepository(conn), ChunkRepository(conn)
        reports.freeze_view()
        game, facts = GameRepository(conn).get(appid), ReviewRepository(conn).get_facts(appid)
        if game is None:
            raise NotFoundError(f"{appid} is not known: crawl it first.", appid=appid)
        if facts is None:
            raise NoReviewsError(f"{game.name} ({appid}) has no reviews yet: nothing to analyse.", appid=appid)
        chunks = chunk_repository.list_by_game(appid)
        summaries = SummaryRepository(conn).list_current(appid, analyst_key=provenance.key)
        _require_all_analysed(game, chunks=chunks, summaries=summaries)
        state = CrawlStateRepository(conn).get(appid)
        brief = build_brief(
            game=game,
            facts=facts,
            summaries=tuple(summaries),
            reported=state.reported if state else None,
            waiting=chunk_repository.count_waiting(appid),
        )
        report_key = build_report_key(brief, chunks=chunks, provenance=provenance)
        known = reports.get_by_key(appid, report_key=report_key)
        reviews = [] if known else ReviewRepository(conn).list_by_ids(appid, list_mentioned_ids(summaries))
    by_id = {review.recommendationid: review for review in reviews}
    return ReportInput(brief=brief, report_key=report_key, known=known, reviews=by_id)


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
