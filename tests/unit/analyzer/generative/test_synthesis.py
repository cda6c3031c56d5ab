"""Pass 2: what is asked about a game, and what of a drafted report is kept."""

import asyncio

import pytest

from steampulse_dagster.analyzer.generative import synthesis
from steampulse_dagster.analyzer.grounding import ground
from steampulse_dagster.models.analysis import ChunkSignals, Provenance, SignalItem
from steampulse_dagster.models.reports import GameBrief, MentionedReview, ReportDraft, SectionStatus
from steampulse_dagster.models.reviews import ReviewFacts
from steampulse_dagster.services.report_inputs import build_brief
from tests.analysis_fakes import APPID, build_game
from tests.generative_fakes import REFUSED, Reply, ScriptedModel, build_chunk, build_report_answer, open_analyst

pytestmark = pytest.mark.unit

MODEL = Provenance(engine="bedrock", model="m", version="1", generative=True)
TEXTS = ("Act 2 crashes a lot.", "It crashes in act 2, refunded.", "The combat is great. Refunded anyway.")


def write_brief() -> GameBrief:
    chunk = build_chunk(*TEXTS)

    def item(topic: str, label: str, *quotes: tuple[int, str]) -> SignalItem:
        mentions = tuple(
            {"recommendationid": chunk.reviews[number - 1].recommendationid, "quote": quote} for number, quote in quotes
        )
        return SignalItem.model_validate({"topic": topic, "label": label, "statement": label, "mentions": mentions})

    signals = ChunkSignals(
        gameplay_friction=(item("crashes/act", "Crashes in Act 2", (1, "Act 2 crashes"), (2, "crashes in act 2")),),
        dropout_moments=(item("other/refund", "Refunds", (2, "refunded"), (3, "Refunded anyway")),),
        design_praise=(item("combat/great", "Great combat", (3, "The combat is great")),),
        read_ids=tuple(review.recommendationid for review in chunk.reviews),
        notable_quotes=({"recommendationid": chunk.reviews[0].recommendationid, "quote": "Act 2 crashes a lot"},),
    )
    created = [review.timestamp_created for review in chunk.reviews]
    facts = ReviewFacts(
        appid=APPID, stored=3, positive=2, blank=0, first_created=min(created), last_created=max(created)
    )
    brief = build_brief(game=build_game(), facts=facts, summaries=(ground(chunk, signals, MODEL),), reported=None)
    mentioned = tuple(
        MentionedReview(recommendationid=review.recommendationid, voted_up=review.voted_up, playtime_at_review=90)
        for review in chunk.reviews
    )
    return brief.model_copy(update={"mentioned": mentioned})


def draft(*replies: Reply) -> tuple[ReportDraft, ScriptedModel]:
    model = ScriptedModel(*replies)
    return asyncio.run(open_analyst(model).synthesize(write_brief())), model


def test_the_model_gets_counts_as_facts_and_no_review_ids():
    text = synthesis.build_question(write_brief()).text
    assert "2. gameplay_friction / crashes / Crashes in Act 2: Crashes in Act 2 Said by 2 reviews" in text
    assert "median 1.5 hours played" in text
    assert "90000000" not in text


def test_findings_become_items_of_the_sections_that_they_may_stand_in():
    items = [{"findings": [2, 3, 99], "label": "Crashes", "statement": "It crashes in Act 2."}]
    made, _ = draft(build_report_answer(gameplay_friction={"items": items}, dev_priorities={"items": items}))
    assert [len(item.mentions) for item in made.gameplay_friction.items] == [2]
    assert [len(item.mentions) for item in made.dev_priorities.items] == [3]
    assert made.left_out.unknown_ids == 2


def test_a_finding_stands_in_one_item_of_a_section():
    items = [{"findings": [2], "label": "A", "statement": "a"}, {"findings": [2], "label": "B", "statement": "b"}]
    made, _ = draft(build_report_answer(gameplay_friction={"items": items}))
    assert [item.label for item in made.gameplay_friction.items] == ["A"]
    assert made.left_out.spoiled_items == 1


@pytest.mark.parametrize("statement", ["Crashes hit 70 % of players.", "2 reviews say so.", "Most players crash."])
def test_a_counting_statement_gives_way_to_the_findings_own(statement):
    items = [{"findings": [2], "label": "Crashes", "statement": statement}]
    made, _ = draft(build_report_answer(gameplay_friction={"items": items}))
    assert made.gameplay_friction.items[0].statement == "Crashes in Act 2"
    assert made.left_out.unfounded == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("A game whose Act 2 crashes.", True),
        ("Of 3 reviews 2 are positive.", True),
        ("Loved by 94 % of players.", False),
        ("Most players love it.", False),
        ("Sold 2000000 copies.", False),
    ],
)
def test_the_one_liner_may_state_computed_facts_and_names_and_nothing_else(text, kept):
    made, _ = draft(build_report_answer(one_liner=text))
    assert (made.one_liner.text == text) is kept
    assert kept or "number that nobody computed" in (made.one_liner.reason or "")


def test_an_empty_section_keeps_its_reason():
    made, _ = draft(build_report_answer(player_wishlist={"items": [], "reason": "Nobody asks for anything."}))
    assert made.player_wishlist.status is SectionStatus.NOT_ENOUGH_EVIDENCE
    assert made.player_wishlist.reason == "Nobody asks for anything."


def test_a_refused_report_is_asked_for_without_the_strangers_quotes():
    made, model = draft(REFUSED, build_report_answer(one_liner="A game."))
    assert made.one_liner.text == "A game."
    assert "Quotes" in model.requests[0].user
    assert "Quotes" not in model.requests[1].user


@pytest.mark.parametrize(("reply", "calls"), [(REFUSED, 2), ("never JSON", 4)])
def test_without_any_usable_answer_the_report_lists_findings_and_says_what_is_missing(reply, calls):
    made, model = draft(reply)
    assert [item.label for item in made.gameplay_friction.items] == ["Crashes in Act 2"]
    assert made.dev_priorities.status is SectionStatus.NEEDS_LANGUAGE_MODEL
    assert "no usable answer" in (made.one_liner.reason or "")
    assert len(model.requests) == calls
