"""Faults of a page of reviews: what becomes of the inner `response` object of a GetAppReviews answer."""

import math
from collections import OrderedDict, deque
from collections.abc import Mapping
from threading import Lock
from typing import Any

LOW_TOTALS = 0.6
"""What a sale leaves of the totals."""
_WALKS, _CURSORS, _FIRST = 10_000, 4, "*"
_TOTALS = ("total_positive", "total_negative", "total_reviews")


class PageFaults:
    """Spoils pages; remembers the last cursors and reviews of each list for loops and duplicates."""

    def __init__(self) -> None:
        self._cursors: OrderedDict[str, deque[str]] = OrderedDict()
        self._reviews: OrderedDict[str, list[Any]] = OrderedDict()
        self._lock = Lock()

    def spoil(self, name: str, page: dict[str, Any], *, walk: str, cursor: str) -> dict[str, Any]:
        """The page with the fault; `walk` names the list, `cursor` is what was asked for."""
        cursors, reviews = self._recall(walk, page, cursor=cursor)
        match name:
            case "empty_page" | "cached_empty_page":
                return _without(page, "reviews") | {"cursor": cursor, "query_summary": _summary(page, num_reviews=0)}
            case "repeated_cursor" | "stuck_cursor":
                return page | {"cursor": cursor}
            case "cursor_loop":
                return page | {"cursor": cursors[0] if cursors else cursor}
            case "duplicates":
                return page | {"reviews": [*page["reviews"], *reviews]} if page.get("reviews") else page
            case "no_reviews":
                return _without(page, "reviews")
            case "no_cursor":
                return _without(page, "cursor")
            case "no_summary":
                return _without(page, "query_summary")
            case "reviews_as_object":
                return page | {"reviews": {str(at): entry for at, entry in enumerate(page.get("reviews", []))}}
            case "low_totals":
                return page | {"query_summary": _summary(page, share=LOW_TOTALS)}
            case _:
                return page

    def _recall(self, walk: str, page: Mapping[str, Any], *, cursor: str) -> tuple[list[str], list[Any]]:
        """Cursors asked for and reviews handed out before on this list; notes those of this page."""
        with self._lock:
            cursors = self._cursors.setdefault(walk, deque(maxlen=_CURSORS))
            if cursor == _FIRST:
                # A loop leads back within a walk; a cursor of an earlier walk could lead past what came since.
                cursors.clear()
            before = list(cursors), self._reviews.get(walk, [])
            if cursor not in cursors:
                cursors.append(cursor)
            self._reviews[walk] = list(page.get("reviews", []))[:3]
            for remembered in (self._cursors, self._reviews):
                if len(remembered) > _WALKS:
                    remembered.popitem(last=False)
        return before


def _without(page: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in page.items() if key != name}


def _summary(page: Mapping[str, Any], *, num_reviews: int | None = None, share: float = 1.0) -> dict[str, Any]:
    summary = dict(page.get("query_summary") or {})
    for name in _TOTALS:
        if name in summary:
            summary[name] = math.ceil(summary[name] * share)
    return summary if num_reviews is None else summary | {"num_reviews": num_reviews}
