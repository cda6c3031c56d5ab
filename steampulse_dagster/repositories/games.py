"""Reads and writes `games`, `game_tags`, `game_genres`, `game_categories`, `game_prices`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.games import Game, GamePrice
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one_planned

_SELECT = """
    select appid, name, slug, type, state, redirected_to, is_free, is_early_access, required_age, short_description,
        about, website, header_image, developers, publishers, supported_languages, platforms, release_date_raw,
        release_date, release_date_precision, price_country, price_currency, price_initial, price_final,
        price_discount_percent, review_count, metacritic_score, recommendations_total, achievements_total,
        parent_appid, dlc_appids, crawled_at, details_at, store_mark, tags, genres, categories
    from games,
        lateral (
            select coalesce(json_agg(tag order by weight desc, tagid), '[]') as tags
            from (select tagid, name, weight from game_tags where appid = games.appid) tag
        ) tags,
        lateral (
            select coalesce(json_agg(genre order by genre_id collate "C"), '[]') as genres
            from (select genre_id, name from game_genres where appid = games.appid) genre
        ) genres,
        lateral (
            select coalesce(json_agg(category order by category_id), '[]') as categories
            from (select category_id, name from game_categories where appid = games.appid) category
        ) categories
    where appid = %(appid)s
"""
_UPSERT = """
    insert into games (
        appid, name, slug, type, state, redirected_to, is_free, is_early_access, required_age, short_description,
        about, website, header_image, developers, publishers, supported_languages, platforms, release_date_raw,
        release_date, release_date_precision, price_country, price_currency, price_initial, price_final,
        price_discount_percent, review_count, metacritic_score, recommendations_total, achievements_total,
        parent_appid, dlc_appids, crawled_at, details_at, store_mark
    ) values (
        %(appid)s, %(name)s, %(slug)s, %(type)s, %(state)s, %(redirected_to)s, %(is_free)s, %(is_early_access)s,
        %(required_age)s, %(short_description)s, %(about)s, %(website)s, %(header_image)s, %(developers)s::text[],
        %(publishers)s::text[], %(supported_languages)s::text[], %(platforms)s::text[], %(release_date_raw)s,
        %(release_date)s, %(release_date_precision)s, %(price_country)s, %(price_currency)s, %(price_initial)s,
        %(price_final)s, %(price_discount_percent)s, %(review_count)s, %(metacritic_score)s,
        %(recommendations_total)s, %(achievements_total)s, %(parent_appid)s, %(dlc_appids)s::bigint[],
        coalesce(%(crawled_at)s, now()), %(details_at)s, %(store_mark)s::jsonb
    )
    on conflict (appid) do update set
        name = excluded.name, slug = excluded.slug, type = excluded.type, state = excluded.state,
        redirected_to = excluded.redirected_to, is_free = excluded.is_free,
        is_early_access = excluded.is_early_access, required_age = excluded.required_age,
        short_description = excluded.short_description, about = excluded.about, website = excluded.website,
        header_image = excluded.header_image, developers = excluded.developers, publishers = excluded.publishers,
        supported_languages = excluded.supported_languages, platforms = excluded.platforms,
        release_date_raw = excluded.release_date_raw, release_date = excluded.release_date,
        release_date_precision = excluded.release_date_precision, price_country = excluded.price_country,
        price_currency = excluded.price_currency, price_initial = excluded.price_initial,
        price_final = excluded.price_final, price_discount_percent = excluded.price_discount_percent,
        review_count = excluded.review_count, metacritic_score = excluded.metacritic_score,
        recommendations_total = excluded.recommendations_total, achievements_total = excluded.achievements_total,
        parent_appid = excluded.parent_appid, dlc_appids = excluded.dlc_appids, crawled_at = excluded.crawled_at,
        details_at = excluded.details_at, store_mark = excluded.store_mark
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


