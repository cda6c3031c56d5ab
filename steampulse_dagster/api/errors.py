"""Errors as answers: `{code, message, detail}` and a status, the same everywhere."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from steampulse_dagster.api.access import AccessError
from steampulse_dagster.errors import (
    BusyError,
    DatabaseError,
    NoReviewsError,
    NotFoundError,
    SteamPulseError,
    ValidationError,
)

log = structlog.get_logger()

RETRY_AFTER_SECONDS = 5
"""A PostgreSQL that restarts is back within seconds."""


class ErrorBody(BaseModel):
    """Why a request was not fulfilled."""

    code: str = Field(description="Stable name of the kind of error", examples=["NOT_FOUND"])
    message: str = Field(description="One sentence for people", examples=["There is no game 570 here."])
    detail: Any = Field(default=None, description="More, where there is more: of wrong input, where it is wrong")


ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorBody, "description": "The input is wrong; `detail` says where"},
    "default": {"model": ErrorBody, "description": "The request was not fulfilled"},
}


def install_error_handlers(app: FastAPI) -> None:
    """Let every error that a route raises, and every path that leads nowhere, be answered in one form."""
    app.add_exception_handler(SteamPulseError, _answer_deliberate)
    app.add_exception_handler(RequestValidationError, _answer_wrong_input)
    app.add_exception_handler(HTTPException, _answer_http)


def build_error_response(
    request: Request,
    *,
    status: int,
    code: str,
    message: str,
    detail: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer: JSON for programs, a page for people who came by a page's address."""
    if not _is_for_programs(request):
        from steampulse_dagster.api.pages.errors import render_error

        page = render_error(request, status=status, code=code, message=message)
        page.headers.update(headers or {})
        return page
    body = ErrorBody(code=code, message=message, detail=detail)
    return JSONResponse(body.model_dump(mode="json"), status_code=status, headers=dict(headers or {}))


def _is_for_programs(request: Request) -> bool:
    path = request.url.path
    if path.startswith(("/api/", "/static/")) or path in ("/api", "/health", "/ready", "/metrics"):
        return True
    return "text/html" not in request.headers.get("accept", "")


def _answer_deliberate(request: Request, error: Exception) -> Response:
    assert isinstance(error, SteamPulseError)
    headers = {}
    match error:
        case NotFoundError() | NoReviewsError():
            status, code = 404, "NOT_FOUND" if isinstance(error, NotFoundError) else "NO_REVIEWS"
        case ValidationError():
            status, code = 422, error.code
        case AccessError():
            status, code = 401, error.code
            headers["WWW-Authenticate"] = 'Bearer realm="steampulse"'
        case DatabaseError() | BusyError() if error.retryable:
            status, code = 503, error.code
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            log.warning("request_not_answered", reason=error.message)
        case _:
            status, code = 500, error.code
            log.error("request_failed", reason=error.message)
    message = error.message if status < 500 else _tell_outage(error)
    return build_error_response(request, status=status, code=code, message=message, headers=headers)


def _tell_outage(error: SteamPulseError) -> str:
    """What a caller gets to know of an outage: the driver's own words may name hosts and tables."""
    if isinstance(error, DatabaseError):
        return "The database cannot be asked just now." if error.retryable else "The database refused the question."
    return error.message


def _answer_wrong_input(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [{"where": [str(part) for part in one["loc"]], "problem": one["msg"]} for one in error.errors()]
    first = f"{found[0]['where'][-1]}: {found[0]['problem']}" if found else "no details"
    return build_error_response(
        request, status=422, code=ValidationError.code, message=f"The input is wrong: {first}.", detail=found
    )


def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.upper().replace(" ", "_").replace("-", "_")
    message = {404: "There is nothing at this address.", 405: "This address does not take this method."}.get(
        error.status_code, f"{phrase}."
    )
    return build_error_response(request, status=error.status_code, code=code, message=message, headers=error.headers)
