"""Errors as pages for people."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from steampulse_dagster.api.pages.rendering import build_page

_TITLES = {
    401: "Not allowed",
    404: "Nothing here",
    405: "Not that way",
    422: "That cannot be understood",
    503: "Out of reach for a moment",
}
_ADVICE = {
    404: "The list of games has everything that is stored.",
    422: "Nothing was changed. Mend the address, or begin again from the list of games.",
    503: "The database does not answer, for example because it restarts. Load the page again in some seconds.",
}


def render_error(request: Request, *, status: int, code: str, message: str) -> HTMLResponse:
    """The page that says what went wrong and what helps."""
    return build_page(
        request,
        "error.html",
        status=status,
        number=status,
        code=code,
        message=message,
        title=_TITLES.get(status, "Something went wrong"),
        advice=_ADVICE.get(status, "It is written in the log. The list of games may still work."),
    )
