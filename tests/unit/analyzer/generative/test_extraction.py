"""Pass 1: what is asked about a chunk, and what of the answers becomes signals, whatever a model does."""

import asyncio

import pytest

from steampulse_dagster.analyzer.grounding import ground
from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.analysis import ChunkSummary, ReviewChunk
from steampulse_dagster.models.llm import ModelReply, ModelRequest, Purpose
from tests.generative_fakes import (
    REFUSED,
    TRUNCATED,
    Reply,
    ScriptedModel,
    build_answer,
    build_chunk,
    build_item,
    build_reply,
    open_analyst,
)

pytestmark = pytest.mark.unit

TEXTS = ("The combat is heavy and great.", "It stutters in the swamp.", "Please add a photo mode. The combat rocks.")


def summarize(chunk: ReviewChunk, *replies: Reply) -> tuple[ChunkSummary, ScriptedModel]:
    model = ScriptedModel(*replies)
    analyst = open_analyst(model)
    return ground(chunk, asyncio.run(analyst.extract_chunk(chunk)), analyst.provenance), model


def ids_of(chunk: ReviewChunk, *numbers: int) -> tuple[int, ...]:
    return tuple(chunk.reviews[number - 1].recommendationid for number in numbers)


def test_numbers_become_ids_and_every_mention_has_its_own_proven_quote():
    chunk = build_chunk(*TEXTS)
    item = build_item("Weighty combat", (1, "The combat is heavy"), (3, "combat rocks"), statement="Hits feel heavy.")
    summary, model = summarize(chunk, build_answer(design_praise=[item]))
    (praise,) = summary.design_praise
    assert tuple(mention.recommendationid for mention in praise.mentions) == ids_of(chunk, 1, 3)
    assert [mention.quote for mention in praise.mentions] == ["The combat is heavy", "combat rocks"]
    assert (praise.topic, praise.label, praise.statement) == (
        "combat/weighty-combat",
        "Weighty combat",
        "Hits feel heavy.",
    )
    assert len(model.requests) == 1


def test_a_review_without_a_quote_is_not_counted_whatever_numbers_the_model_lists():
    chunk = build_chunk(*TEXTS)
    item = {**build_item("Combat", (1, "combat is heavy")), "reviews": [1, 2, 3], "count": 50, "review_ids": [7]}
    summary, _ = summarize(chunk, build_answer(design_praise=[item]))
    assert [mention.recommendationid for mention in summary.design_praise[0].mentions] == list(ids_of(chunk, 1))


def test_numbers_that_were_not_shown_are_dropped_and_counted():
    chunk = build_chunk(*TEXTS)
    item = build_item("Combat", (1, "combat is heavy"), (99, "combat"), (0, "combat"), (-3, "x"))
    summary, _ = summarize(chunk, build_answer(design_praise=[item]))
    assert len(summary.design_praise[0].mentions) == 1
    assert summary.grounding.unknown_ids == 3


def test_numbers_written_as_text_are_read():
    item = build_item("Combat")
    item["quotes"] = [{"review": "#1", "text": "combat is heavy"}, {"review": "3", "text": "combat rocks"}]
    summary, _ = summarize(build_chunk(*TEXTS), build_answer(design_praise=[item]))
    assert len(summary.design_praise[0].mentions) == 2


def test_a_topic_that_is_not_on_the_list_becomes_other():
    item = build_item("Combat", (1, "combat is heavy"), topic="quantum_vibes")
    summary, _ = summarize(build_chunk(*TEXTS), build_answer(design_praise=[item]))
    assert summary.design_praise[0].topic == "other/combat"


def test_another_game_is_its_own_topic():
    chunk = build_chunk("Reminds me of Hades II.")
    item = build_item("Hades II", (1, "Reminds me of Hades II"), topic="combat")
    summary, _ = summarize(chunk, build_answer(competitor_refs=[item]))
    assert (summary.competitor_refs[0].topic, summary.competitor_refs[0].label) == ("hades-ii", "Hades II")


