"""Reviews: found by their words and facts, and counted over time."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from steampulse_dagster.api.deps import AppId, Services
from steampulse_dagster.models.reading import (
    MAX_PAGE,
    GameTrends,
    Page,
    ReviewFilter,
    ReviewHit,
    TrendStep,
)

router = APIRouter(prefix="/api", tags=["reviews"])


class ReviewQuery(ReviewFilter):
    """The filter with the page that is asked for."""

    limit: int = Field(default=50, ge=1, le=MAX_PAGE, description="Most rows of the page")
    cursor: str | None = Field(default=None, max_length=1_000, description="`next_cursor` of the page before")

    @property
    def wanted(self) -> ReviewFilter:
        """The filter alone."""
        return ReviewFilter(**self.model_dump(exclude={"limit", "cursor"}))


@router.get("/games/{appid}/reviews")
def search_game(services: Services, appid: AppId, query: Annotated[ReviewQuery, Query()]) -> Page[ReviewHit]:
    """A game's stored reviews, the newest first; with `q` those that have these words."""
    return services.reviews.search(appid, query.wanted, limit=query.limit, cursor=query.cursor)


@router.get("/reviews")
def search_all(services: Services, query: Annotated[ReviewQuery, Query()]) -> Page[ReviewHit]:
    """Stored reviews of all games that have the words of `q`, which is needed here; the newest first."""
    return services.reviews.search(None, query.wanted, limit=query.limit, cursor=query.cursor)


@router.get("/games/{appid}/trends")
def get_trends(services: Services, appid: AppId, step: TrendStep = TrendStep.MONTH) -> GameTrends:
    """Reviews and positive share by week or month of creation; the population is named."""
    return services.reviews.get_trends(appid, step=step)
