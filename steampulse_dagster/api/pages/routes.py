"""The pages' addresses: read what was asked, ask a service, show the answer."""

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from steampulse_dagster.api.deps import AppId, Services
from steampulse_dagster.api.pages import overview
from steampulse_dagster.api.pages.comparing import build_comparison
from steampulse_dagster.api.pages.history import build_diff_view, build_head
from steampulse_dagster.api.pages.quotes import draw_mention
from steampulse_dagster.api.pages.rendering import answer_drawn, build_page, render
from steampulse_dagster.api.pages.report_view import build_report_view
from steampulse_dagster.api.pages.standing import build_standing
from steampulse_dagster.errors import NotFoundError, ValidationError
from steampulse_dagster.models.reading import GameFilter, GamePage, GameSort
from steampulse_dagster.models.reports import SectionName
from steampulse_dagster.services.reading import ReadingServices
from steampulse_dagster.services.report_words import TITLES

router = APIRouter(default_response_class=HTMLResponse)

MAX_ID = 2**63 - 1
ROWS = 50
SUGGESTED_GAMES = 100
MOST_COMPARED = 5

_COLUMNS = (
    ("name", "Game", GameSort.NAME),
    ("sentiment", "Sentiment", GameSort.SENTIMENT),
    ("reviews", "Reviews", GameSort.REVIEWS),
    ("gem", "Hidden gem", GameSort.HIDDEN_GEM),
    ("fresh", "Newest review", GameSort.NEWEST_REVIEW),
)


@router.get("/")
def show_overview(request: Request, services: Services) -> Response:
    """All games: search, filters, sorting and pages are plain addresses."""
    query = overview.parse_query(request.query_params)
    wanted = query.build_filter()
    return answer_drawn(request, services.lists.get(query, lambda: draw_overview(query, wanted, services)))


def draw_overview(query: overview.OverviewQuery, wanted: GameFilter, services: ReadingServices) -> str:
    """The overview as a page."""
    games, cursor = services.games, query.cursor or None
    page = games.list_drawn(wanted, overview.draw_cells, services.rows, limit=ROWS, cursor=cursor)
    return render(
        "overview.html",
        path="/",
        query=query,
        rows=page.rows,
        columns={name: overview.build_column(query, title, sort) for name, title, sort in _COLUMNS},
        sentiments=overview.SENTIMENTS,
        gems=overview.GEMS,
        reported=overview.REPORTED,
        sorts=overview.SORTS,
        genres=games.list_genres(),
        tags=games.list_tags(),
        totals=games.get_totals(),
        uncrawled=None if query != overview.OverviewQuery() else games.list_uncrawled(),
        cut_reason=overview.cut_reason,
        first=query.link(cursor="") if query.cursor else None,
        next=query.link(cursor=page.next_cursor) if page.next_cursor else None,
    )


