"""Converse bodies by what a model takes, Converse answers read, and the table of models."""

import pytest

from steampulse_dagster.clients.bedrock_messages import build_converse_body, is_converse_answer, parse_converse_reply
from steampulse_dagster.clients.bedrock_models import Thinking, get_capabilities, strip_profile
from steampulse_dagster.errors import ConfigError
from steampulse_dagster.models.llm import StopKind
from tests.llm_fakes import build_request

pytestmark = pytest.mark.unit

LONG = "Read with care. " * 400
PLAIN = get_capabilities("somebody.else-v1")


def test_a_long_system_prompt_ends_in_a_cache_point_in_real_time_and_never_in_bulk():
    request, capabilities = build_request(system=LONG), get_capabilities("us.anthropic.claude-haiku-5-5")
    assert build_converse_body(request, capabilities, cached=True)["system"][-1] == {"cachePoint": {"type": "default"}}
    assert build_converse_body(request, capabilities, cached=False)["system"] == [{"text": LONG}]


def test_a_prompt_below_the_minimum_of_its_model_has_no_cache_point():
    haiku_45 = get_capabilities("us.anthropic.claude-haiku-4-5-20251001-v1:0")
    assert len(build_converse_body(build_request(system=LONG), haiku_45, cached=True)["system"]) == 1


def test_no_sampling_is_sent_unless_the_table_says_so():
    body = build_converse_body(build_request(), PLAIN, cached=True)
    assert body["inferenceConfig"] == {"maxTokens": 1000}
    assert "outputConfig" not in body
    warm = PLAIN.model_copy(update={"temperature": 0.0, "effort": "low"})
    body = build_converse_body(build_request(), warm, cached=True)
    assert body["inferenceConfig"]["temperature"] == 0.0
    assert body["outputConfig"] == {"effort": "low"}


def test_thinking_is_switched_off_where_that_can_be_done():
    haiku = get_capabilities("global.anthropic.claude-haiku-5-5")
    body = build_converse_body(build_request(), haiku, cached=True)
    assert body["additionalModelRequestFields"] == {"thinking": {"type": "disabled"}}
    sonnet = get_capabilities("us.anthropic.claude-sonnet-5-5")
    assert "additionalModelRequestFields" not in build_converse_body(build_request(), sonnet, cached=True)
    assert (haiku.thinking_room, sonnet.thinking_room) == (0, 8_000)


def test_a_schema_goes_to_models_that_take_one_and_in_real_time_alone():
    takes = PLAIN.model_copy(update={"structured_output": True})
    request = build_request(answer_schema='{"type":"object"}')
    wanted = {
        "type": "json_schema",
        "structure": {"jsonSchema": {"schema": '{"type":"object"}', "name": "extract_chunk"}},
    }
    assert build_converse_body(request, takes, cached=True)["outputConfig"]["textFormat"] == wanted
    assert "outputConfig" not in build_converse_body(request, takes, cached=False)
    assert "outputConfig" not in build_converse_body(request, PLAIN, cached=True)


@pytest.mark.parametrize(
    ("model", "base"),
    [
        ("us.anthropic.claude-haiku-5-5", "anthropic.claude-haiku-5-5"),
        ("global.anthropic.claude-sonnet-5-5", "anthropic.claude-sonnet-5-5"),
        ("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-haiku-5-5", "anthropic.claude-haiku-5-5"),
        ("anthropic.claude-haiku-5-5", "anthropic.claude-haiku-5-5"),
    ],
)
def test_profiles_and_arns_are_their_model(model, base):
    assert strip_profile(model) == base


def test_an_own_table_wins_and_leaves_the_packaged_one_in_force(tmp_path):
    table = tmp_path / "models.toml"
    table.write_text('[[models]]\npattern = "haiku-5-5"\nthinking = "none"\ncache_minimum_tokens = 0\nbatch = false\n')
    assert get_capabilities("us.anthropic.claude-haiku-5-5", own_table=table).thinking is Thinking.NONE
    assert get_capabilities("us.anthropic.claude-sonnet-5-5", own_table=table).thinking is Thinking.ALWAYS


@pytest.mark.parametrize("text", ["[[models]]\npattern = 3\n", "nonsense", '[[models]]\npattern = "a"\ncolour = 1\n'])
def test_an_own_table_that_cannot_be_read_is_named(tmp_path, text):
    table = tmp_path / "models.toml"
    table.write_text(text)
    with pytest.raises(ConfigError, match=r"models\.toml"):
        get_capabilities("any", own_table=table)


def test_text_is_taken_from_text_blocks_alone():
    content = [{"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": '{"a"'}, {"text": ": 1}"}]
    answer = {"output": {"message": {"content": content}}, "stopReason": "end_turn", "usage": {"inputTokens": 3}}
    assert parse_converse_reply(answer).text == '{"a": 1}'
    assert is_converse_answer(answer)


@pytest.mark.parametrize("answer", [{}, {"output": None}, {"message": "half of a body"}, {"output": {"message": {}}}])
def test_what_is_no_answer_is_told_from_one(answer):
    assert not is_converse_answer(answer)
    assert parse_converse_reply(answer).stop is StopKind.UNUSABLE
