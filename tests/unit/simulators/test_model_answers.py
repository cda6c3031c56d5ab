"""The simulated model answers the product's own prompts: planted facts where it knows the reviews, quotes that hold."""

import asyncio

import pytest

from steampulse_dagster.analyzer.generative.prompts import Prompt, get_prompt
from steampulse_dagster.analyzer.grounding import ground
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.simulators.model_answers import build_model_answers
from steampulse_dagster.simulators.seeded.world import SeededWorld
from tests.generative_fakes import ScriptedModel, build_chunk, open_analyst
from tests.seeded_reviews import list_seeded_reviews

pytestmark = pytest.mark.unit

APPID = 9000060
WORLD = SeededWorld()


def test_planted_facts_of_a_games_reviews_are_found_with_their_quotes_and_no_others():
    answer = build_model_answers(WORLD)
    name = (WORLD.get_appdetails(APPID) or {})["data"]["name"]
    chunk = build_chunk(reviews=list_seeded_reviews(WORLD, APPID)[:50], name=name)
    analyst = open_analyst(ScriptedModel(lambda request: answer(request.system, request.user)))
    summary = ground(chunk, asyncio.run(analyst.extract_chunk(chunk)), analyst.provenance)
    said = {
        (mention.recommendationid, signal.value)
        for signal in Signal
        for item in summary.items(signal)
        for mention in item.mentions
    }
    facts = WORLD.review_facts(APPID)
    planted = {
        (review.recommendationid, signal)
        for review in chunk.reviews
        for signal, _, _ in facts.get(str(review.recommendationid), ())
    }
    assert said == planted
    assert summary.grounding.dropped == 0


def test_equal_questions_get_equal_answers():
    system, user = (
        get_prompt(Prompt.JOIN_LABELS),
        "1. design_praise / combat / Combat\n2. design_praise / combat / combat",
    )
    assert build_model_answers()(system, user) == build_model_answers(WORLD)(system, user) == '{"same": [[1, 2]]}'


def test_a_failed_quote_is_mended_from_the_sentence_that_is_like_it_or_given_up():
    user = (
        "Entries:\n1. review 2; item: Stutter; not in it: the swamp it stutters\n"
        "2. review 2; item: X; not in it: aliens\n\n"
        '<review n="2" recommends="no" hours="1.0" language="english">\nFine. It stutters in the swamp!\n</review>'
    )
    told = build_model_answers()(get_prompt(Prompt.REPAIR_EXTRACTION), user)
    assert told == '{"quotes": [{"entry": 1, "text": "It stutters in the swamp"}, {"entry": 2, "text": null}]}'
