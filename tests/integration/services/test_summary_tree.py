"""The tree of names on a real database: what is made again after which change, by whom, and what a failure leaves."""

import asyncio

import pytest

from steampulse_dagster.clients.object_store import FolderStore
from steampulse_dagster.errors import AnalystError, NoReviewsError
from steampulse_dagster.services.analysis import AnalysisService
from steampulse_dagster.services.reports import ReportService
from steampulse_dagster.utils.db import fetch_all
from tests.analysis_fakes import (
    APPID,
    KeywordAnalyst,
    build_game,
    build_reviews,
    edit_review,
    store_game,
    store_reviews,
)
from tests.report_numbers import check_report_numbers

pytestmark = pytest.mark.integration

SIZE = 5
"""Reviews of a chunk in these tests: a tree of two levels then needs 320 reviews."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr("steampulse_dagster.analyzer.chunks.CHUNK_SIZE", SIZE)


@pytest.fixture
def game(db):
    """64 sealed chunks and an open one."""
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, 64 * SIZE + 1))
    return db


@pytest.fixture
def report(game, tmp_path):
    """Makes the report by an analyst; what it returns is the outcome."""

    async def make(analyst):
        await AnalysisService(game, analyst).summarize_chunks(APPID)
        return await ReportService(game, analyst, FolderStore(tmp_path)).write_report(APPID)

    return make


def list_nodes(db):
    with db.connection() as conn:
        return [
            (row["level"], row["node_no"])
            for row in fetch_all(conn, "select level, node_no from summary_nodes order by created_at, level, node_no")
        ]


async def test_a_tree_is_made_once_and_read_afterwards(game, report):
    first = KeywordAnalyst()
    made = await report(first)
    assert len(first.joined) == 9
    assert sorted(list_nodes(game)) == [*((1, n) for n in range(8)), (2, 0)]
    again = KeywordAnalyst()
    outcome = await report(again)
    assert (again.joined, again.synthesized, outcome.report_id) == ([], 0, made.report_id)
    with game.connection() as conn:
        check_report_numbers(conn, APPID)


async def test_a_new_review_makes_no_node_and_an_edit_one_on_each_level(game, report):
    await report(KeywordAnalyst())
    store_reviews(game, build_reviews(64 * SIZE + 1, 1))
    grown, edited = KeywordAnalyst(), KeywordAnalyst()
    await report(grown)
    assert (len(grown.extracted), grown.joined, grown.synthesized) == (1, [], 1)
    store_reviews(game, [edit_review(build_reviews(100, 1)[0], "It crashes and feels clunky.")])
    await report(edited)
    assert (len(edited.extracted), len(edited.joined), edited.synthesized) == (1, 2, 1)
    assert sorted(list_nodes(game)[-2:]) == [(1, 100 // SIZE // 8), (2, 0)]


async def test_a_comparison_that_fails_leaves_the_others_stored_and_makes_no_report(game, report):
    failing = KeywordAnalyst(fails_to_join=frozenset({2, 5}))
    with pytest.raises(AnalystError, match=r"2 of 8 comparisons of labels failed, the others are stored") as caught:
        await report(failing)
    assert caught.value.retryable
    assert (len(list_nodes(game)), failing.synthesized) == (6, 0)
    with game.connection() as conn:
        assert fetch_all(conn, "select 1 from reports") == []
    analyst = KeywordAnalyst()
    await report(analyst)
    assert (len(analyst.joined), len(list_nodes(game))) == (3, 9)


async def test_a_run_that_dies_in_the_tree_keeps_its_nodes(game, report, monkeypatch):
    class Dying(KeywordAnalyst):
        async def join_topics(self, appid, topics):
            if len(self.joined) == 3:
                raise RuntimeError("the process dies here")
            return await super().join_topics(appid, topics)

    monkeypatch.setattr("steampulse_dagster.services.summary_tree.NODES_AT_ONCE", 1)
    with pytest.raises(RuntimeError, match="dies here"):
        await report(Dying())
    kept = len(list_nodes(game))
    assert kept == 3
    analyst = KeywordAnalyst()
    await report(analyst)
    assert len(analyst.joined) == 9 - kept


async def test_two_runs_at_once_make_one_report_from_the_nodes_that_are_stored(game, report):
    """Analysts that join differently: whichever node came first, both go on with it."""

    class Lazy(KeywordAnalyst):
        async def join_topics(self, appid, topics):
            return ()

    await AnalysisService(game, KeywordAnalyst()).summarize_chunks(APPID)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(report(analyst)) for analyst in (KeywordAnalyst(), Lazy(), KeywordAnalyst())]
    assert len({task.result().report_id for task in tasks}) == 1
    assert len(list_nodes(game)) == 9


async def test_versions_of_an_analyst_never_meet_in_a_report(game, report):
    """Two analysts in turn, with a report and a new review in between."""
    old = await report(KeywordAnalyst(version="1"))
    first = KeywordAnalyst(version="2")
    new = await report(first)
    assert (len(first.extracted), len(first.joined)) == (65, 9)
    assert (old.report.provenance.version, new.report.provenance.version) == ("1", "2")
    store_reviews(game, build_reviews(64 * SIZE + 1, 1))
    back, forth = KeywordAnalyst(version="1"), KeywordAnalyst(version="2")
    assert (await report(back)).report.provenance.version == "1"
    assert (await report(forth)).report.provenance.version == "2"
    assert (len(back.extracted), back.joined, len(forth.extracted), forth.joined) == (1, [], 1, [])
    with game.connection() as conn:
        rows = fetch_all(conn, "select analyst_key, summary->'provenance'->>'version' as version from chunk_summaries")
    assert all(row["analyst_key"].endswith(f":{row['version']}") for row in rows)


async def test_a_game_that_lost_reviews_and_a_chunk_still_has_its_tree(game, report):
    await report(KeywordAnalyst())
    with game.transaction() as conn, conn.cursor() as cursor:
        gone = [review.recommendationid for review in build_reviews(3 * SIZE, SIZE)]
        cursor.execute("delete from reviews where recommendationid = any(%(gone)s)", {"gone": gone})
    analyst = KeywordAnalyst()
    outcome = await report(analyst)
    assert (analyst.extracted, len(analyst.joined)) == ([], 2)
    assert outcome.report.sample.chunks == 64
    with game.connection() as conn:
        check_report_numbers(conn, APPID)


@pytest.mark.parametrize("reviews", [1, 4, 49])
async def test_a_small_game_gets_a_report_without_a_tree(db, tmp_path, reviews, monkeypatch):
    monkeypatch.setattr("steampulse_dagster.analyzer.chunks.CHUNK_SIZE", 50)
    store_game(db, build_game())
    store_reviews(db, build_reviews(0, reviews))
    analyst = KeywordAnalyst()
    await AnalysisService(db, analyst).summarize_chunks(APPID)
    outcome = await ReportService(db, analyst, FolderStore(tmp_path)).write_report(APPID)
    assert (outcome.report.sample.read, analyst.joined, analyst.synthesized) == (reviews, [], 1)


async def test_a_game_without_reviews_has_a_state_of_its_own(db, tmp_path):
    store_game(db, build_game())
    analyst = KeywordAnalyst()
    outcome = await AnalysisService(db, analyst).summarize_chunks(APPID)
    assert (outcome.chunks, outcome.reviews) == (0, 0)
    with pytest.raises(NoReviewsError, match="has no reviews yet"):
        await ReportService(db, analyst, FolderStore(tmp_path)).write_report(APPID)
