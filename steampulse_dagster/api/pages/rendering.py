"""Turns templates into answers: one Jinja environment, everything escaped unless this package built it as markup."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from steampulse_dagster.api.pages import formats
from steampulse_dagster.api.pages.items import draw_items
from steampulse_dagster.services.drawn_pages import DrawnPage
from steampulse_dagster.utils.clock import utc_now

API = Path(__file__).parents[1]
STATIC = API / "static"
STYLES = ("fonts.css", "base.css", "parts.css", "tables.css", "report.css", "charts.css", "print.css")
"""Style sheets in the order in which they are read."""

_FORMATS = (
    formats.age,
    formats.count,
    formats.counted,
    formats.day,
    formats.full_hours,
    formats.hours,
    formats.interval,
    formats.language_name,
    formats.language_tag,
    formats.minute,
    formats.money,
    formats.month,
    formats.percent,
    formats.points,
    formats.score,
    formats.span,
    formats.usd,
)


@cache
def get_templates() -> Environment:
    """The environment of all pages. A name that a template needs and nobody gave is an error, never a blank."""
    environment = Environment(
        loader=FileSystemLoader(API / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update({function.__name__: function for function in _FORMATS})
    environment.globals.update(asset=build_asset_url, styles=STYLES, draw_items=draw_items)
    return environment


@cache
def build_asset_url(name: str) -> str:
    """Address of a served file, with a digest of its content: it may be kept for ever, a new one has a new address."""
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def render(template: str, **values: Any) -> str:
    """The HTML of a template."""
    return get_templates().get_template(template).render(now=utc_now(), **values)


def build_page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page as an answer. `path` marks where the reader stands in the navigation."""
    return HTMLResponse(render(template, path=request.url.path, **values), status_code=status)


def answer_drawn(request: Request, drawn: DrawnPage) -> HTMLResponse:
    """A kept page as an answer, compressed as it is where that is taken. Its digest is its tag."""
    tag = {"ETag": f'W/"{drawn.digest}"'}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse(drawn.html, headers=tag)
    return HTMLResponse(drawn.compressed, headers={**tag, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