_TOUCH = """
    update games set crawled_at = coalesce(%(crawled_at)s, now()), details_at = %(details_at)s,
        store_mark = %(store_mark)s::jsonb
    where appid = %(appid)s
"""
_INSERT_PRICE = """
    insert into game_prices (appid, country, currency, initial, observed_at)
    select %(appid)s, %(country)s, %(currency)s, %(initial)s, %(observed_at)s
    where not exists (
        select from (
            select currency, initial from game_prices
            where appid = %(appid)s and country = %(country)s
            order by observed_at desc limit 1
        ) last
        where last.initial = %(initial)s and last.currency is not distinct from %(currency)s
    )
    on conflict (appid, country, observed_at) do nothing
"""


class GameRepository:
    """Store metadata of games, with their tags, genres and categories."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, appid: int) -> Game | None:
        """One game with everything that belongs to it; None if it was never crawled."""
        row = fetch_one_planned(self._conn, _SELECT, {"appid": appid})
        return None if row is None else Game.model_validate(row)

    def upsert(self, game: Game) -> bool:
        """Store a game; whether anything but the time of the crawl is new. Needs an open transaction.

        Of two crawls at once, the one that rests on older details changes nothing.
        """
        execute(self._conn, "select from games where appid = %(appid)s for update", {"appid": game.appid})
        stored = self.get(game.appid)
        if stored is not None and _is_older(game, stored):
            return False
        if stored is not None and _content(stored) == _content(game):
            execute(self._conn, _TOUCH, _columns(game))
            return False
        execute(self._conn, _UPSERT, _columns(game))
        if stored is None or _children(stored) != _children(game):
            self._replace_children(game)
        return True

    def insert_price_if_new(self, price: GamePrice) -> bool:
        """Note a price outside sales unless it is the one noted last; whether it was new.

        Needs the transaction that wrote the game: its row lock keeps two crawls from noting one change twice.
        """
        return execute(self._conn, _INSERT_PRICE, price.model_dump()) > 0

    def list_prices(self, appid: int) -> tuple[GamePrice, ...]:
        """The history of a game's price outside sales, oldest first, country by country."""
        sql = """
            select appid, country, currency, initial, observed_at
            from game_prices where appid = %(appid)s order by country, observed_at
        """
        return tuple(GamePrice(**row) for row in fetch_all(self._conn, sql, {"appid": appid}))

    def list_crawled_since(self, appids: Sequence[int], since: datetime) -> list[int]:
        """Which of these games were crawled after a moment."""
        sql = "select appid from games where appid = any(%(appids)s::bigint[]) and crawled_at > %(since)s"
        return [row["appid"] for row in fetch_all(self._conn, sql, {"appids": list(appids), "since": since})]

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
    """The game as stored rows tell it: in their order, without the times of its crawls."""
    return game.model_copy(
        update={
            "crawled_at": None,
            "details_at": None,
            "store_mark": None,
            "tags": tuple(sorted(game.tags, key=lambda tag: (-tag.weight, tag.tagid))),
            "genres": tuple(sorted(game.genres, key=lambda genre: genre.genre_id)),
            "categories": tuple(sorted(game.categories, key=lambda category: category.category_id)),
        }
    )


def _is_older(game: Game, stored: Game) -> bool:
    return stored.details_at is not None and game.details_at is not None and game.details_at < stored.details_at


def _children(game: Game) -> tuple[object, ...]:
    ordered = _content(game)
    return ordered.tags, ordered.genres, ordered.categories


def _columns(game: Game) -> Mapping[str, Any]:
    columns = game.model_dump(exclude={"tags", "genres", "categories"})
    lists = ("developers", "publishers", "supported_languages", "platforms", "dlc_appids")
    # psycopg2 writes a tuple as a row value and a list as an array.
    return {
        **columns,
        "state": game.state.value,
        "release_date_precision": game.release_date_precision and game.release_date_precision.value,
        "store_mark": None if game.store_mark is None else game.store_mark.model_dump_json(),
        **{name: list(columns[name]) for name in lists},
    }
