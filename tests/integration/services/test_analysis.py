"""Pass 1 on a real database: which chunks are read again after which change, and what a killed run leaves behind."""

import asyncio

import pytest

from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import Chunk, ChunkSummary
from steampulse_dagster.models.base import Model
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.summaries import SummaryRepository
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.utils.db import Database, execute
from tests.analysis_fakes import (
    APPID,
    KeywordAnalyst,
    build_game,
    build_review,
    build_reviews,
    edit_review,
    store_game,
    store_reviews,
)

pytestmark = pytest.mark.integration


def list_chunks(db: Database) -> list[Chunk]:
    with db.connection() as conn:
        return ChunkRepository(conn).list_by_game(APPID)


def list_summaries(db: Database) -> list[ChunkSummary]:
    with db.connection() as conn:
        return SummaryRepository(conn).list_current(APPID, analyst_key=KeywordAnalyst().provenance.key)


async def analyse_again(db: Database) -> list[int]:
    """The numbers of the chunks that a new run reads."""
    analyst = KeywordAnalyst()
    await AnalysisService(db, analyst).summarize_chunks(APPID)
    return sorted(analyst.extracted)


@pytest.fixture
async def analysed(db: Database) -> Database:
    """A game with 120 reviews in chunks 0, 1 (sealed) and 2 (open), all analysed."""
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 120))
    outcome = await AnalysisService(db, KeywordAnalyst()).summarize_chunks(APPID)
    assert (outcome.chunks, outcome.analysed, outcome.reused) == (3, 3, 0)
    return db


async def test_a_second_run_reads_nothing(analysed: Database) -> None:
    outcome = await AnalysisService(analysed, KeywordAnalyst()).summarize_chunks(APPID)
    assert (outcome.analysed, outcome.reused, outcome.reviews, outcome.read) == (0, 3, 120, 120)
    assert outcome.grounding.share == 1.0
    assert outcome.grounding.proven > 0


async def test_chunks_are_filled_in_order_of_creation_and_sealed_at_fifty(analysed: Database) -> None:
    chunks = list_chunks(analysed)
    assert [(chunk.chunk_no, len(chunk.review_ids), chunk.sealed) for chunk in chunks] == [
        (0, 50, True),
        (1, 50, True),
        (2, 20, False),
    ]
    seats = [review_id for chunk in chunks for review_id in chunk.review_ids]
    assert seats == [review.recommendationid for review in build_reviews(0, 120)]


@pytest.mark.parametrize(("new", "read_again"), [(1, [2]), (10, [2]), (30, [2]), (60, [2, 3]), (130, [2, 3, 4])])
async def test_new_reviews_touch_only_the_open_chunk_and_new_ones(
    analysed: Database, new: int, read_again: list[int]
) -> None:
    before = list_chunks(analysed)
    store_reviews(analysed, build_reviews(120, new))
    assert await analyse_again(analysed) == read_again
    assert list_chunks(analysed)[:2] == before[:2]


async def test_an_older_review_that_arrives_late_does_not_move_the_others(analysed: Database) -> None:
    before = list_chunks(analysed)
    late = build_review(500, timestamp_created=build_review(3).timestamp_created)
    store_reviews(analysed, [late])
    assert await analyse_again(analysed) == [2]
    assert list_chunks(analysed)[2].review_ids == (*before[2].review_ids, late.recommendationid)


async def test_an_edit_touches_only_its_own_chunk(analysed: Database) -> None:
    store_reviews(analysed, [edit_review(build_review(60), "I love the combat now.")])
    assert await analyse_again(analysed) == [1]
    assert await analyse_again(analysed) == []


async def test_changed_helpful_votes_and_playtimes_touch_nothing(analysed: Database) -> None:
    changed = [
        review.model_copy(update={"votes_up": 99, "playtime_forever": 99_999}) for review in build_reviews(0, 120)
    ]
    store_reviews(analysed, changed)
    assert await analyse_again(analysed) == []


async def test_an_edit_that_is_taken_back_is_not_paid_for_twice(analysed: Database) -> None:
    original = build_review(60)
    edited = edit_review(original, "Changed my mind.")
    store_reviews(analysed, [edited])
    assert await analyse_again(analysed) == [1]
    store_reviews(analysed, [edit_review(edited, original.review)])
    assert await analyse_again(analysed) == []


async def test_totals_after_growth_and_edits_equal_those_of_one_analysis(analysed: Database) -> None:
    edited = edit_review(build_review(7), "It crashes and I refunded it.")
    store_reviews(analysed, [edited, *build_reviews(120, 75)])
    await analyse_again(analysed)
    grown = list_summaries(analysed)
    with analysed.transaction() as conn:
        execute(conn, "delete from chunk_summaries")
        execute(conn, "delete from chunks")
    assert await analyse_again(analysed) == [0, 1, 2, 3]
    assert [summary.model_dump_json() for summary in list_summaries(analysed)] == [
        summary.model_dump_json() for summary in grown
    ]


