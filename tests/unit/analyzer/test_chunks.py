"""The plan of chunks: append-only, whatever comes in whatever order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.analyzer.chunks import CHUNK_SIZE, NO_MEMBERS, hash_members, plan_chunks
from steampulse_dagster.models.analysis import Chunk
from steampulse_dagster.models.reviews import ReviewRef

pytestmark = pytest.mark.unit

START = datetime(2026, 1, 1, tzinfo=UTC)


def build_refs(first: int, count: int) -> list[ReviewRef]:
    return [
        ReviewRef(recommendationid=n, content_hash=f"h{n}", timestamp_created=START + timedelta(hours=n))
        for n in range(first, first + count)
    ]


def plan(existing: dict[int, Chunk], refs: list[ReviewRef], hashes: dict[int, str] | None = None) -> list[int]:
    """Apply a plan to `existing`; the numbers of the chunks that it writes."""
    known = {review_id: f"h{review_id}" for chunk in existing.values() for review_id in chunk.review_ids}
    planned = plan_chunks(
        appid=1,
        existing=tuple(existing.values()),
        member_hashes=known if hashes is None else hashes,
        unchunked=refs,
    )
    existing.update({chunk.chunk_no: chunk for chunk in planned})
    return [chunk.chunk_no for chunk in planned]


def test_reviews_are_seated_by_creation_then_id() -> None:
    same_moment = [ReviewRef(recommendationid=n, content_hash="h", timestamp_created=START) for n in (30, 10, 20)]
    later = ReviewRef(recommendationid=5, content_hash="h", timestamp_created=START + timedelta(seconds=1))
    (chunk,) = plan_chunks(appid=1, existing=(), member_hashes={}, unchunked=[later, *same_moment])
    assert chunk.review_ids == (10, 20, 30, 5)
    assert not chunk.sealed


def test_fifty_reviews_seal_a_chunk() -> None:
    chunks: dict[int, Chunk] = {}
    assert plan(chunks, build_refs(0, 49)) == [0]
    assert not chunks[0].sealed
    assert plan(chunks, build_refs(49, 1)) == [0]
    assert chunks[0].sealed
    assert plan(chunks, build_refs(50, 1)) == [1]
    assert [len(chunk.review_ids) for chunk in chunks.values()] == [50, 1]


def test_nothing_new_writes_nothing() -> None:
    chunks: dict[int, Chunk] = {}
    plan(chunks, build_refs(0, 120))
    assert plan(chunks, []) == []
    assert plan(chunks, build_refs(0, 120)) == []


def test_an_edit_writes_only_its_own_chunk() -> None:
    chunks: dict[int, Chunk] = {}
    plan(chunks, build_refs(0, 120))
    seats = [chunk.review_ids for chunk in chunks.values()]
    hashes = {n: f"h{n}" for n in range(120)} | {60: "edited"}
    assert plan(chunks, [], hashes) == [1]
    assert [chunk.review_ids for chunk in chunks.values()] == seats


def test_a_sealed_chunk_takes_no_one_even_when_members_are_gone() -> None:
    chunks: dict[int, Chunk] = {}
    plan(chunks, build_refs(0, 50))
    assert plan(chunks, build_refs(50, 1), {n: f"h{n}" for n in range(40)}) == [0, 1]
    assert (len(chunks[0].review_ids), chunks[0].sealed) == (50, True)


def test_a_chunk_whose_members_are_all_gone_has_the_digest_of_nothing() -> None:
    chunks: dict[int, Chunk] = {}
    plan(chunks, build_refs(0, 3))
    plan(chunks, [], {})
    assert chunks[0].content_hash == NO_MEMBERS


def test_the_digest_knows_order_ids_and_contents() -> None:
    pairs = [(1, "a"), (2, "b")]
    others = [[(2, "b"), (1, "a")], [(1, "a")], [(1, "b"), (2, "a")], [(12, "a"), (2, "b")]]
    assert hash_members(pairs) == hash_members(iter(pairs))
    assert len({hash_members(pairs), *map(hash_members, others)}) == 5


@given(st.lists(st.integers(0, 130), max_size=6), st.booleans())
def test_growth_in_any_steps_gives_the_chunks_of_one_step(steps: list[int], shuffled: bool) -> None:
    grown: dict[int, Chunk] = {}
    total = 0
    for count in steps:
        refs = build_refs(total, count)
        before = {number: chunk for number, chunk in grown.items() if chunk.sealed}
        plan(grown, refs[::-1] if shuffled else refs)
        assert {number: grown[number] for number in before} == before
        total += count
    at_once: dict[int, Chunk] = {}
    plan(at_once, build_refs(0, total))
    assert grown == at_once
    seats = [review_id for chunk in grown.values() for review_id in chunk.review_ids]
    assert seats == list(range(total))
    assert all(len(chunk.review_ids) == CHUNK_SIZE for chunk in list(grown.values())[:-1])
