"""The seeded world: builds on demand what the look-alikes serve, and tells which review states which planted fact."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from threading import RLock
from typing import Any

from steampulse_dagster.simulators.recorded_store import build_locked_item, build_store_item
from steampulse_dagster.simulators.review_totals import build_query_summary
from steampulse_dagster.simulators.seeded.catalog import build_app_list, build_fillers
from steampulse_dagster.simulators.seeded.facts import FACTS, PlantedFact
from steampulse_dagster.simulators.seeded.games import GAMES, SIDE_APPS
from steampulse_dagster.simulators.seeded.library import VANITY_NAMES, build_igdb_rows, build_owned_games
from steampulse_dagster.simulators.seeded.reviews import ReviewFact, ReviewSet, build_reviews
from steampulse_dagster.simulators.seeded.store import (
    TAG_IDS,
    build_catalog_details,
    build_details,
    build_side_details,
    build_tags,
)

DEFAULT_SEED = 20261115
_GAMES = {game.appid: game for game in GAMES}
_SIDE = {app.appid: app for app in SIDE_APPS}


class SeededWorld:
    """Twelve invented games with reviews, a few apps without, a catalogue. The same seed gives the same bytes.

    Reviews are made when first asked for and kept; safe to use from several threads.
    """

    def __init__(self, seed: int = DEFAULT_SEED) -> None:
        self._seed = seed
        self._lock = RLock()
        self._sets: dict[int, ReviewSet] = {}
        self.name = f"seeded:{seed}"

    @property
    def appids(self) -> tuple[int, ...]:
        """The games that have reviews, largest first."""
        return tuple(game.appid for game in sorted(GAMES, key=lambda game: -game.reviews))

    def planted(self, appid: int) -> tuple[PlantedFact, ...]:
        """What the reviews of a game were made to say; empty for any other app."""
        return FACTS.get(appid, ())

    def review_facts(self, appid: int) -> Mapping[str, tuple[ReviewFact, ...]]:
        """(signal, topic, verbatim quote) by recommendationid; reviews that are not in it state no fact."""
        return self._require_set(appid).facts if appid in _GAMES else {}

    def carriers(self, appid: int) -> Mapping[str, tuple[str, ...]]:
        """recommendationids by label of the planted fact that they state."""
        return self._require_set(appid).carriers if appid in _GAMES else {}

    def off_topic_ids(self, appid: int) -> frozenset[str]:
        """The reviews of a review bomb."""
        return self._require_set(appid).off_topic if appid in _GAMES else frozenset()

    def list_apps(self) -> Sequence[Mapping[str, Any]]:
        return self._apps

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        if appid in _GAMES:
            return build_details(_GAMES[appid])
        if appid in _SIDE:
            return build_side_details(_SIDE[appid])
        filler = self._fillers.get(appid)
        return None if filler is None else build_catalog_details(appid, name=filler.name, kind=filler.kind)

    def get_store_item(self, appid: int) -> Mapping[str, Any] | None:
        if appid in _SIDE and _SIDE[appid].locked:
            return build_locked_item(appid)
        inner = self.get_appdetails(appid)
        if inner is None or not inner["success"]:
            return None
        data = inner["data"]
        item = build_store_item(appid, name=data["name"], data=data, summary=self.get_query_summary(appid))
        if appid not in _GAMES:
            return item
        tags = build_tags(_GAMES[appid])
        return item | {"tagids": [tag["tagid"] for tag in tags], "tags": tags}

    def list_tags(self) -> Mapping[int, str]:
        return {tagid: name for name, tagid in TAG_IDS.items()}

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        if appid in _GAMES:
            return self._require_set(appid).reviews
        return () if appid in _SIDE or appid in self._fillers else None

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        reviews = self.list_reviews(appid)
        if reviews is None:
            return None
        positive = sum(1 for review in reviews if review["voted_up"])
        return build_query_summary(positive=positive, negative=len(reviews) - positive)

    def get_owned_games(self, steamid: str) -> Mapping[str, Any] | None:
        return self._libraries.get(steamid)

    def resolve_vanity(self, name: str) -> str | None:
        return VANITY_NAMES.get(name.lower())

    def list_igdb_games(self) -> Sequence[Mapping[str, Any]]:
        return self._igdb[0]

    def list_igdb_external_games(self) -> Sequence[Mapping[str, Any]]:
        return self._igdb[1]

    def _require_set(self, appid: int) -> ReviewSet:
        with self._lock:
            if appid not in self._sets:
                self._sets[appid] = build_reviews(self._seed, _GAMES[appid])
            return self._sets[appid]

    @cached_property
    def _fillers(self) -> Mapping[int, Any]:
        return {entry.appid: entry for entry in build_fillers(self._seed)}

    @cached_property
    def _apps(self) -> Sequence[Mapping[str, Any]]:
        return build_app_list(self._seed, tuple(self._fillers.values()))

    @cached_property
    def _libraries(self) -> Mapping[str, Mapping[str, Any]]:
        return build_owned_games(self._seed, tuple(self._fillers.values()))

    @cached_property
    def _igdb(self) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
        return build_igdb_rows(self._seed, tuple(self._fillers.values()))