async def test_another_version_of_the_analyst_reads_everything_and_leaves_the_old_summaries(analysed: Database) -> None:
    analyst = KeywordAnalyst(version="2")
    await AnalysisService(analysed, analyst).summarize_chunks(APPID)
    assert sorted(analyst.extracted) == [0, 1, 2]
    assert len(list_summaries(analysed)) == 3


async def test_deleted_reviews_are_no_longer_read(analysed: Database) -> None:
    with analysed.transaction() as conn:
        gone = [review.recommendationid for review in build_reviews(100, 20)]
        execute(conn, "delete from reviews where recommendationid = any(%(gone)s)", {"gone": gone})
        one = build_review(5).recommendationid
        execute(conn, "delete from reviews where recommendationid = %(one)s", {"one": one})
    outcome = await AnalysisService(analysed, KeywordAnalyst()).summarize_chunks(APPID)
    assert (outcome.chunks, outcome.analysed, outcome.reviews) == (2, 1, 99)
    store_reviews(analysed, [build_review(100)])
    assert await analyse_again(analysed) == [2]


async def test_a_game_without_readable_reviews_has_no_chunks_and_no_error(db: Database) -> None:
    store_game(db, build_game())
    store_reviews(db, [build_review(1, text=""), build_review(2, text=" \n\t")])
    outcome = await AnalysisService(db, KeywordAnalyst()).summarize_chunks(APPID)
    assert (outcome.chunks, outcome.analysed, outcome.reviews, outcome.grounding.share) == (0, 0, 0, None)
    assert list_chunks(db) == []


async def test_a_run_that_dies_keeps_what_it_had_and_the_next_does_the_rest(db: Database) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 200))
    with pytest.raises(RuntimeError, match="the process dies here"):
        await AnalysisService(db, KeywordAnalyst(breaks_on=frozenset({2})), concurrency=1).summarize_chunks(APPID)
    stored = [summary.chunk_no for summary in list_summaries(db)]
    assert 2 not in stored
    assert len(list_chunks(db)) == 4
    assert await analyse_again(db) == sorted({0, 1, 2, 3} - set(stored))
    assert len(list_summaries(db)) == 4


async def test_a_failing_chunk_does_not_stop_the_others_and_alone_is_done_again(db: Database) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 200))
    with pytest.raises(AnalystError, match=r"Lantern Keep \(4200\): 1 of 4 chunks .* no answer for chunk 1") as caught:
        await AnalysisService(db, KeywordAnalyst(fails_on=frozenset({1}))).summarize_chunks(APPID)
    assert caught.value.retryable
    assert await analyse_again(db) == [1]


async def test_a_plan_that_is_cut_off_leaves_no_chunk(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 120))

    def write_half(self: ChunkRepository, chunks: tuple[Chunk, ...]) -> None:
        original(self, chunks[:1])
        raise RuntimeError("killed between two statements")

    original = ChunkRepository.upsert_many
    with monkeypatch.context() as patch:
        patch.setattr(ChunkRepository, "upsert_many", write_half)
        with pytest.raises(RuntimeError, match="killed"):
            await AnalysisService(db, KeywordAnalyst()).summarize_chunks(APPID)
    assert list_chunks(db) == []
    assert await analyse_again(db) == [0, 1, 2]


async def test_two_runs_at_once_seat_every_review_once(db: Database) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 230))
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(AnalysisService(db, KeywordAnalyst()).summarize_chunks(APPID))
    seats = [review_id for chunk in list_chunks(db) for review_id in chunk.review_ids]
    assert len(seats) == len(set(seats)) == 230
    assert [summary.chunk_no for summary in list_summaries(db)] == [0, 1, 2, 3, 4]


async def test_more_reviews_than_one_batch_of_the_plan_are_all_seated(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steampulse_dagster.services.chunk_plans.PLAN_BATCH", 30)
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 120))
    assert await analyse_again(db) == [0, 1, 2]
    assert [len(chunk.review_ids) for chunk in list_chunks(db)] == [50, 50, 20]


async def test_progress_tells_each_analysed_chunk_and_its_reviews(db: Database) -> None:
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 70))
    told: list[tuple[int, int]] = []
    service = AnalysisService(db, KeywordAnalyst())
    await service.summarize_chunks(APPID, on_progress=lambda chunks, reviews: told.append((chunks, reviews)))
    assert sorted(told) == [(1, 20), (1, 50)]


def test_models_survive_the_way_through_jsonb(analysed: Database) -> None:
    summary = list_summaries(analysed)[0]
    again: Model = ChunkSummary.model_validate_json(summary.model_dump_json())
    assert again == summary
