"""The shape of an answer as a JSON Schema, for endpoints that can hold a model to one. Small models need that. Pure.

Kept to what every such endpoint takes: nothing referred to, no lengths of texts, no extra keys. Numbers of reviews are
listed one by one, because a small model counts on for ever where any number will do. What an answer says is checked
by nobody here.
"""

import json
from typing import Any

from steampulse_dagster.analyzer.generative.prompts import Prompt
from steampulse_dagster.analyzer.topics import TOPICS
from steampulse_dagster.models.analysis import Signal
from steampulse_dagster.models.reports import SECTION_NAMES

MAX_ITEMS = 12
"""Of one list: fewer than are read, so that a loop ends early."""
MAX_QUOTES = 50
MAX_NOTABLE = 8
MAX_NUMBERS = 60
_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def build_answer_schema(prompt: Prompt, *, reviews: int | None = None) -> str:
    """The schema of the answer to a prompt, as JSON. `reviews`: how many the question shows."""
    match prompt:
        case Prompt.EXTRACT_CHUNK:
            schema = _build_extraction(_build_quote(reviews))
        case Prompt.REPAIR_EXTRACTION:
            text = {"anyOf": [_TEXT, {"type": "null"}]}
            schema = _object(quotes=_list(_object(entry=_NUMBER, text=text), most=MAX_NUMBERS))
        case Prompt.JOIN_LABELS:
            schema = _object(same=_list(_list(_NUMBER, most=MAX_NUMBERS), most=MAX_NUMBERS))
        case Prompt.SYNTHESIZE:
            schema = _build_synthesis()
    return json.dumps(schema, separators=(",", ":"))


def _build_extraction(quote: dict[str, Any]) -> dict[str, Any]:
    item = _object(
        topic={"type": "string", "enum": [*TOPICS, "other"]},
        label=_TEXT,
        statement=_TEXT,
        quotes=_list(quote, most=MAX_QUOTES),
    )
    signals = {signal.value: _list(item, most=MAX_ITEMS) for signal in Signal}
    return _object(**signals, notable_quotes=_list(quote, most=MAX_NOTABLE))


def _build_quote(reviews: int | None) -> dict[str, Any]:
    number = _NUMBER if reviews is None else {"type": "integer", "enum": list(range(1, reviews + 1))}
    return _object(review=number, text=_TEXT)


def _build_synthesis() -> dict[str, Any]:
    item = _object(label=_TEXT, statement=_TEXT, findings=_list(_NUMBER, most=MAX_NUMBERS))
    text = {"anyOf": [_TEXT, {"type": "null"}]}
    section = _object(items=_list(item, most=MAX_ITEMS), reason=text)
    return _object(
        one_liner=text,
        audience_profile=text,
        **dict.fromkeys(SECTION_NAMES, section),
        notable_quotes=_list(_NUMBER, most=MAX_NOTABLE),
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any], *, most: int) -> dict[str, Any]:
    return {"type": "array", "items": of, "maxItems": most}
