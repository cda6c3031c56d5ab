"""A report as one HTML file: the page's own templates and styles, nothing loaded, nothing that runs. Pure."""

from base64 import b64encode
from functools import cache
from hashlib import sha256

from markupsafe import Markup

from steampulse_dagster.api.pages.rendering import STATIC, STYLES, render
from steampulse_dagster.api.pages.report_view import build_report_view
from steampulse_dagster.models.reading import GamePage
from steampulse_dagster.models.reports import StoredReport


def render_report_html(stored: StoredReport, game: GamePage) -> str:
    """The report as a file that needs no server and no network: system fonts, all quotes open, no script.

    Its own policy allows exactly its one style sheet, by digest, so that it is as safe on a disk as on the server.
    """
    styles, digest = _join_styles()
    return render(
        "export.html",
        game=game,
        view=build_report_view(stored, game),
        open_quotes=True,
        inline_styles=Markup(styles),  # our own files, and no review can get into them
        style_digest=digest,
    )


@cache
def _join_styles() -> tuple[str, str]:
    """All style sheets but the fonts, which are files, and their digest as a policy names it."""
    sheets = [(STATIC / name).read_text() for name in STYLES if name != "fonts.css"]
    joined = "\n" + "\n".join(sheets)
    return joined, b64encode(sha256(joined.encode()).digest()).decode()
