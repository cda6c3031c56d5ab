"""Odd answers: what the oddities of a script make of a model's text. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

FAR_AWAY = 9_000
"""Added to numbers of reviews: no question shows so many."""
INVENTED_QUOTE = "This sentence was never written by anybody who played it."
INVENTED_WORD = "quantum_vibes"
REFUSAL = "I'm not able to help with this request."
_NUMBER_KEYS = frozenset({"reviews", "review", "findings", "unread", "same", "entry", "notable_quotes"})
_WORD_KEYS = frozenset({"topic", "severity", "polarity"})
_QUOTE_KEYS = frozenset({"text", "quote"})


@dataclass(frozen=True)
class Answer:
    """What a model answers: its blocks in order, how it ended."""

    text: str
    stop: str = "end_turn"
    blocks: tuple[Mapping[str, Any], ...] | None = None
    """Set where the content is not one block of text."""

    def list_blocks(self) -> list[Mapping[str, Any]]:
        """The content of the message."""
        return list(self.blocks) if self.blocks is not None else [{"text": self.text}]


def make_odd(name: str | None, answer: Answer) -> Answer:
    """The answer as this oddity has it; untouched for None."""
    text, half = answer.text, answer.text[: len(answer.text) // 2]
    match name:
        case "truncated":
            return replace(answer, text=half, stop="max_tokens")
        case "context_exceeded":
            return replace(answer, text=half, stop="model_context_window_exceeded")
        case "filtered" | "guardrail":
            stop = "content_filtered" if name == "filtered" else "guardrail_intervened"
            return replace(answer, text="", stop=stop, blocks=())
        case "filtered_midway":
            return replace(answer, text=half, stop="content_filtered")
        case "malformed_output":
            return replace(answer, text=half, stop="malformed_model_output")
        case "unknown_stop":
            return replace(answer, stop="paused_for_thought")
        case "reasoning_first":
            return replace(answer, blocks=(build_reasoning("Let me see {what} they say."), {"text": text}))
        case "split_blocks":
            return replace(answer, blocks=({"text": half}, {"text": text[len(half) :]}))
        case "no_content":
            return replace(answer, text="", blocks=())
        case None:
            return answer
        case _:
            return replace(answer, text=_spoil_text(name, text))


def build_reasoning(thought: str) -> dict[str, Any]:
    """A block of thinking, as it comes before the text."""
    return {"reasoningContent": {"reasoningText": {"text": thought, "signature": "c2lnbmVk"}}}


def _spoil_text(name: str, text: str) -> str:
    match name:
        case "fenced":
            return f"```json\n{text}\n```"
        case "json_string":
            return json.dumps(text, ensure_ascii=False)
        case "in_list":
            return f"[{text}]"
        case "extra_words":
            return f"Here is the JSON you asked for:\n\n{text}\n\nLet me know if {{anything}} is missing."
        case "broken_json":
            return text.replace('"', "'")
        case "empty_text":
            return ""
        case "refusal":
            return REFUSAL
        case _:
            return _spoil_content(name, text)


def _spoil_content(name: str, text: str) -> str:
    """A text that is no JSON object stays as it is."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if not isinstance(value, dict):
        return text
    return json.dumps(_CONTENTS[name](value), ensure_ascii=False)


def _drop_keys(value: dict[str, Any]) -> dict[str, Any]:
    return {key: value[key] for at, key in enumerate(value) if at % 2}


def _add_keys(value: dict[str, Any]) -> dict[str, Any]:
    return {"reasoning": "First I looked.", "confidence": 0.93, **value, "meta": {"reviews": [1], "count": 50}}


def _swap_types(value: dict[str, Any]) -> dict[str, Any]:
    """A third of the keys each: as text, as null, in an object."""
    wrong: tuple[Callable[[Any], Any], ...] = (str, lambda _: None, lambda entry: {"items": {"value": entry}})
    return {key: wrong[at % 3](entry) for at, (key, entry) in enumerate(value.items())}


def _change(value: Any, keys: frozenset[str], change: Callable[[Any], Any], *, inside: bool = False) -> Any:
    """The value with `change` made to every leaf below one of the keys."""
    match value:
        case dict():
            return {key: _change(entry, keys, change, inside=inside or key in keys) for key, entry in value.items()}
        case list():
            return [_change(entry, keys, change, inside=inside) for entry in value]
        case _:
            return change(value) if inside else value


def _far(value: Any) -> Any:
    return value + FAR_AWAY if isinstance(value, int) and not isinstance(value, bool) else value


def _as_text(value: Any) -> Any:
    return f"#{value}" if isinstance(value, int) and not isinstance(value, bool) else value


_CONTENTS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "missing_keys": _drop_keys,
    "extra_keys": _add_keys,
    "invented_enum": lambda value: {
        **_change(value, _WORD_KEYS, lambda _: INVENTED_WORD),
        INVENTED_WORD: [{"label": INVENTED_WORD, "reviews": [1]}],
    },
    "wrong_numbers": lambda value: dict(_change(value, _NUMBER_KEYS, _far)),
    "numbers_as_text": lambda value: dict(_change(value, _NUMBER_KEYS, _as_text)),
    "invented_quotes": lambda value: dict(_change(value, _QUOTE_KEYS, lambda _: INVENTED_QUOTE)),
    "wrong_types": _swap_types,
}
