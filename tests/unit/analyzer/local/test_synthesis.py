from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from steampulse_dagster.analyzer.local.synthesis import build_draft
from steampulse_dagster.models.analysis import BatchStats, ChunkSummary, Grounding, Mention, Provenance, SignalItem
from steampulse_dagster.models.games import Game, GameState
from steampulse_dagster.models.reports import GameBrief, SectionStatus
from steampulse_dagster.models.reviews import ReviewFacts
from steampulse_dagster.models.scores import GameScores, HiddenGemScore, SentimentScore, Share

pytestmark = pytest.mark.unit

_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def _item(topic: str, *mentions: tuple[int, float], quote: str = "it is so") -> SignalItem:
    return SignalItem(
        topic=topic,
        label=topic.title(),
        mentions=tuple(Mention(recommendationid=number, quote=quote, score=score) for number, score in mentions),
    )


def _summary(chunk_no: int, *, read: int, **signals: tuple[SignalItem, ...] | tuple[Mention, ...]) -> ChunkSummary:
    return ChunkSummary(
        appid=1,
        chunk_no=chunk_no,
        content_hash="hash",
        provenance=Provenance(engine="local", model="m", version="1", generative=False),
        batch_stats=BatchStats(
            reviews=read, read=read, skipped_blank=0, positive=read, first_created=_MOMENT, last_created=_MOMENT
        ),
        grounding=Grounding(),
        **signals,
    )


@pytest.fixture
def make_brief() -> Callable[..., GameBrief]:
    def make(*summaries: ChunkSummary) -> GameBrief:
        share = Share(count=0, of=0, share=None, low=None, high=None, population="p")
        return GameBrief(
            game=Game(appid=1, name="The Game", slug="the-game", type="game", state=GameState.AVAILABLE),
            facts=ReviewFacts(appid=1, stored=0, positive=0, blank=0),
            scores=GameScores(
                sentiment=SentimentScore(score=None, label="Insufficient", positive=share),
                hidden_gem=HiddenGemScore(score=None, reviews=0, population="p"),
                trends=(),
            ),
            summaries=summaries,
        )

    return make


def test_mentions_of_all_chunks_are_united_by_distinct_review(make_brief) -> None:
    draft = build_draft(
        make_brief(
            _summary(0, read=50, gameplay_friction=(_item("crashes", (1, 0.5), (2, 0.9)),)),
            _summary(1, read=20, gameplay_friction=(_item("crashes", (2, 0.4), (3, 0.6)),)),
        )
    )
    (item,) = draft.gameplay_friction.items
    assert [(mention.recommendationid, mention.score) for mention in item.mentions] == [(2, 0.9), (3, 0.6), (1, 0.5)]
    assert item.statement is None


def test_topics_are_ranked_by_reviews_and_score(make_brief) -> None:
    items = (_item("bugs", (1, 0.9)), _item("grind", (2, 0.6), (3, 0.6)), _item("camera", (4, 0.95)))
    draft = build_draft(make_brief(_summary(0, read=50, gameplay_friction=items)))
    assert [item.topic for item in draft.gameplay_friction.items] == ["grind", "camera", "bugs"]


def test_one_voice_in_a_big_game_is_not_shown_and_the_reason_names_the_numbers(make_brief) -> None:
    lone = (_item("crashes", (1, 0.9)),)
    small = build_draft(make_brief(_summary(0, read=100, dropout_moments=lone)))
    big = build_draft(make_brief(_summary(0, read=101, dropout_moments=lone)))
    assert small.churn_triggers.items
    assert big.churn_triggers.status is SectionStatus.NOT_ENOUGH_EVIDENCE
    assert big.churn_triggers.reason is not None
    assert "101" in big.churn_triggers.reason


def test_judgement_is_left_to_a_language_model(make_brief) -> None:
    draft = build_draft(make_brief(_summary(0, read=3)))
    assert draft.dev_priorities.status is SectionStatus.NEEDS_LANGUAGE_MODEL
    for judgement in (draft.one_liner, draft.audience_profile):
        assert judgement.text is None
        assert judgement.reason


def test_an_empty_section_says_that_nobody_said_so(make_brief) -> None:
    section = build_draft(make_brief(_summary(0, read=3))).design_strengths
    assert section.status is SectionStatus.NOT_ENOUGH_EVIDENCE
    assert section.reason == "None of the 3 reviews that were read praises a named aspect."


def test_a_wish_shows_the_words_that_recur(make_brief) -> None:
    wish = _item("modding", (1, 0.5), (2, 0.5), quote="Please add a map editor")
    (item,) = build_draft(make_brief(_summary(0, read=9, wishlist_items=(wish,)))).player_wishlist.items
    assert item.label == "Modding (editor, map)"


def test_the_best_notable_quotes_of_different_reviews_are_kept(make_brief) -> None:
    quotes = tuple(Mention(recommendationid=number, quote="q", score=number / 20) for number in range(1, 13))
    draft = build_draft(make_brief(_summary(0, read=50, notable_quotes=quotes)))
    assert [mention.recommendationid for mention in draft.notable_quotes] == [12, 11, 10, 9, 8, 7, 6, 5]


def test_a_draft_does_not_depend_on_the_order_of_the_chunks(make_brief) -> None:
    one = _summary(0, read=50, design_praise=(_item("audio", (1, 0.5)), _item("story", (2, 0.5))))
    two = _summary(1, read=20, design_praise=(_item("story", (3, 0.5)), _item("audio", (4, 0.5))))
    assert build_draft(make_brief(one, two)) == build_draft(make_brief(two, one))
