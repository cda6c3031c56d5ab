"""Reviews of one app, made ready to be cut into pages: encoded once, sorted once per query, walked by cursor.

A cursor names the last review handed out (time and id), not an offset, so a walk stays complete and free of repeats
when reviews arrive in front of it.
"""

import base64
import binascii
import struct
import sys
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from steampulse_dagster.simulators.wire import json_bytes

OFFTOPIC = "_offtopic"
"""Key by which a world says that a review lies in a period of off-topic activity; it never goes out."""
_VIEWS_PER_APP = 16
_CURSOR_MARK = base64.b64decode("Ao+/")
_CURSOR = struct.Struct(">BQQ")


class ReviewOrder(IntEnum):
    """`filter` of GetAppReviews. Only RECENT and UPDATED end when paged; the other two start over, as Steam's do."""

    HELPFUL = 0
    RECENT = 1
    UPDATED = 2
    FUNNY = 3

    @property
    def ends(self) -> bool:
        return self in (ReviewOrder.RECENT, ReviewOrder.UPDATED)


class Votes(IntEnum):
    """`review_type`."""

    ALL = 0
    POSITIVE = 1
    NEGATIVE = 2


class Purchase(IntEnum):
    """`purchase_type`; Steam's default is STEAM, not ALL."""

    STEAM = 0
    ALL = 1
    OTHER = 2


