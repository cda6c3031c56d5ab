"""How requests to a look-alike are read and how its errors are written; shared by all look-alikes.

Steam takes parameters as plain query fields (`languages[0]=all`) or as one JSON object in `input_json`, and answers
every error with a small HTML page.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

JSON_TYPE = "application/json; charset=UTF-8"
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_COMPACT_ASCII = json.JSONEncoder(separators=(",", ":"))
_INDEXED = re.compile(r"^(\w+)\[(\d+)\]$")


class BadParameterError(Exception):
    """A parameter is missing or cannot be read; Steam answers 400."""


@dataclass(frozen=True)
class Params:
    """The parameters of one call, whichever way they were sent. `input_json` wins over plain fields."""

    values: Mapping[str, Any]

    @classmethod
    def of(cls, request: Request) -> "Params":
        """Raises BadParameterError if `input_json` is no JSON object."""
        values: dict[str, Any] = {}
        for name, value in request.query_params.multi_items():
            indexed = _INDEXED.match(name)
            if indexed is None:
                values[name] = value
            else:
                values.setdefault(indexed.group(1), []).append(value)
        if "input_json" in values:
            values |= _parse_object(values.pop("input_json"))
        return cls(values)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def integer(self, name: str, default: int) -> int:
        """Raises BadParameterError if the value is no number."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise BadParameterError(f"Parameter '{name}' is not a number") from None

    def require_integer(self, name: str) -> int:
        """Raises BadParameterError if there is no such number."""
        if self.values.get(name) in (None, ""):
            raise BadParameterError(f"Required parameter '{name}' is missing")
        return self.integer(name, 0)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.values.get(name)
        if value is None or value == "":
            return default
        return str(value).lower() not in ("0", "false")

    def items(self, name: str) -> list[Any]:
        """An array; anything else counts as not sent, as a scalar does for a repeated field."""
        value = self.values.get(name)
        return value if isinstance(value, list) else []


def _parse_object(text: Any) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (TypeError, ValueError):
        parsed = None
    if not isinstance(parsed, dict):
        raise BadParameterError("Parameter 'input_json' is not a JSON object")
    return parsed


def json_bytes(value: Any) -> bytes:
    """Compact JSON in UTF-8. Lone surrogates, which UTF-8 cannot carry, leave as escapes, as JSON allows."""
    try:
        return _COMPACT.encode(value).encode()
    except UnicodeEncodeError:
        return _COMPACT_ASCII.encode(value).encode()


def json_response(value: Any, *, status: int = 200) -> Response:
    return Response(json_bytes(value), status_code=status, headers={"content-type": JSON_TYPE})


def steam_error(status: int, text: str = "") -> Response:
    """A Steam error page."""
    title = HTTPStatus(status).phrase
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>"
    return HTMLResponse(page, status_code=status)


async def answer_http_error(_: Request, error: Exception) -> Response:
    """Exception handler: an unknown path or method as an error page."""
    return steam_error(error.status_code if isinstance(error, HTTPException) else 500)


async def answer_bad_parameter(_: Request, error: Exception) -> Response:
    """Exception handler: a parameter that cannot be read."""
    return steam_error(400, str(error))


STEAM_ERRORS: Mapping[Any, Any] = {
    HTTPException: answer_http_error,
    BadParameterError: answer_bad_parameter,
    Exception: answer_http_error,
}
"""Exception handlers of the Steam look-alikes."""
