"""Keeps the page-ready reviews of the apps that are being walked; reads a world, writes nothing."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from steampulse_dagster.simulators.paging import ReviewIndex
from steampulse_dagster.simulators.world import World

DEFAULT_BYTES = 64 * 2**20
"""Room for about 30 apps of 2,000 reviews: more than one crawler walks at once, so nothing is built twice."""


@dataclass(frozen=True)
class _Entry:
    source: Sequence[Mapping[str, Any]]
    index: ReviewIndex

    def is_current(self, source: Sequence[Mapping[str, Any]]) -> bool:
        return self.source is source and len(self.index) == len(source)


class ReviewShelf:
    """Indexes of the apps used last, within a budget of bytes. Called from several threads."""

    def __init__(self, world: World, *, max_bytes: int = DEFAULT_BYTES) -> None:
        self._world = world
        self._max_bytes = max_bytes
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._lock, self._building = Lock(), Lock()

    def get_index(self, appid: int) -> ReviewIndex | None:
        """The app's reviews as of now, rebuilt when the world hands out another or a longer list; None if unknown."""
        source = self._world.list_reviews(appid)
        if source is None:
            return None
        found = self._find(appid, source)
        if found is not None:
            return found
        with self._building:
            built_meanwhile = self._find(appid, source)
            return self._build(appid, source) if built_meanwhile is None else built_meanwhile

    def _find(self, appid: int, source: Sequence[Mapping[str, Any]]) -> ReviewIndex | None:
        with self._lock:
            entry = self._entries.get(appid)
            if entry is None or not entry.is_current(source):
                return None
            self._entries.move_to_end(appid)
            return entry.index

    def _build(self, appid: int, source: Sequence[Mapping[str, Any]]) -> ReviewIndex:
        entry = _Entry(source, ReviewIndex(source))
        with self._lock:
            self._entries[appid] = entry
            self._entries.move_to_end(appid)
            self._make_room()
        return entry.index

    def _make_room(self) -> None:
        total = sum(entry.index.size for entry in self._entries.values())
        while total > self._max_bytes and len(self._entries) > 1:
            _, dropped = self._entries.popitem(last=False)
            total -= dropped.index.size
