"""A Steam of many tiny games, some of which can be made to fail: for tests and benchmarks of orchestration."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from steampulse_dagster.simulators.review_totals import build_query_summary
from steampulse_dagster.simulators.seeded.store import build_catalog_details
from steampulse_dagster.simulators.seeded.world import SeededWorld
from tests.fake_steam import raw_review

FIRST_APPID = 1_000
LONGEST_WAIT_SECONDS = 120.0
TEXTS = (
    "Great combat, the music is wonderful.",
    "It crashes at every start, refunded.",
    "I wish it had co-op; the controls feel clumsy.",
    "Boring after two hours, too much grind.",
    "Best soundtrack of the year and a lovely story.",
    "The tutorial is confusing and the camera is bad.",
)


class SmallGames(SeededWorld):
    """`games` games of `reviews` reviews each. Those in `unknown` do not exist on the store, those in `unreadable` have
    no reviews to read; both sets may be changed at any time. While `pages_flow` is cleared, no review is answered."""

    def __init__(self, *, games: int, reviews: int = 6, unknown: Iterable[int] = (), unreadable: Iterable[int] = ()):
        super().__init__()
        self.appids_of_games = list_appids(games)
        self.pages_flow = threading.Event()
        self.pages_flow.set()
        self.unknown, self.unreadable = set(unknown), set(unreadable)
        self._reviews = {appid: tuple(_review(appid, number) for number in range(reviews)) for appid in self._all}

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        if appid not in self._all or appid in self.unknown:
            return None
        return build_catalog_details(appid, name=f"Game {appid}", kind="game")

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        self.pages_flow.wait(LONGEST_WAIT_SECONDS)
        return None if appid in self.unreadable | self.unknown else self._reviews.get(appid)

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        if appid not in self._all or appid in self.unknown:
            return None
        total = len(self._reviews[appid])
        return build_query_summary(positive=total // 2, negative=total - total // 2)

    @cached_property
    def _all(self) -> frozenset[int]:
        return frozenset(self.appids_of_games)


def list_appids(games: int) -> list[int]:
    """The games of such a world."""
    return list(range(FIRST_APPID, FIRST_APPID + games))


def _review(appid: int, number: int) -> Mapping[str, Any]:
    return raw_review(
        number,
        recommendationid=str(appid * 1_000 + number),
        review=f"{TEXTS[number % len(TEXTS)]} ({appid}/{number})",
        voted_up=number % 2 == 0,
    )
