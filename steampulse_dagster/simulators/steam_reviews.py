"""IUserReviewsService/GetAppReviews of the Steam look-alike."""

import asyncio
from enum import IntEnum
from typing import Any, TypeVar

from starlette.responses import Response

from steampulse_dagster.simulators.paging import Page, Purchase, ReviewIndex, ReviewOrder, ReviewQuery, Votes
from steampulse_dagster.simulators.review_shelf import ReviewShelf
from steampulse_dagster.simulators.review_totals import build_query_summary
from steampulse_dagster.simulators.wire import JSON_TYPE, BadParameterError, Params, json_bytes
from steampulse_dagster.simulators.world import World

_PAGE, _LARGEST_PAGE = 20, 100
_TOTALS = ("review_score", "review_score_desc", "total_positive", "total_negative", "total_reviews")
E_ = TypeVar("E_", bound=IntEnum)


class GetAppReviews:
    """One page of an app's reviews. `day_range` is accepted and changes nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shelf = ReviewShelf(world)

    async def __call__(self, params: Params) -> Response:
        appid = params.require_integer("appid")
        query, cursor, size = parse_review_query(params), params.text("cursor") or "*", _page_size(params)
        body = await asyncio.to_thread(self._answer, appid, query=query, cursor=cursor, size=size)
        return Response(body, headers={"content-type": JSON_TYPE})

    def _answer(self, appid: int, *, query: ReviewQuery, cursor: str, size: int) -> bytes:
        index = self._shelf.get_index(appid)
        if index is None:
            return b'{"response":{}}'
        page = index.cut_page(query, cursor=cursor, size=size)
        summary: dict[str, Any] = {"num_reviews": len(page.bodies)}
        if cursor == "*":
            summary |= self._totals(appid, index, query)
        return _encode(page, summary)

    def _totals(self, appid: int, index: ReviewIndex, query: ReviewQuery) -> dict[str, Any]:
        """The world's own totals for all reviews (they may count reviews it does not hand out), else counted ones."""
        own = self._world.get_query_summary(appid) if query.is_everything else None
        if own is not None:
            return {key: own[key] for key in _TOTALS if key in own}
        positive, negative = index.count(query)
        return build_query_summary(positive=positive, negative=negative)


def parse_review_query(params: Params) -> ReviewQuery:
    """Which reviews a call asks for. Raises BadParameterError for numbers that Steam does not know."""
    languages = frozenset(str(language) for language in params.items("languages")) or frozenset({"english"})
    start, end = params.integer("date_range_start", 0), params.integer("date_range_end", 0)
    return ReviewQuery(
        order=_member(ReviewOrder, params, "filter"),
        languages=None if "all" in languages else languages,
        votes=_member(Votes, params, "review_type"),
        purchase=_member(Purchase, params, "purchase_type"),
        created=(start, end) if start and end else None,
        playtime_min=_minutes(params, "playtime_min_hours"),
        playtime_max=_minutes(params, "playtime_max_hours"),
        deck_only=params.flag("primarily_steam_deck", default=False),
        without_offtopic=params.flag("filter_offtopic_activity", default=False),
    )


def _member(kind: type[E_], params: Params, name: str) -> E_:
    try:
        return kind(params.integer(name, 0))
    except ValueError:
        raise BadParameterError(f"Parameter '{name}' is out of range") from None


def _minutes(params: Params, name: str) -> int | None:
    hours = params.integer(name, 0)
    return hours * 60 if hours > 0 else None


def _page_size(params: Params) -> int:
    size = params.integer("num_per_page", _PAGE)
    return min(size, _LARGEST_PAGE) if size >= 0 else _PAGE


def _encode(page: Page, summary: dict[str, Any]) -> bytes:
    """At the end of the list `reviews` is left out, as unset fields are. Totals come with page one only."""
    parts = [b'"reviews":[' + b",".join(page.bodies) + b"]"] if page.bodies else []
    parts.append(b'"cursor":' + json_bytes(page.cursor))
    if "total_reviews" in summary:
        parts.append(b'"total_matching":' + json_bytes(summary["total_reviews"]))
    parts.append(b'"query_summary":' + json_bytes(summary))
    return b'{"response":{' + b",".join(parts) + b"}}"
