"""Estimates of tokens from characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steampulse_dagster.utils.tokens import NEWER_TOKENIZER_FACTOR, estimate_tokens, get_token_ceiling

pytestmark = pytest.mark.unit

OLDER = "anthropic.claude-haiku-4-5-20251001-v1:0"
NEWER = "us.anthropic.claude-haiku-5-5"

# Texts of our own, counted once with the public tokenizer of the family that the weights were fitted to.
COUNTED = [
    ("The combat is fun, but the last boss crashes my game every time and I lost two hours of progress.", 22),
    ("Игра отличная, но после последнего обновления постоянно вылетает на рабочий стол.", 38),
    ("游戏很好玩,但是最新的更新之后经常闪退,希望尽快修复。", 29),
    ("Das Spiel ist großartig, aber die Steuerung fühlt sich träge an und es fehlen deutsche Untertitel.", 32),
]


@pytest.mark.parametrize(("text", "tokens"), COUNTED)
def test_a_text_of_any_script_is_estimated_near_what_was_counted(text, tokens):
    assert 0.72 * tokens <= estimate_tokens(text, model=OLDER) <= 1.4 * tokens
    assert get_token_ceiling(estimate_tokens(text, model=OLDER)) >= tokens


def test_newer_and_unknown_tokenizers_are_taken_to_need_more():
    text = "word " * 1000
    older = estimate_tokens(text, model=OLDER)
    for model in ("claude-3-5-sonnet-20240620", "global.anthropic.claude-sonnet-4-6", "claude-opus-4-20250514-v1:0"):
        assert estimate_tokens(text, model=model) == older
    for model in (NEWER, "anthropic.claude-opus-4-7", "anthropic.claude-sonnet-5", "llama3.1:8b"):
        assert estimate_tokens(text, model=model) == pytest.approx(older * NEWER_TOKENIZER_FACTOR, abs=2)


@given(st.text(max_size=300), st.text(max_size=300))
def test_longer_texts_never_have_fewer_tokens(text, more):
    shorter = estimate_tokens(text, model=NEWER)
    assert 1 <= shorter <= estimate_tokens(text + more, model=NEWER)
    assert get_token_ceiling(shorter) > shorter