def test_failed_quotes_are_asked_about_once_and_mended():
    chunk = build_chunk(*TEXTS)
    item = build_item("Stutter", (2, "the swamp stutters badly"), topic="performance")
    mended = {"quotes": [{"entry": 1, "text": "It stutters in the swamp"}]}
    summary, model = summarize(chunk, build_answer(gameplay_friction=[item]), mended)
    assert summary.gameplay_friction[0].mentions[0].quote == "It stutters in the swamp"
    assert [request.purpose for request in model.requests] == [Purpose.EXTRACT_CHUNK, Purpose.REPAIR]
    asked = model.requests[1].user
    assert '<review n="2"' in asked
    assert '<review n="1"' not in asked
    grounding = summary.grounding
    assert (grounding.quotes, grounding.proven, grounding.mended, grounding.dropped) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    "repair",
    [
        {"quotes": [{"entry": 1, "text": None}]},
        {"quotes": [{"entry": 1, "text": "still invented"}]},
        {"quotes": [{"entry": 7, "text": "It stutters in the swamp"}]},
        {"quotes": ["x", None, {"entry": 1}]},
        "sorry, no",
        TRUNCATED,
        REFUSED,
    ],
)
def test_what_one_repair_does_not_mend_is_dropped_and_counted(repair: Reply):
    good = build_item("Combat", (1, "combat is heavy"), (3, "combat rocks"))
    bad = build_item("Stutter", (2, "invented by the model"), topic="performance")
    summary, model = summarize(build_chunk(*TEXTS), build_answer(design_praise=[good], gameplay_friction=[bad]), repair)
    assert summary.gameplay_friction == ()
    assert len(summary.design_praise[0].mentions) == 2
    grounding = summary.grounding
    assert (grounding.quotes, grounding.proven, grounding.dropped) == (3, 2, 1)
    assert (grounding.share, grounding.kept_share) == (1.0, 0.6667)
    assert len(model.requests) == 2


def test_an_answer_most_of_whose_quotes_are_wrong_is_asked_for_again_and_the_better_one_kept():
    wrong = build_answer(design_praise=[build_item(f"Thing {'x' * n}", (1, f"invented {n}")) for n in range(4)])
    right = build_answer(design_praise=[build_item("Combat", (1, "combat is heavy"))])
    summary, model = summarize(build_chunk(*TEXTS), wrong, right)
    assert [item.label for item in summary.design_praise] == ["Combat"]
    assert len(model.requests) == 2
    assert "most quotes were not in the reviews" in model.requests[1].user


@pytest.mark.parametrize(
    "statement",
    [
        "43 % of players hate it.",
        "12 reviews say so.",
        "Most players dislike it.",
        "Half of the reviewers quit.",
        "Nine in ten players agree.",
        "All reviews praise it.",
        "Act 7 is too hard.",
    ],
)
def test_a_statement_with_a_number_that_no_review_writes_is_left_out_and_counted(statement: str):
    chunk = build_chunk("Act 2 has a bad boss, the 4 player mode is fun.")
    item = build_item("Boss", (1, "Act 2 has a bad boss"), statement=statement)
    summary, _ = summarize(chunk, build_answer(gameplay_friction=[item]))
    assert (summary.gameplay_friction[0].statement, summary.grounding.unfounded) == (None, 1)


@pytest.mark.parametrize(
    "statement",
    ["The boss of Act 2 is bad.", "In 1.0 the boss is bad.", "The 4 player mode is fun.", "Players dislike the boss."],
)
def test_a_number_that_names_something_in_the_review_may_stand(statement: str):
    chunk = build_chunk("Act 2 has a bad boss since 1.0, the 4 player mode is fun.")
    item = build_item("Boss", (1, "Act 2 has a bad boss"), statement=statement)
    summary, _ = summarize(chunk, build_answer(gameplay_friction=[item]))
    assert summary.gameplay_friction[0].statement == statement


def test_a_label_that_counts_is_replaced_by_its_topics_name():
    item = build_item("80% of players love combat", (1, "combat is heavy"))
    summary, _ = summarize(build_chunk(*TEXTS), build_answer(design_praise=[item]))
    assert summary.design_praise[0].label == "Combat"


