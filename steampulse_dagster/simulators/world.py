"""What a simulated world must tell; the HTTP look-alikes (steam.py, igdb.py) serve any object that does.

Everything is in Steam's own wire shapes of today, so that a world can be a folder of recordings or a generator.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class World(Protocol):
    """A set of apps with their store data and reviews. Methods are called from several threads of the server."""

    name: str

    def list_apps(self) -> Sequence[Mapping[str, Any]]:
        """GetAppList entries in ascending appid: appid, name, last_modified, price_change_number; and `type`
        ("game", "dlc", "software", …), which the server uses for include_* and strips."""
        ...

    def get_appdetails(self, appid: int) -> Mapping[str, Any] | None:
        """The inner appdetails answer, {"success": bool, "data": {...}}; None if the world has none.

        A mapping without "success" is a whole odd body, served as it is.
        """
        ...

    def get_store_item(self, appid: int) -> Mapping[str, Any] | None:
        """A GetItems store_item; None if unknown."""
        ...

    def list_tags(self) -> Mapping[int, str]:
        """GetTagList: tagid to name."""
        ...

    def list_reviews(self, appid: int) -> Sequence[Mapping[str, Any]] | None:
        """All review objects of an app, any order; None if the app is unknown (GetAppReviews answers {}).

        `_offtopic`: true marks one of a period of off-topic activity; the server heeds it and strips it.

        The same object until the reviews change (another object, or a longer one): pages are prepared once for it.
        """
        ...

    def get_query_summary(self, appid: int) -> Mapping[str, Any] | None:
        """review_score, review_score_desc, total_positive, total_negative, total_reviews of an app."""
        ...

    def get_owned_games(self, steamid: str) -> Mapping[str, Any] | None:
        """The inner GetOwnedGames response ({"game_count", "games"}), {} for a private profile, None if unknown."""
        ...

    def resolve_vanity(self, name: str) -> str | None:
        """SteamID64 of a custom profile name."""
        ...

    def list_igdb_games(self) -> Sequence[Mapping[str, Any]]:
        """IGDB `games` rows of the world (id, name, slug, summary, first_release_date, cover, genres, platforms,
        game_type, version_parent, external_games …). References to tables that the world does not list (cover,
        involved_companies …) are objects with an id; genres, platforms and game_type may be IGDB's ids."""
        ...

    def list_igdb_external_games(self) -> Sequence[Mapping[str, Any]]:
        """IGDB `external_games` rows: id, uid (text appid), game (id), external_game_source, name, url."""
        ...