@dataclass(frozen=True)
class ReviewQuery:
    """Which reviews in which order. `languages` None means all; playtimes are minutes at the time of the review."""

    order: ReviewOrder = ReviewOrder.HELPFUL
    languages: frozenset[str] | None = frozenset({"english"})
    votes: Votes = Votes.ALL
    purchase: Purchase = Purchase.STEAM
    created: tuple[int, int] | None = None
    playtime_min: int | None = None
    playtime_max: int | None = None
    deck_only: bool = False
    without_offtopic: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether no review of the app is left out."""
        return self == ReviewQuery(order=self.order, languages=None, purchase=Purchase.ALL)


@dataclass(frozen=True)
class Page:
    """Encoded reviews of one page and the cursor of the next."""

    bodies: list[bytes]
    cursor: str


@dataclass(frozen=True)
class Position:
    """Where a walk stands: after the review with this time and id, or at this offset in an order without end."""

    order: ReviewOrder
    at: int
    id: int = 0

    def to_cursor(self) -> str:
        """Base64 that always holds `+`, `/` and `=`: a client that fails to percent-encode it fails at once."""
        return base64.b64encode(_CURSOR_MARK + _CURSOR.pack(self.order, max(self.at, 0), self.id)).decode()


def parse_cursor(cursor: str, order: ReviewOrder) -> Position | None:
    """The position that a cursor names; None means page one, which is what a mangled or foreign cursor gets."""
    try:
        raw = base64.b64decode(cursor, validate=True)
    except (ValueError, binascii.Error):
        return None
    if not raw.startswith(_CURSOR_MARK) or len(raw) != len(_CURSOR_MARK) + _CURSOR.size:
        return None
    code, at, review_id = _CURSOR.unpack_from(raw, len(_CURSOR_MARK))
    return Position(order, at, review_id) if code == order else None


class ReviewIndex:
    """All reviews of one app as JSON bytes with the columns that queries need; `size` is its weight in bytes."""

    def __init__(self, reviews: Iterable[Mapping[str, Any]]) -> None:
        self._bodies: list[bytes] = []
        self._ids, self._created, self._updated = array("Q"), array("q"), array("q")
        self._playtime, self._flags = array("q"), bytearray()
        self._helpful, self._funny = array("d"), array("d")
        self._languages: list[str] = []
        self._views: OrderedDict[ReviewQuery, array[int]] = OrderedDict()
        for review in reviews:
            self._add(review)
        self.size = sum(map(len, self._bodies)) + 200 * len(self._bodies)

    def __len__(self) -> int:
        return len(self._bodies)

    def _add(self, review: Mapping[str, Any]) -> None:
        author = review.get("author") or {}
        created = _whole(review.get("timestamp_created"))
        shown = {key: value for key, value in review.items() if key != OFFTOPIC} if OFFTOPIC in review else review
        self._bodies.append(json_bytes(shown))
        self._ids.append(_whole(review.get("recommendationid")))
        self._created.append(created)
        self._updated.append(_whole(review.get("timestamp_updated"), created))
        self._playtime.append(_whole(author.get("playtime_at_review"), _whole(author.get("playtime_forever"))))
        self._helpful.append(_number(review.get("weighted_vote_score")))
        self._funny.append(_number(review.get("votes_funny")))
        self._languages.append(sys.intern(str(review.get("language", ""))))
        self._flags.append(
            bool(review.get("voted_up"))
            | bool(review.get("steam_purchase")) << 1
            | bool(review.get("primarily_steam_deck")) << 2
            | bool(review.get(OFFTOPIC)) << 3
        )

    def cut_page(self, query: ReviewQuery, *, cursor: str, size: int) -> Page:
        """The `size` reviews after `cursor`. At the end of a list that ends: no reviews and the cursor unchanged."""
        view = self._view(query)
        position = parse_cursor(cursor, query.order)
        start = 0 if position is None else self._offset(view, position)
        rows = view[start : start + size]
        if not rows:
            return Page([], cursor)
        following = self._next(query.order, last=rows[-1], end=start + len(rows), length=len(view))
        return Page([self._bodies[row] for row in rows], following)

    def count(self, query: ReviewQuery) -> tuple[int, int]:
        """Positive and negative reviews that a query matches."""
        view = self._view(query)
        positive = sum(self._flags[row] & 1 for row in view)
        return positive, len(view) - positive

    def _next(self, order: ReviewOrder, *, last: int, end: int, length: int) -> str:
        if order.ends:
            return Position(order, self._time(order)[last], self._ids[last]).to_cursor()
        return Position(order, 0 if end >= length else end).to_cursor()

    def _offset(self, view: "array[int]", position: Position) -> int:
        if not position.order.ends:
            return min(position.at, len(view))
        time = self._time(position.order)
        return bisect_right(view, (-position.at, -position.id), key=lambda row: (-time[row], -self._ids[row]))

    def _view(self, query: ReviewQuery) -> "array[int]":
        view = self._views.get(query)
        if view is None:
            view = array("I", sorted(self._matching(query), key=self._sort_key(query.order)))
            self._views[query] = view
            if len(self._views) > _VIEWS_PER_APP:
                self._views.popitem(last=False)
        return view

    def _time(self, order: ReviewOrder) -> "array[int]":
        return self._updated if order is ReviewOrder.UPDATED else self._created

    def _sort_key(self, order: ReviewOrder) -> Any:
        column: array[Any]
        match order:
            case ReviewOrder.HELPFUL:
                column = self._helpful
            case ReviewOrder.FUNNY:
                column = self._funny
            case _:
                column = self._time(order)
        return lambda row: (-column[row], -self._ids[row])

    def _matching(self, query: ReviewQuery) -> Iterable[int]:
        rows = range(len(self._bodies))
        return rows if query.is_everything else (row for row in rows if self._matches(row, query))

    def _matches(self, row: int, query: ReviewQuery) -> bool:
        positive, steam, deck = self._flags[row] & 1, self._flags[row] & 2, self._flags[row] & 4
        offtopic = self._flags[row] & 8
        low, high = query.created or (0, sys.maxsize)
        return (
            (query.languages is None or self._languages[row] in query.languages)
            and (query.votes is Votes.ALL or bool(positive) is (query.votes is Votes.POSITIVE))
            and (query.purchase is Purchase.ALL or bool(steam) is (query.purchase is Purchase.STEAM))
            and low <= self._created[row] <= high
            and (query.playtime_min is None or self._playtime[row] >= query.playtime_min)
            and (query.playtime_max is None or self._playtime[row] <= query.playtime_max)
            and (not query.deck_only or bool(deck))
            and not (query.without_offtopic and offtopic)
        )


def _whole(value: Any, default: int = 0) -> int:
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        return default


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
