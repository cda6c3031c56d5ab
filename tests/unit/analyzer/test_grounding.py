"""What an analyst says about a chunk and what is kept of it."""

import random

import pytest

from steampulse_dagster.analyzer.grounding import ground, total_grounding
from steampulse_dagster.models.analysis import (
    ChunkSignals,
    ChunkSummary,
    Grounding,
    Mention,
    Provenance,
    ReviewChunk,
    SignalItem,
)
from steampulse_dagster.models.reviews import Review
from tests.analysis_fakes import APPID, build_review

pytestmark = pytest.mark.unit

MODEL = Provenance(engine="test", model="m", version="1", generative=True)
TEXTS = ("It crashes daily. Love the combat.", "Crashes a lot!", "Nice music", "Gut", "👍👍 10/10", "")


def review_id(number: int) -> int:
    return build_review(number).recommendationid


def build_chunk(*reviews: Review) -> ReviewChunk:
    members = reviews or tuple(build_review(number, text=text) for number, text in enumerate(TEXTS))
    return ReviewChunk(appid=APPID, chunk_no=3, game_name="Lantern Keep", content_hash="abc", reviews=members)


def mention(number: int, quote: str | None = None, score: float = 0.0) -> Mention:
    return Mention(recommendationid=review_id(number), quote=quote, score=score)


def friction(
    *mentions: Mention, topic: str = "crashes", label: str = "Crashes", statement: str | None = None
) -> SignalItem:
    return SignalItem(topic=topic, label=label, statement=statement, mentions=mentions)


def ground_friction(*items: SignalItem) -> ChunkSummary:
    return ground(build_chunk(), ChunkSignals(gameplay_friction=items), MODEL)


def test_a_proven_quote_is_kept_in_the_reviews_words() -> None:
    summary = ground_friction(friction(mention(0, "it CRASHES   daily.")))
    (item,) = summary.gameplay_friction
    assert item.mentions == (mention(0, "It crashes daily."),)
    assert summary.grounding == Grounding(quotes=1, proven=1, repaired=1)
    assert (summary.appid, summary.chunk_no, summary.content_hash) == (APPID, 3, "abc")
    assert summary.provenance == MODEL


def test_a_quote_from_another_review_takes_its_mention_with_it() -> None:
    summary = ground_friction(friction(mention(0, "It crashes daily."), mention(2, "Crashes a lot!")))
    assert [one.recommendationid for one in summary.gameplay_friction[0].mentions] == [review_id(0)]
    assert (summary.grounding.quotes, summary.grounding.proven, summary.grounding.dropped) == (2, 1, 1)
    assert summary.grounding.share == 1.0


def test_a_mention_without_a_quote_stays_beside_a_proven_one() -> None:
    summary = ground_friction(friction(mention(0, "It crashes daily."), mention(1)))
    assert summary.gameplay_friction[0].mentions == (mention(0, "It crashes daily."), mention(1))


@pytest.mark.parametrize("mentions", [(mention(0, "it explodes"),), (mention(0), mention(1)), ()])
def test_an_item_without_a_proven_quote_is_dropped_and_counted(mentions: tuple[Mention, ...]) -> None:
    summary = ground_friction(friction(*mentions))
    assert summary.gameplay_friction == ()
    assert summary.grounding.unproven_items == 1


def test_reviews_outside_the_chunk_are_dropped_and_counted() -> None:
    summary = ground_friction(friction(mention(0, "It crashes daily."), mention(77, "It crashes daily."), mention(78)))
    assert len(summary.gameplay_friction[0].mentions) == 1
    assert summary.grounding == Grounding(quotes=1, proven=1, unknown_ids=2)


def test_a_review_counts_once_in_an_item_with_its_best_quote() -> None:
    summary = ground_friction(
        friction(mention(0, score=1.0), mention(0, "It crashes", 0.2), mention(0, "crashes daily", 0.9))
    )
    assert summary.gameplay_friction[0].mentions == (mention(0, "crashes daily", 0.9),)


