"""Games: the overview, one game, its reports over time, several beside one another."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from steampulse_dagster.api.deps import AppId, Services
from steampulse_dagster.models.reading import (
    MAX_APPID,
    MAX_PAGE,
    Comparison,
    GameFilter,
    GameNames,
    GamePage,
    GameRow,
    OverviewTotals,
    Page,
    ReportHead,
    UncrawledGames,
)

router = APIRouter(prefix="/api", tags=["games"])

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most rows of the page")]
Cursor = Annotated[str | None, Query(max_length=1_000, description="`next_cursor` of the page before")]


class GameQuery(GameFilter):
    """The overview's filter with the page that is asked for."""

    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="Most rows of the page")
    cursor: str | None = Field(default=None, max_length=1_000, description="`next_cursor` of the page before")


@router.get("/games")
def list_games(services: Services, query: Annotated[GameQuery, Query()]) -> Page[GameRow]:
    """Stored games, filtered and sorted, page by page."""
    wanted = GameFilter(**query.model_dump(exclude={"limit", "cursor"}))
    return services.games.list_games(wanted, limit=query.limit, cursor=query.cursor)


@router.get("/totals")
def get_totals(services: Services) -> OverviewTotals:
    """Sizes of the whole collection."""
    return services.games.get_totals()


@router.get("/uncrawled")
def list_uncrawled(services: Services) -> UncrawledGames:
    """Followed games of which nothing is stored yet: how many, and the first hundred with what went wrong."""
    return services.games.list_uncrawled()


@router.get("/genres")
def list_genres(services: Services) -> tuple[GameNames, ...]:
    """Genres that the overview can be filtered by, most common first."""
    return services.games.list_genres()


@router.get("/tags")
def list_tags(services: Services) -> tuple[GameNames, ...]:
    """User tags that the overview can be filtered by, most common first; at most 500."""
    return services.games.list_tags()


@router.get("/games/{appid}")
def get_game(services: Services, appid: AppId) -> GamePage:
    """One game with its current report, its crawl, playtimes and cost, all as of one moment."""
    return services.games.get_page(appid)


@router.get("/games/{appid}/reports")
def list_reports(services: Services, appid: AppId, limit: Limit = 50, cursor: Cursor = None) -> Page[ReportHead]:
    """The game's reports, newest first, without their content."""
    return services.games.list_history(appid, limit=limit, cursor=cursor)


@router.get("/compare")
def compare_games(
    services: Services,
    appid: Annotated[
        list[Annotated[int, Field(ge=1, le=MAX_APPID)]],
        Query(min_length=2, max_length=5, description="Two to five games", examples=[[9000010, 9000030]]),
    ],
) -> Comparison:
    """Two to five games beside one another, topic by topic."""
    return services.games.compare(appid)
