"""Pass 1 under a cap, on a real database: a stable sample, and a report that names it."""

import pytest

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.models.reviews import CrawlState
from steampulse_dagster.repositories.analysis_samples import AnalysisSampleRepository
from steampulse_dagster.repositories.chunks import ChunkRepository
from steampulse_dagster.repositories.crawl_state import CrawlStateRepository
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.chunk_plans import ChunkPlanner
from steampulse_dagster.services.report_markdown import render_markdown
from steampulse_dagster.services.reports import ReportService
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
from tests.report_numbers import check_report_numbers

pytestmark = pytest.mark.integration


@pytest.fixture
def game(db):
    """A game with 600 reviews."""
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 600))
    return db


def list_seats(db):
    with db.connection() as conn:
        return [review_id for chunk in ChunkRepository(conn).list_by_game(APPID) for review_id in chunk.review_ids]


async def analyse(db, cap):
    """The chunks that were read, and who sits in chunks afterwards."""
    analyst = KeywordAnalyst()
    await AnalysisService(db, analyst, analysed_per_game=cap).summarize_chunks(APPID)
    return sorted(analyst.extracted), list_seats(db)


async def test_a_game_above_the_cap_is_analysed_as_a_sample_of_about_its_size(game):
    read, seats = await analyse(game, 150)
    assert len(seats) == len(set(seats)) == pytest.approx(150, abs=45)
    assert len(read) == -(-len(seats) // 50)
    assert await analyse(game, 150) == ([], seats)


async def test_a_game_below_the_cap_is_analysed_whole(game):
    assert len((await analyse(game, 600))[1]) == 600


async def test_new_reviews_evict_nobody_and_come_in_at_the_same_rate(game):
    _, before = await analyse(game, 150)
    store_reviews(game, build_reviews(600, 400))
    _, after = await analyse(game, 150)
    assert after[: len(before)] == before
    assert len(after) - len(before) == pytest.approx(100, abs=40)


async def test_an_edit_of_a_review_outside_the_sample_costs_nothing(game):
    _, seats = await analyse(game, 150)
    inside = next(n for n in range(600) if build_review(n).recommendationid == seats[60])
    outside = next(n for n in range(600) if build_review(n).recommendationid not in seats)
    store_reviews(game, [edit_review(build_review(outside), "It crashes now.")])
    assert await analyse(game, 150) == ([], seats)
    store_reviews(game, [edit_review(build_review(inside), "It crashes now.")])
    assert await analyse(game, 150) == ([1], seats)


async def test_a_higher_cap_only_adds_and_a_lower_one_throws_nothing_away(game):
    _, before = await analyse(game, 150)
    assert (await analyse(game, 20))[1] == before
    _, grown = await analyse(game, 300)
    assert grown[: len(before)] == before
    assert len(grown) == pytest.approx(300, abs=60)
    assert len((await analyse(game, None))[1]) == 600


async def test_a_cap_that_comes_later_leaves_a_whole_game_whole(game):
    await analyse(game, None)
    store_reviews(game, build_reviews(600, 10))
    assert len((await analyse(game, 100))[1]) == 610


async def test_a_preview_tells_the_chunks_and_stores_nothing(game):
    planner = ChunkPlanner(game, analysed_per_game=150)
    planned = planner.preview(APPID)
    assert list_seats(game) == []
    with game.connection() as conn:
        assert AnalysisSampleRepository(conn).get(APPID) is None
    assert planner.seat(APPID) == planned
    assert planner.preview(APPID) == planned


async def test_the_report_names_population_and_sample(game, tmp_path):
    store_reviews(game, [build_review(700, text=" ")])
    await analyse(game, 150)
    service = ReportService(game, KeywordAnalyst(), FolderStore(tmp_path))
    first = (await service.write_report(APPID)).report
    seats = list_seats(game)
    assert (first.sample.stored, first.sample.read, first.sample.left_out) == (601, len(seats), 600 - len(seats))
    assert (first.sample.waiting, first.sample.skipped_blank, first.sample.analysed_share) == (0, 1, 0.25)
    text = render_markdown(first)
    assert "A uniform sample of them is analysed: 25.0 %" in text
    assert f"{600 - len(seats)} that are not in the analysed sample" in text
    assert first.sentiment.positive.of == 601
    with game.connection() as conn:
        check_report_numbers(conn, APPID)


async def test_reviews_of_the_sample_that_came_since_are_told_apart_from_those_left_out(game, tmp_path):
    await analyse(game, 150)
    seated = len(list_seats(game))
    store_reviews(game, build_reviews(600, 200))
    sample = (await ReportService(game, KeywordAnalyst(), FolderStore(tmp_path)).write_report(APPID)).report.sample
    assert sample.waiting + sample.left_out == 800 - seated
    assert sample.waiting == pytest.approx(50, abs=30)
    _, seats = await analyse(game, 150)
    assert len(seats) == seated + sample.waiting


async def test_of_a_crawled_sample_a_part_is_analysed_and_the_share_is_of_what_is_stored(game, tmp_path):
    with game.transaction() as conn:
        CrawlStateRepository(conn).upsert(CrawlState(appid=APPID, sample_rate=0.5, sample_cap=600, stored=600))
    # The 600 are no sample by digest, so that just the rate is looked at here.
    await analyse(game, 150)
    with game.connection() as conn:
        sample = AnalysisSampleRepository(conn).get(APPID)
    assert sample is not None
    assert sample.rate == 0.125
    report = (await ReportService(game, KeywordAnalyst(), FolderStore(tmp_path)).write_report(APPID)).report
    assert (report.sample.sample_rate, report.sample.analysed_share) == (0.5, 0.25)
