"""Reads and writes `igdb_games`, `igdb_game_genres` and `igdb_game_platforms`."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.library import IgdbGame
from steampulse_dagster.utils.db import execute, fetch_all

# In order of the key, so that two imports at once wait for each other and never in a circle.
_UPSERT = """
    insert into igdb_games as kept (igdb_id, slug, name, summary, first_release_date, cover_image_id, fetched_at)
    select igdb_id, slug, name, summary, first_release_date, cover_image_id, %(fetched_at)s
    from unnest(
        %(ids)s::bigint[], %(slugs)s::text[], %(names)s::text[], %(summaries)s::text[], %(dates)s::date[],
        %(covers)s::text[]
    ) as game (igdb_id, slug, name, summary, first_release_date, cover_image_id)
    order by igdb_id
    on conflict (igdb_id) do update set
        slug = excluded.slug, name = excluded.name, summary = excluded.summary,
        first_release_date = excluded.first_release_date, cover_image_id = excluded.cover_image_id,
        fetched_at = excluded.fetched_at
    where kept.fetched_at < excluded.fetched_at and (%(asked)s or
        (kept.slug, kept.name, kept.summary, kept.first_release_date, kept.cover_image_id) is distinct from
        (excluded.slug, excluded.name, excluded.summary, excluded.first_release_date, excluded.cover_image_id))
    returning igdb_id
"""
_NAMED = {
    "genres": (
        "delete from igdb_game_genres where igdb_id = any(%(games)s::bigint[])",
        """
            insert into igdb_game_genres (igdb_id, genre_id, name)
            select igdb_id, id, name
            from unnest(%(igdb_ids)s::bigint[], %(ids)s::bigint[], %(names)s::text[]) as genre (igdb_id, id, name)
        """,
    ),
    "platforms": (
        "delete from igdb_game_platforms where igdb_id = any(%(games)s::bigint[])",
        """
            insert into igdb_game_platforms (igdb_id, platform_id, name)
            select igdb_id, id, name
            from unnest(%(igdb_ids)s::bigint[], %(ids)s::bigint[], %(names)s::text[]) as platform (igdb_id, id, name)
        """,
    ),
}
_SELECT = """
    select igdb_id, name, coalesce(slug, '') as slug, coalesce(summary, '') as summary, first_release_date,
        coalesce(cover_image_id, '') as cover_image_id,
        coalesce((select jsonb_agg(jsonb_build_object('id', genre_id, 'name', genre.name) order by genre_id)
            from igdb_game_genres genre where genre.igdb_id = game.igdb_id), '[]') as genres,
        coalesce((select jsonb_agg(jsonb_build_object('id', platform_id, 'name', platform.name) order by platform_id)
            from igdb_game_platforms platform where platform.igdb_id = game.igdb_id), '[]') as platforms
    from igdb_games game where igdb_id = any(%(ids)s::bigint[])
"""


class IgdbGameRepository:
    """Games of IGDB with their genres and platforms."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def upsert_many(self, games: Sequence[IgdbGame], *, fetched_at: datetime, asked: bool) -> None:
        """Write these games as they were at a moment; one that is stored from a later moment stays.

        `asked`: IGDB said so just now. Else they come from a file, and one that is stored alike stays untouched. Needs
        an open transaction.
        """
        latest = {game.igdb_id: game for game in games}
        if not latest:
            return
        params = {
            "fetched_at": fetched_at,
            "asked": asked,
            "ids": list(latest),
            "slugs": [game.slug or None for game in latest.values()],
            "names": [game.name for game in latest.values()],
            "summaries": [game.summary or None for game in latest.values()],
            "dates": [game.first_release_date for game in latest.values()],
            "covers": [game.cover_image_id or None for game in latest.values()],
        }
        written = {row["igdb_id"] for row in fetch_all(self._conn, _UPSERT, params)}
        for field, (delete, insert) in _NAMED.items():
            named = [(game.igdb_id, each) for game in latest.values() if game.igdb_id in written for each in
                     {each.id: each for each in getattr(game, field)}.values()]  # fmt: skip
            execute(self._conn, delete, {"games": sorted(written)})
            columns = {
                "igdb_ids": [igdb_id for igdb_id, _ in named],
                "ids": [each.id for _, each in named],
                "names": [each.name for _, each in named],
            }
            execute(self._conn, insert, columns)

    def list_games(self, igdb_ids: Sequence[int]) -> dict[int, IgdbGame]:
        """The stored ones of these games."""
        rows = fetch_all(self._conn, _SELECT, {"ids": list(igdb_ids)})
        return {row["igdb_id"]: IgdbGame(**row) for row in rows}