def test_items_of_one_topic_become_one() -> None:
    summary = ground_friction(
        friction(mention(1, "Crashes a lot!")),
        friction(mention(0, "It crashes daily."), mention(1, "Crashes"), label="Freezes", statement="It crashes."),
    )
    (item,) = summary.gameplay_friction
    assert (item.label, item.statement) == ("Crashes", "It crashes.")
    assert item.mentions == (mention(0, "It crashes daily."), mention(1, "Crashes a lot!"))


def test_equal_answers_in_another_order_give_the_same_bytes() -> None:
    items = [
        friction(mention(0, "It crashes daily."), mention(1, "Crashes a lot!")),
        friction(mention(2, "Nice music"), topic="audio", label="Sound"),
        friction(mention(0, "Love the combat."), topic="combat", label="Combat"),
    ]
    expected = ground_friction(*items).model_dump_json()
    for seed in range(5):
        mixed = [
            item.model_copy(update={"mentions": tuple(random.Random(seed).sample(item.mentions, len(item.mentions)))})
            for item in random.Random(seed).sample(items, len(items))
        ]
        assert ground_friction(*mixed).model_dump_json() == expected


def test_an_analysts_words_are_made_fit_for_the_database() -> None:
    summary = ground_friction(
        friction(mention(0, "It crashes daily."), label="a\x00b\nc", statement="x" * 5_000, topic=" crashes\x00 ")
    )
    (item,) = summary.gameplay_friction
    assert (item.topic, item.label, len(item.statement or "")) == ("crashes", "ab c", 400)
    assert "\\u0000" not in summary.model_dump_json()


def test_notable_quotes_are_proven_ranked_and_few() -> None:
    reviews = [build_review(number) for number in range(10)]
    quotes = tuple(mention(number, reviews[number].review, score=number / 10) for number in range(10))
    summary = ground(
        build_chunk(*reviews), ChunkSignals(notable_quotes=(*quotes, mention(1, "made up"), mention(2))), MODEL
    )
    assert [one.recommendationid for one in summary.notable_quotes] == [review_id(n) for n in (9, 8, 7, 6, 5)]
    assert summary.grounding.dropped == 1


def test_statistics_are_counted_from_the_reviews_and_not_from_the_answer() -> None:
    reviews = (
        build_review(0, text="Good game", voted_up=True, playtime_at_review=10, refunded=True),
        build_review(1, text="Bad game", voted_up=False, playtime_at_review=40, received_for_free=True),
        build_review(2, text="Gutes Spiel", voted_up=True, language="german", playtime_at_review=None),
        build_review(3, text="♥♥♥ 10/10", voted_up=True, language="german", written_during_early_access=True),
        build_review(4, text="Odd", voted_up=False),
    )
    signals = ChunkSignals(
        read_ids=(review_id(0), review_id(99)), gameplay_friction=(friction(mention(1, "Bad game")),)
    )
    stats = ground(build_chunk(*reviews), signals, MODEL).batch_stats
    assert (stats.reviews, stats.read, stats.skipped_blank, stats.positive) == (5, 2, 1, 3)
    assert [(count.language, count.reviews, count.positive) for count in stats.skipped_languages] == [
        ("english", 1, 0),
        ("german", 1, 1),
    ]
    assert [(count.language, count.reviews) for count in stats.read_languages] == [("english", 2)]
    assert (stats.refunded, stats.received_for_free, stats.early_access) == (1, 1, 1)
    assert stats.median_playtime_at_review == 45.5
    assert (stats.first_created, stats.last_created) == (reviews[0].timestamp_created, reviews[4].timestamp_created)


def test_proofs_add_up() -> None:
    one, two = Grounding(quotes=3, proven=2, dropped=1), Grounding(quotes=1, proven=1, unknown_ids=4)
    assert total_grounding([one, two]) == Grounding(quotes=4, proven=3, dropped=1, unknown_ids=4)
    assert total_grounding([]) == Grounding()
