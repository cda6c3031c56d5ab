"""Reads and writes `games`, `game_tags`, `game_genres`, `game_categories`."""

from collections.abc import Mapping
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.games import Game, GameCategory, GameGenre, GameTag
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one

_SELECT = """
    select appid, name, slug, type, state, redirected_to, is_free, is_early_access, required_age, short_description,
        about, website, header_image, developers, publishers, supported_languages, platforms, release_date_raw,
        release_date, price_currency, price_initial, price_final, metacritic_score, recommendations_total,
        achievements_total, parent_appid, dlc_appids, crawled_at
    from games where appid = %(appid)s
"""
_UPSERT = """
    insert into games (
        appid, name, slug, type, state, redirected_to, is_free, is_early_access, required_age, short_description,
        about, website, header_image, developers, publishers, supported_languages, platforms, release_date_raw,
        release_date, price_currency, price_initial, price_final, metacritic_score, recommendations_total,
        achievements_total, parent_appid, dlc_appids, crawled_at
    ) values (
        %(appid)s, %(name)s, %(slug)s, %(type)s, %(state)s, %(redirected_to)s, %(is_free)s, %(is_early_access)s,
        %(required_age)s, %(short_description)s, %(about)s, %(website)s, %(header_image)s, %(developers)s::text[],
        %(publishers)s::text[], %(supported_languages)s::text[], %(platforms)s::text[], %(release_date_raw)s,
        %(release_date)s, %(price_currency)s, %(price_initial)s, %(price_final)s, %(metacritic_score)s,
        %(recommendations_total)s, %(achievements_total)s, %(parent_appid)s, %(dlc_appids)s::bigint[],
        coalesce(%(crawled_at)s, now())
    )
    on conflict (appid) do update set
        name = excluded.name, slug = excluded.slug, type = excluded.type, state = excluded.state,
        redirected_to = excluded.redirected_to, is_free = excluded.is_free,
        is_early_access = excluded.is_early_access, required_age = excluded.required_age,
        short_description = excluded.short_description, about = excluded.about, website = excluded.website,
        header_image = excluded.header_image, developers = excluded.developers, publishers = excluded.publishers,
        supported_languages = excluded.supported_languages, platforms = excluded.platforms,
        release_date_raw = excluded.release_date_raw, release_date = excluded.release_date,
        price_currency = excluded.price_currency, price_initial = excluded.price_initial,
        price_final = excluded.price_final, metacritic_score = excluded.metacritic_score,
        recommendations_total = excluded.recommendations_total, achievements_total = excluded.achievements_total,
        parent_appid = excluded.parent_appid, dlc_appids = excluded.dlc_appids, crawled_at = excluded.crawled_at
"""
_INSERT_TAGS = """
    insert into game_tags (appid, tagid, name, weight)
    select %(appid)s, tagid, name, weight
    from unnest(%(ids)s::bigint[], %(names)s::text[], %(weights)s::integer[]) as tag (tagid, name, weight)
"""
_INSERT_GENRES = """
    insert into game_genres (appid, genre_id, name)
    select %(appid)s, genre_id, name from unnest(%(ids)s::text[], %(names)s::text[]) as genre (genre_id, name)
"""
_INSERT_CATEGORIES = """
    insert into game_categories (appid, category_id, name)
    select %(appid)s, category_id, name
    from unnest(%(ids)s::integer[], %(names)s::text[]) as category (category_id, name)
"""


class GameRepository:
    """Store metadata of games, with their tags, genres and categories."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, appid: int) -> Game | None:
        """One game with everything that belongs to it; None if it was never crawled."""
        params = {"appid": appid}
        row = fetch_one(self._conn, _SELECT, params)
        if row is None:
            return None
        tags = "select tagid, name, weight from game_tags where appid = %(appid)s order by weight desc, tagid"
        genres = 'select genre_id, name from game_genres where appid = %(appid)s order by genre_id collate "C"'
        categories = "select category_id, name from game_categories where appid = %(appid)s order by category_id"
        return Game(
            **row,
            tags=tuple(GameTag(**tag) for tag in fetch_all(self._conn, tags, params)),
            genres=tuple(GameGenre(**genre) for genre in fetch_all(self._conn, genres, params)),
            categories=tuple(GameCategory(**category) for category in fetch_all(self._conn, categories, params)),
        )

    def upsert(self, game: Game) -> bool:
        """Store a game; whether anything but the time of the crawl is new. Needs an open transaction."""
        stored = self.get(game.appid)
        if stored is not None and _content(stored) == _content(game):
            sql = "update games set crawled_at = coalesce(%(crawled_at)s, now()) where appid = %(appid)s"
            execute(self._conn, sql, {"appid": game.appid, "crawled_at": game.crawled_at})
            return False
        execute(self._conn, _UPSERT, _columns(game))
        self._replace_children(game)
        return True

    def _replace_children(self, game: Game) -> None:
        params = {"appid": game.appid}
        execute(self._conn, "delete from game_tags where appid = %(appid)s", params)
        execute(self._conn, "delete from game_genres where appid = %(appid)s", params)
        execute(self._conn, "delete from game_categories where appid = %(appid)s", params)
        tags = {"ids": [tag.tagid for tag in game.tags], "weights": [tag.weight for tag in game.tags]}
        execute(self._conn, _INSERT_TAGS, {**params, **tags, "names": [tag.name for tag in game.tags]})
        genres = {"ids": [genre.genre_id for genre in game.genres], "names": [genre.name for genre in game.genres]}
        execute(self._conn, _INSERT_GENRES, {**params, **genres})
        categories = {"ids": [c.category_id for c in game.categories], "names": [c.name for c in game.categories]}
        execute(self._conn, _INSERT_CATEGORIES, {**params, **categories})


def _content(game: Game) -> Game:
    """The game as stored rows tell it: in their order, without the time of the crawl."""
    return game.model_copy(
        update={
            "crawled_at": None,
            "tags": tuple(sorted(game.tags, key=lambda tag: (-tag.weight, tag.tagid))),
            "genres": tuple(sorted(game.genres, key=lambda genre: genre.genre_id)),
            "categories": tuple(sorted(game.categories, key=lambda category: category.category_id)),
        }
    )


def _columns(game: Game) -> Mapping[str, Any]:
    columns = game.model_dump(exclude={"tags", "genres", "categories"})
    lists = ("developers", "publishers", "supported_languages", "platforms", "dlc_appids")
    # psycopg2 writes a tuple as a row value and a list as an array.
    return {**columns, "state": game.state.value, **{name: list(columns[name]) for name in lists}}
