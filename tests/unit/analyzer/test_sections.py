"""From an analyst's draft to the report: counted, proven again, nothing twice."""

from collections.abc import Mapping

import pytest

from steampulse_dagster.analyzer.grounding import ground
from steampulse_dagster.analyzer.sections import build_empty_draft, build_report, list_mentioned_ids
from steampulse_dagster.errors import NoReviewsError
from steampulse_dagster.models.analysis import ChunkSignals, Mention, Provenance, ReviewChunk, SignalItem
from steampulse_dagster.models.reports import (
    DraftItem,
    DraftSection,
    EvidenceLevel,
    GameBrief,
    GameReport,
    Judgement,
    ReportDraft,
    SectionStatus,
)
from steampulse_dagster.models.reviews import Review, ReviewFacts
from steampulse_dagster.services.report_inputs import Coverage, build_brief
from tests.analysis_fakes import APPID, build_game, build_review, edit_review

pytestmark = pytest.mark.unit

MODEL = Provenance(engine="test", model="m", version="1", generative=True)


def write_text(number: int) -> str:
    return f"It crashes {number} times. Love combat number {number}. I refunded it after {number} hours."


REVIEWS = [build_review(number, text=write_text(number)) for number in range(12)]
BY_ID = {review.recommendationid: review for review in REVIEWS}


def mention(number: int, quote: str | None = None, score: float = 0.5) -> Mention:
    return Mention(recommendationid=REVIEWS[number].recommendationid, quote=quote, score=score)


def crash(number: int) -> Mention:
    return mention(number, f"It crashes {number} times.")


def leaving(number: int) -> Mention:
    return mention(number, f"I refunded it after {number} hours.")


def signal(topic: str, *mentions: Mention) -> SignalItem:
    return SignalItem(topic=topic, label=topic.title(), mentions=mentions)


def build_test_brief(signals: ChunkSignals | None = None) -> GameBrief:
    given = signals or ChunkSignals(
        gameplay_friction=(signal("crashes", *map(crash, range(6))), signal("bugs", crash(7), crash(8))),
        design_praise=(signal("combat", *(mention(n, f"Love combat number {n}.") for n in range(8))),),
        dropout_moments=(signal("crashes", *map(leaving, range(4, 8))),),
        notable_quotes=(mention(10, "It crashes 10 times."), crash(0)),
    )
    read = given.model_copy(update={"read_ids": tuple(BY_ID)})
    chunk = ReviewChunk(appid=APPID, chunk_no=0, game_name="x", content_hash="h", reviews=tuple(REVIEWS))
    facts = ReviewFacts(
        appid=APPID,
        stored=20,
        positive=15,
        blank=1,
        first_created=REVIEWS[0].timestamp_created,
        last_created=REVIEWS[-1].timestamp_created,
    )
    summaries = (ground(chunk, read, MODEL),)
    return build_brief(game=build_game(), facts=facts, summaries=summaries, reported=None, coverage=Coverage(waiting=5))


def draft_item(topic: str, *mentions: Mention, statement: str | None = None, label: str | None = None) -> DraftItem:
    return DraftItem(topic=topic, label=label or topic.title(), statement=statement, mentions=mentions)


def report_on(
    brief: GameBrief | None = None, reviews: Mapping[int, Review] | None = None, **sections: object
) -> GameReport:
    """The report on a draft that has just these sections."""
    made = {
        name: DraftSection(items=tuple(value)) if isinstance(value, list) else value for name, value in sections.items()
    }
    draft = build_empty_draft().model_copy(update=made)
    return build_report(brief or build_test_brief(), draft, BY_ID if reviews is None else reviews, provenance=MODEL)


def test_an_item_counts_all_reviews_of_its_topic_whatever_the_draft_names() -> None:
    (item,) = report_on(gameplay_friction=[draft_item("crashes", crash(2))]).gameplay_friction.items
    assert (item.mentions.count, item.mentions.of) == (6, 12)
    assert item.mentions.population == "English reviews with text that the analyst read"
    assert (item.positive_votes.count, item.positive_votes.of) == (4, 6)
    assert item.median_playtime_at_review == 47.5
    assert item.first_mentioned == REVIEWS[0].timestamp_created
    assert item.last_mentioned == REVIEWS[5].timestamp_created


