"""What a walk over a game's reviews remembers of its way while it lasts. Pure: no network, no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from steampulse_dagster.models.reviews import CrawlState, ReviewPage, ReviewRow
from steampulse_dagster.utils.clock import read_moment

REMEMBERED_REVIEWS = 10_000
"""Distinct reviews of a walk are counted up to here, so that memory stays flat in the size of the game."""
TAIL_FROM = 0.8
"""The last fifth of a page tells where on the list it lies: one review alone may carry a senseless date."""
_EDGE = 0.1
"""Where on a page its edges are taken to be, for the same reason."""


@dataclass(frozen=True)
class Span:
    """From when to when the reviews of a page were created, or last edited where the list goes by edit, in Unix
    seconds, without the tenth at either end."""

    newest: int
    oldest: int

    @property
    def length(self) -> int:
        return self.newest - self.oldest


@dataclass
class Trail:
    """Cursors that were followed, the page before, and what an update walk needs to know its end.

    A walk that is continued starts with an empty trail: it then takes a page more to be sure of its end.
    """

    cursors: set[str] = field(default_factory=set)
    by_update: bool = False
    """Whether the list goes by last edit."""
    continued: bool = False
    """Whether the walk was begun by an earlier crawl."""
    tail: frozenset[int | str] = frozenset()
    """The reviews of the last page that held any."""
    last_updated: datetime | None = None
    """Last edit among the last reviews of that page: how far down an update walk has come."""
    span: Span | None = None
    """Of the page before on this list."""
    before: CrawlState | None = None
    """The state that the page before was asked with."""
    bridge: CrawlState | None = None
    """Where the walk goes on by cursor if the window that it is about to open brings nothing."""
    trusting: bool = False
    """Whether cursors are followed wherever they lead: Steam heeds no dates, so there is no other way."""
    ending: bool = False
    """Whether the window that is about to open is to prove the end, as many reviews being met as Steam reports."""
    past_total: bool = False
    """Whether such a window brought more: the total is too low."""
    _distinct: set[int] = field(default_factory=set)
    _many: bool = False

    @property
    def distinct(self) -> int | None:
        """How many different reviews were seen; None for more than are remembered."""
        return None if self._many else len(self._distinct)

    def counts_to(self, total: int, reviews: Sequence[ReviewRow]) -> bool:
        """Whether these and those that were seen are that many different reviews, as far as they are remembered."""
        if self._many or len(self._distinct) + len(reviews) < total:
            return False
        new = {review.recommendationid for review in reviews} - self._distinct
        return len(self._distinct) + len(new) >= total

    def pass_page(
        self,
        page: ReviewPage,
        *,
        at: CrawlState,
        next_cursor: str | None,
        bridge: CrawlState | None = None,
        ending: bool = False,
    ) -> None:
        """Remember a page that was taken, and the cursor that leads on; without one another list begins."""
        self.trusting |= self.bridge is not None and self.bridge.cursor == next_cursor
        self.bridge = bridge
        self.past_total |= self.ending
        self.ending = ending
        self.span = self.measure_span(page)
        self.before = at
        if next_cursor is None:
            self.cursors.clear()
            self.continued = False
        else:
            self.cursors.add(next_cursor)
        self.tail = reviews_on(page) or self.tail
        if page.reviews:
            last = page.reviews[int(TAIL_FROM * len(page.reviews)) :]
            self.last_updated = read_moment(max(review.timestamp_updated for review in last))

    def count(self, reviews: Iterable[ReviewRow]) -> None:
        """Count different reviews."""
        if self._many:
            return
        self._distinct.update([review.recommendationid for review in reviews])
        if len(self._distinct) > REMEMBERED_REVIEWS:
            self._many, self._distinct = True, set()

    def measure_span(self, page: ReviewPage) -> Span | None:
        """The page's span on this list; None for a page of fewer than two readable reviews."""
        name = "timestamp_updated" if self.by_update else "timestamp_created"
        times = sorted([getattr(review, name) for review in page.reviews])
        if len(times) < 2:
            return None
        edge = int(_EDGE * (len(times) - 1))
        return Span(newest=times[-1 - edge], oldest=times[edge])


def reviews_on(page: ReviewPage) -> frozenset[int | str]:
    """What tells the reviews of a page apart, unreadable ones included."""
    readable: frozenset[int | str] = frozenset(review.recommendationid for review in page.reviews)
    return readable | {review.payload for review in page.unparsed}
