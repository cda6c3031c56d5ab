import asyncio

import pytest

from steampulse_dagster.models.analysis import ChunkSignals, Signal

pytestmark = pytest.mark.unit


def _said(signals: ChunkSignals, signal: Signal) -> set[tuple[str, int]]:
    items = getattr(signals, signal.value)
    return {(item.topic, mention.recommendationid) for item in items for mention in item.mentions}


@pytest.fixture
def mixed(make_review, make_chunk):
    return make_chunk(
        make_review("The soundtrack is gorgeous. Better than Factorio in every way.", number=1),
        make_review("It crashes every ten minutes. Refunded.", number=2, voted_up=False, refunded=True),
        make_review("I wish there was a map editor. Lovely pixel art.", number=3, votes_up=40),
        make_review("Das Spiel ist gut", number=4, language="german"),
        make_review("👍", number=5),
    )


def test_each_kind_of_signal_is_found(analyst, mixed) -> None:
    signals = analyst.extract(mixed)
    assert ("audio", 1) in _said(signals, Signal.DESIGN_PRAISE)
    assert ("crashes", 2) in _said(signals, Signal.GAMEPLAY_FRICTION)
    assert _said(signals, Signal.DROPOUT_MOMENTS) == {("crashes", 2)}
    assert _said(signals, Signal.WISHLIST_ITEMS) == {("modding", 3)}
    assert _said(signals, Signal.COMPETITOR_REFS) == {("factorio", 1)}
    assert signals.read_ids == (1, 2, 3)


def test_every_quote_is_verbatim_and_bounded(analyst, mixed) -> None:
    texts = {review.recommendationid: review.review for review in mixed.reviews}
    signals = analyst.extract(mixed)
    mentions = [m for signal in Signal for item in getattr(signals, signal.value) for m in item.mentions]
    assert mentions
    for mention in (*mentions, *signals.notable_quotes):
        assert mention.quote
        assert mention.quote in texts[mention.recommendationid]
        assert len(mention.quote) <= 300
        assert 0 <= mention.score <= 1


def test_a_review_counts_once_a_topic_and_signal(analyst, make_review, make_chunk) -> None:
    chunk = make_chunk(make_review("It crashes a lot. It crashes in menus. Crashes again and again.", voted_up=False))
    (item,) = [item for item in analyst.extract(chunk).gameplay_friction if item.topic == "crashes"]
    assert len(item.mentions) == 1


def test_the_same_chunk_gives_the_same_bytes_whatever_else_runs(analyst, mixed, make_review, make_chunk) -> None:
    other = make_chunk(*(make_review(f"The combat is fun, part {n}. Menus are a mess.", number=n) for n in range(40)))
    alone = analyst.extract(mixed).model_dump_json()

    async def together() -> list[str]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(analyst.extract_chunk(chunk)) for chunk in (other, mixed, other, mixed)]
        return [task.result().model_dump_json() for task in tasks]

    answers = asyncio.run(together())
    assert answers[1] == answers[3] == alone


def test_a_leaving_without_a_reason_says_so(analyst, make_review, make_chunk) -> None:
    (item,) = analyst.extract(make_chunk(make_review("Refunded.", voted_up=False))).dropout_moments
    assert (item.topic, item.label) == ("unspecified", "No reason given")


def test_an_empty_chunk_is_answered(analyst, make_chunk) -> None:
    assert analyst.extract(make_chunk()) == ChunkSignals()


def test_a_huge_review_is_read_in_part(analyst, make_review, make_chunk) -> None:
    chunk = make_chunk(make_review("The combat is great and the music is lovely. " * 3400))
    assert analyst.extract(chunk).design_praise


def test_without_the_model_the_plain_cases_are_still_found(blind_analyst, mixed) -> None:
    signals = blind_analyst.extract(mixed)
    assert ("crashes", 2) in _said(signals, Signal.GAMEPLAY_FRICTION)
    assert _said(signals, Signal.DROPOUT_MOMENTS) == {("crashes", 2)}
    assert blind_analyst.provenance.degraded == "The model is missing."


def test_nothing_generative_is_claimed(analyst, mixed) -> None:
    assert not analyst.provenance.generative
    signals = analyst.extract(mixed)
    assert all(item.statement is None for signal in Signal for item in getattr(signals, signal.value))