def test_a_draft_may_join_topics_of_the_same_signal_and_nothing_else() -> None:
    praised_only = mention(3, "Love combat number 3.")
    joined = draft_item("bugs", crash(0), crash(7), Mention(recommendationid=1, quote="made up"))
    report = report_on(gameplay_friction=[joined], design_strengths=[draft_item("combat", praised_only, crash(11))])
    assert report.gameplay_friction.items[0].mentions.count == 3
    assert report.design_strengths.items[0].mentions.count == 8
    assert report.grounding.unknown_ids == 2


def test_a_new_quote_of_the_draft_is_proven_or_replaced() -> None:
    item = draft_item("crashes", mention(1, "CRASHES 1 times", 0.9), mention(2, "burns down", 0.8))
    report = report_on(gameplay_friction=[item])
    quotes = [evidence.quote for evidence in report.gameplay_friction.items[0].evidence]
    assert quotes[0] == "crashes 1 times"
    assert "It crashes 2 times." in quotes
    assert (report.grounding.dropped, report.grounding.share) == (1, 1.0)


def test_an_item_that_no_summary_knows_is_dropped_with_a_reason() -> None:
    report = report_on(gameplay_friction=[draft_item("aliens", mention(10, "It crashes 10 times."))])
    assert report.gameplay_friction.status is SectionStatus.NOT_ENOUGH_EVIDENCE
    assert report.gameplay_friction.reason == (
        "Not enough evidence: no proposed item has a quote that is in the reviews."
    )
    assert report.grounding.unproven_items == 1


def test_evidence_is_at_most_five_quotes_best_first_each_proven_now() -> None:
    picks = [mention(5, "It crashes 5 times.", 0.9), mention(3, "It crashes 3 times.", 0.8)]
    edited = {**BY_ID, REVIEWS[3].recommendationid: edit_review(REVIEWS[3], "All is well.")}
    (item,) = report_on(reviews=edited, gameplay_friction=[draft_item("crashes", *picks)]).gameplay_friction.items
    assert item.evidence[0].quote == "It crashes 5 times."
    assert "It crashes 3 times." not in {evidence.quote for evidence in item.evidence}
    assert len(item.evidence) == 5
    assert item.mentions.count == 6


def test_reviews_that_are_gone_are_not_counted() -> None:
    fewer = {key: review for key, review in BY_ID.items() if review is not REVIEWS[0]}
    (item,) = report_on(reviews=fewer, gameplay_friction=[draft_item("crashes")]).gameplay_friction.items
    assert item.mentions.count == 5


def test_one_cause_may_stand_in_several_sections_as_different_aspects() -> None:
    report = report_on(
        gameplay_friction=[draft_item("crashes", statement="The game crashes in boss fights.")],
        churn_triggers=[draft_item("crashes", statement="Players refund after the third crash.")],
        dev_priorities=[draft_item("crashes", statement="Fix the crash in boss fights first.")],
    )
    assert len(report.gameplay_friction.items) == len(report.churn_triggers.items) == 1
    assert report.dev_priorities.items[0].mentions.count == 8


@pytest.mark.parametrize(
    ("statement", "keeper"),
    [
        ("The game crashes in boss fights.", "gameplay_friction"),
        ("Players left after two hours of crashes.", "churn_triggers"),
        ("Fix the crashes in boss fights.", "dev_priorities"),
    ],
)
def test_a_sentence_said_twice_stays_where_it_fits(statement: str, keeper: str) -> None:
    names = ("gameplay_friction", "churn_triggers", "dev_priorities")
    report = report_on(**{name: [draft_item("crashes", statement=statement + " " * n)] for n, name in enumerate(names)})
    assert [name for name in names if getattr(report, name).items] == [keeper]
    for name in set(names) - {keeper}:
        assert getattr(report, name).reason == "Nothing that other sections do not say already."


def test_nearly_equal_sentences_are_one() -> None:
    report = report_on(
        gameplay_friction=[draft_item("crashes", statement="The game crashes in most boss fights.")],
        dev_priorities=[draft_item("crashes", statement="the game crashes in  most boss fights!")],
    )
    assert report.dev_priorities.items == ()