def test_what_was_read_is_not_the_models_to_say():
    chunk = build_chunk("Fine game.", "12/10 ★★★", "Отличная игра")
    summary, _ = summarize(chunk, {**build_answer(), "unread": [1, 3], "read": 0})
    assert (summary.batch_stats.read, summary.batch_stats.skipped_blank) == (2, 1)


def test_an_answer_that_was_cut_off_is_asked_for_again_with_more_room():
    summary, model = summarize(
        build_chunk(*TEXTS), TRUNCATED, TRUNCATED, build_answer(design_praise=[build_item("C", (1, "combat"))])
    )
    assert len(summary.design_praise) == 1
    assert [request.max_tokens for request in model.requests] == [6_000, 12_000, 24_000]
    assert len({request.request_key for request in model.requests}) == 3


@pytest.mark.parametrize(
    "spoiled",
    ["", "I think the game is fine.", '{"design_praise": [', {"design_praise": []}, build_answer(design_praise="lots")],
)
def test_an_answer_that_is_no_whole_answer_is_asked_for_again(spoiled: Reply):
    summary, model = summarize(
        build_chunk(*TEXTS), spoiled, build_answer(design_praise=[build_item("C", (1, "combat"))])
    )
    assert len(summary.design_praise) == 1
    assert len(model.requests) == 2
    assert model.requests[1].user.startswith(model.requests[0].user)


def refuse_words(*words: str, answer: ModelReply = REFUSED):
    def reply(request: ModelRequest) -> ModelReply:
        shown = request.user.split("Answer with")[0]
        if any(word in shown for word in words):
            return answer
        return build_reply(build_answer(design_praise=[build_item("Combat", (1, "combat"))]))

    return reply


@pytest.mark.parametrize("answer", [REFUSED, build_reply("never JSON"), TRUNCATED])
def test_one_review_that_the_model_refuses_silences_no_other(answer: ModelReply):
    texts = [f"The combat is great, number {number}." for number in range(50)]
    texts[20] = "poison"
    chunk = build_chunk(*texts)
    summary, model = summarize(chunk, refuse_words("poison", answer=answer))
    assert summary.batch_stats.read == 49
    assert summary.grounding.refused == 1
    assert len(summary.design_praise) == 1
    assert len(model.requests) <= 22


def test_a_model_that_refuses_everything_ends_after_a_few_questions_with_nothing_read():
    chunk = build_chunk(*(f"Text {'ab' * number}" for number in range(1, 51)))
    summary, model = summarize(chunk, REFUSED)
    assert (summary.batch_stats.read, summary.grounding.refused) == (0, 50)
    assert len(model.requests) <= 25


def test_a_model_that_never_answers_usably_is_an_error_and_not_fifty_bad_reviews():
    model = ScriptedModel("no JSON here")
    with pytest.raises(AnalystError, match="not one JSON object") as caught:
        asyncio.run(open_analyst(model).extract_chunk(build_chunk(*TEXTS)))
    assert caught.value.retryable
    assert len(model.requests) == 8


def test_a_single_review_that_is_refused_counts_as_not_read():
    summary, _ = summarize(build_chunk("poison"), REFUSED)
    assert (summary.batch_stats.read, summary.grounding.refused) == (0, 1)


def test_a_loop_of_items_is_cut_and_counted():
    items = [build_item(f"Thing {'a' * number}", (1, "combat")) for number in range(1, 40)]
    summary, _ = summarize(build_chunk(*TEXTS), build_answer(design_praise=items))
    assert len(summary.design_praise) == 25
    assert summary.grounding.spoiled_items == 14


def test_equal_chunks_ask_equal_questions_and_a_changed_text_another():
    analyst = open_analyst(ScriptedModel({}))
    keys = [analyst.build_extraction_request(build_chunk(*texts)).request_key for texts in (TEXTS, TEXTS, TEXTS[:2])]
    assert keys[0] == keys[1] != keys[2]
