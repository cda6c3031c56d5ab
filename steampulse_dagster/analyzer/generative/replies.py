"""What a model answers, read tolerantly: the JSON in its text, and of that every part which is usable. Pure.

A model that adds a key, wraps its answer in a fence or a string, or spoils one item of twenty has still answered. Only
an answer without a usable object is refused; the spoiled parts are counted and left out.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from steampulse_dagster.errors import AnalystError
from steampulse_dagster.models.llm import ModelReply, StopKind

_FENCE = re.compile(r"```[a-z]*\s*\n(.*?)```", re.DOTALL)
_MAX_UNWRAPPING = 3
_MAX_BRACES = 50
_DECODER = json.JSONDecoder()
_MAX_DIGITS = 9


class UnusableReplyError(AnalystError):
    """The answer holds no usable object; `message` says what is wrong in words that can be given back to the model."""

    def __init__(self, message: str, *, stop: StopKind) -> None:
        super().__init__(message, retryable=stop is not StopKind.FILTERED)
        self.stop = stop

    @property
    def filtered(self) -> bool:
        """Whether the model refused, so that the same question gets the same refusal."""
        return self.stop is StopKind.FILTERED


def read_object(reply: ModelReply, *, keys: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON object of an answer. Raises UnusableReplyError: truncated, filtered, not JSON, or without one of `keys`.

    A value may be null (nothing was found) or JSON in a string; where a list or an object is due, a sentence or a
    number is not an answer.
    """
    match reply.stop:
        case StopKind.FINISHED:
            pass
        case StopKind.TRUNCATED:
            raise UnusableReplyError("the answer was cut off before its end", stop=reply.stop)
        case StopKind.FILTERED:
            raise UnusableReplyError("the model refused or its answer was filtered", stop=reply.stop)
        case StopKind.UNUSABLE:
            raise UnusableReplyError(f"the model stopped without an answer ({reply.stop_reason})", stop=reply.stop)
    found = _find_object(reply.text)
    if found is None:
        raise UnusableReplyError("the answer is not one JSON object", stop=reply.stop)
    if missing := [key for key in keys if key not in found]:
        raise UnusableReplyError(f"the answer has no {', '.join(missing)}", stop=reply.stop)
    unwrapped = {key: _unwrap(found[key]) for key in keys}
    if wrong := [key for key, value in unwrapped.items() if not isinstance(value, list | dict | None)]:
        raise UnusableReplyError(f"the answer has something else under {', '.join(wrong)}", stop=reply.stop)
    return {**found, **unwrapped}


def read_list(answer: dict[str, Any], key: str) -> list[Any]:
    """The list under a key; empty where there is none, a lone object as a list of one."""
    value = answer.get(key)
    match value:
        case list():
            return value
        case dict():
            return [value]
        case _:
            return []


def read_number(value: Any) -> int | None:
    """A whole number, also one written as text or as `#7`; None for anything else."""
    match value:
        case bool():
            return None
        case int():
            return value if abs(value) < 10**_MAX_DIGITS else None
        case float() if value.is_integer() and abs(value) < 10**_MAX_DIGITS:
            return int(value)
        case str() if (digits := value.strip().lstrip("#")).isascii() and digits.isdigit():
            return int(digits) if len(digits) <= _MAX_DIGITS else None
        case _:
            return None


def read_numbers(value: Any) -> list[int]:
    """The whole numbers of a list, each once, in order; whatever is none is left out."""
    values = value if isinstance(value, list) else [value]
    found = (read_number(entry) for entry in values)
    return list(dict.fromkeys(number for number in found if number is not None))


def read_text(value: Any) -> str:
    """Text without outer blanks; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""


def _find_object(text: str) -> dict[str, Any] | None:
    """The object that the text is or holds: bare, fenced, after some words, or as JSON within a JSON string."""
    fenced = [match.group(1) for match in _FENCE.finditer(text)]
    for candidate in (text, *fenced):
        found = _parse(candidate)
        if found is not None:
            return found
    return _find_longest(text)


def _find_longest(text: str) -> dict[str, Any] | None:
    """The longest JSON object among words; what is inside an object that was found is not looked at."""
    best: tuple[int, dict[str, Any] | None] = (0, None)
    begin, tries = text.find("{"), _MAX_BRACES
    while begin >= 0 and tries:
        tries -= 1
        try:
            value, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            value, end = None, begin + 1
        if isinstance(value, dict) and end - begin > best[0]:
            best = (end - begin, value)
        begin = text.find("{", end)
    return best[1]


def _parse(text: str) -> dict[str, Any] | None:
    value: Any = text.strip()
    for _ in range(_MAX_UNWRAPPING):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, str):
            break
        value = _load(value)
    return value if isinstance(value, dict) else None


def _unwrap(value: Any) -> Any:
    """A list or object that was written as JSON in a string; any other value as it is."""
    loaded = _load(value) if isinstance(value, str) else None
    return loaded if isinstance(loaded, list | dict) else value


def _load(text: str) -> Any:
    """What the JSON says; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