def test_without_sentences_the_same_label_reviews_and_quote_are_a_duplicate_and_another_quote_is_none() -> None:
    same = ChunkSignals(
        gameplay_friction=(signal("crashes", crash(1)), signal("bugs", crash(2))),
        dropout_moments=(signal("crashes", crash(1)), signal("bugs", leaving(2))),
    )
    items = [draft_item("crashes"), draft_item("bugs")]
    report = report_on(build_test_brief(same), gameplay_friction=items, churn_triggers=items)
    assert [item.topic for item in report.gameplay_friction.items] == ["crashes", "bugs"]
    assert [item.topic for item in report.churn_triggers.items] == ["bugs"]


def test_a_section_shows_at_most_eight_items_in_the_drafts_order_and_each_topic_once() -> None:
    topics = [f"topic{n}" for n in range(11)]
    signals = ChunkSignals(gameplay_friction=tuple(signal(topic, crash(n)) for n, topic in enumerate(topics)))
    items = [draft_item(topic) for topic in [*topics[::-1], *topics]]
    report = report_on(build_test_brief(signals), gameplay_friction=items)
    assert [item.topic for item in report.gameplay_friction.items] == topics[:2:-1]


def test_an_empty_section_says_why() -> None:
    needs = DraftSection(status=SectionStatus.NEEDS_LANGUAGE_MODEL)
    own = DraftSection(status=SectionStatus.NOT_ENOUGH_EVIDENCE, reason="Only rumours.")
    report = report_on(dev_priorities=needs, player_wishlist=own)
    assert report.dev_priorities.status is SectionStatus.NEEDS_LANGUAGE_MODEL
    assert "judgement" in (report.dev_priorities.reason or "")
    assert report.player_wishlist.reason == "Only rumours."
    assert report.design_strengths.reason == "Not enough evidence: 0 of 12 reviews that were read mention one."


def test_notable_quotes_do_not_repeat_what_items_show() -> None:
    draft = build_empty_draft().model_copy(
        update={
            "gameplay_friction": DraftSection(items=(draft_item("crashes"),)),
            "notable_quotes": (crash(0), mention(10, "It crashes 10 times."), mention(9, "invented")),
        }
    )
    report = build_report(build_test_brief(), draft, BY_ID, provenance=MODEL)
    assert [evidence.quote for evidence in report.notable_quotes] == ["It crashes 10 times."]


def test_the_sample_adds_up_and_few_reviews_are_low_evidence() -> None:
    report = report_on()
    sample = report.sample
    assert (sample.stored, sample.read, sample.waiting, sample.skipped_blank) == (20, 12, 5, 3)
    assert report.evidence_level is EvidenceLevel.LOW
    assert (sample.reported, sample.completeness) == (None, None)


def test_an_analysts_judgement_is_one_clean_line_or_a_reason() -> None:
    draft = build_empty_draft().model_copy(
        update={"one_liner": Judgement(text="A\nbrave\x00 game"), "audience_profile": Judgement(text="  ")}
    )
    report = build_report(build_test_brief(), draft, BY_ID, provenance=MODEL)
    assert report.one_liner == Judgement(text="A brave game")
    assert report.audience_profile == Judgement(reason="The analyst gave none.")


def test_the_same_input_gives_the_same_bytes() -> None:
    first, second = (
        report_on(
            gameplay_friction=[draft_item("crashes"), draft_item("bugs")], design_strengths=[draft_item("combat")]
        )
        for _ in range(2)
    )
    assert first.model_dump_json() == second.model_dump_json()


def test_a_game_without_reviews_has_no_report() -> None:
    brief = build_test_brief().model_copy(update={"facts": ReviewFacts(appid=APPID, stored=0, positive=0, blank=0)})
    with pytest.raises(NoReviewsError, match="Lantern Keep \\(4200\\) has no reviews yet"):
        build_report(brief, build_empty_draft(), {}, provenance=MODEL)


def test_the_ids_to_load_are_all_that_a_report_may_speak_of() -> None:
    ids = [review.recommendationid for review in REVIEWS]
    assert list_mentioned_ids(build_test_brief().summaries) == tuple(sorted({*ids[:9], ids[10]}))


def test_a_draft_is_a_report_draft() -> None:
    assert isinstance(build_empty_draft(), ReportDraft)