@router.get("/games/{appid}")
def show_game(
    request: Request, services: Services, appid: AppId, quotes: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """One game: its report, or why there is none."""
    if quotes == "open":
        return HTMLResponse(draw_game(services.games.get_page(appid), open_quotes=True))
    return answer_drawn(request, services.drawn.get(appid, draw_game))


def draw_game(game: GamePage, *, open_quotes: bool = False) -> str:
    """A game's page."""
    view = build_report_view(game.report, game) if game.report else None
    standing = None if view else build_standing(game)
    path = f"/games/{game.game.appid}"
    return render("game.html", path=path, game=game, view=view, standing=standing, open_quotes=open_quotes)


@router.get("/games/{appid}/evidence")
def show_evidence(
    request: Request,
    services: Services,
    appid: AppId,
    section: SectionName,
    topic: Annotated[str, Query(max_length=500)],
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Every review behind one item of a report."""
    found = services.signals.list_signals(appid, section=section)
    item = next((signal for signal in found if signal.topic == topic), None)
    if item is None:
        raise NotFoundError("The current report has no such item.", appid=appid)
    page = services.signals.list_evidence(appid, section=section, topic=topic, limit=ROWS, cursor=cursor)
    here = f"/games/{appid}/evidence?" + urlencode({"section": section, "topic": topic})
    return build_page(
        request,
        "evidence.html",
        game=services.games.get_page(appid),
        item=item,
        title=TITLES[section],
        quotes=Markup("".join(draw_mention(row) for row in page.items)),
        first=here if cursor else None,
        next=f"{here}&{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else None,
    )


@router.get("/games/{appid}/history")
def show_history(
    request: Request, services: Services, appid: AppId, cursor: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """The game's reports, newest first."""
    page = services.games.list_history(appid, limit=ROWS, cursor=cursor)
    here = f"/games/{appid}/history"
    return build_page(
        request,
        "history.html",
        game=services.games.get_page(appid),
        heads=[build_head(head) for head in page.items],
        first=here if cursor else None,
        next=f"{here}?{urlencode({'cursor': page.next_cursor})}" if page.next_cursor else None,
    )


@router.get("/games/{appid}/diff")
def show_diff(
    request: Request,
    services: Services,
    appid: AppId,
    older: Annotated[int | None, Query(alias="from", ge=1, le=MAX_ID)] = None,
    newer: Annotated[int | None, Query(alias="to", ge=1, le=MAX_ID)] = None,
) -> Response:
    """What changed between two reports of a game, whichever way round they are named."""
    if older is not None and newer is not None and older > newer:
        older, newer = newer, older
    diff = services.diffs.compare(appid, from_id=older, to_id=newer)
    return build_page(request, "diff.html", game=services.games.get_page(appid), view=build_diff_view(diff))


@router.get("/compare")
def show_comparison(request: Request, services: Services) -> Response:
    """Two to five games beside one another, and the form that chooses them."""
    appids = _read_appids(request.query_params.getlist("appid"))
    view = build_comparison(services.games.compare(appids)) if len(appids) > 1 else None
    suggested = services.games.list_games(GameFilter(reported=True), limit=SUGGESTED_GAMES).items
    fields = [str(appid) for appid in appids] + [""] * (MOST_COMPARED - len(appids))
    return build_page(request, "compare.html", view=view, suggested=suggested, fields=fields)


@router.get("/libraries")
def find_library(request: Request, steam_id: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The form that leads to a library."""
    if steam_id.strip():
        wanted = re.search(r"\d{17}", steam_id, re.ASCII)
        if wanted is None:
            raise ValidationError("A SteamID64 has 17 digits and begins with 7656119.")
        return RedirectResponse(f"/libraries/{wanted.group()}", status_code=303)
    return build_page(request, "libraries.html")


@router.get("/libraries/{steam_id}")
def show_library(
    request: Request, services: Services, steam_id: str, cursor: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """Somebody's games as they were imported."""
    library = services.library.get_library(steam_id, limit=ROWS, cursor=cursor)
    here, following = f"/libraries/{library.steam_id}", library.page.next_cursor
    return build_page(
        request,
        "library.html",
        library=library,
        first=here if cursor else None,
        next=f"{here}?{urlencode({'cursor': following})}" if following else None,
    )


def _read_appids(given: list[str]) -> list[int]:
    """The numbers of an address; fields that were left empty are not meant. Raises ValidationError."""
    words = [word.strip() for word in given if word.strip()]
    wrong = next((word for word in words if not re.fullmatch(r"\d{1,10}", word, re.ASCII)), None)
    if wrong is not None:
        raise ValidationError(f"{wrong[:40]!r} is not an appid: an appid is a number, such as 570.")
    appids = list(dict.fromkeys(map(int, words)))
    if len(appids) > MOST_COMPARED:
        raise ValidationError(f"At most {MOST_COMPARED} games can be compared, not {len(appids)}.")
    return appids
