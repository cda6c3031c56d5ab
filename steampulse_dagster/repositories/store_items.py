"""Reads and writes `store_items`: what GetItems says of each app of the catalogue, so that it is not asked twice."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.catalog import CatalogItem
from steampulse_dagster.utils.db import execute, fetch_all

_UPSERT = """
    insert into store_items (appid, type, name, shown, review_count, tags, developers, release_date, checked_at)
    select appid, type, name, shown, review_count, array(select jsonb_array_elements_text(tags)),
        array(select jsonb_array_elements_text(developers)), release_date, checked_at
    from unnest(
        %(appids)s::bigint[], %(types)s::text[], %(names)s::text[], %(shown)s::boolean[], %(counts)s::integer[],
        %(tags)s::jsonb[], %(developers)s::jsonb[], %(dates)s::date[], %(moments)s::timestamptz[]
    ) as item (appid, type, name, shown, review_count, tags, developers, release_date, checked_at)
    order by appid
    on conflict (appid) do update set
        type = excluded.type, name = excluded.name, shown = excluded.shown, review_count = excluded.review_count,
        tags = excluded.tags, developers = excluded.developers, release_date = excluded.release_date,
        checked_at = excluded.checked_at
"""
_LIST_UNCHECKED = """
    select catalog.appid
    from app_catalog catalog left join store_items item using (appid)
    where item.appid is null or item.checked_at < %(stale_before)s
        or catalog.steam_last_modified > item.checked_at - %(margin)s
    order by catalog.appid
"""


class StoreItemRepository:
    """Type, name and size of apps, each with the moment it was asked for."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def upsert_many(self, items: Sequence[CatalogItem]) -> None:
        """Write these apps (each appid once)."""
        params = {
            "appids": [item.appid for item in items],
            "types": [item.type for item in items],
            "names": [item.name for item in items],
            "shown": [item.shown for item in items],
            "counts": [item.review_count for item in items],
            # Lists of different lengths are no array of arrays.
            "tags": [json.dumps(item.tags) for item in items],
            "developers": [json.dumps(item.developers) for item in items],
            "dates": [item.release_date for item in items],
            "moments": [item.checked_at for item in items],
        }
        execute(self._conn, _UPSERT, params)

    def list_unchecked(self, *, stale_before: datetime, margin: timedelta) -> list[int]:
        """Apps of the catalogue that GetItems was never asked for, not since `stale_before`, or not since their store
        page was last modified (less a `margin` for differing clocks); ascending."""
        params = {"stale_before": stale_before, "margin": margin}
        return [row["appid"] for row in fetch_all(self._conn, _LIST_UNCHECKED, params)]

    def list_games(self, *, min_reviews: int) -> dict[int, str]:
        """Names by appid of the catalogue's games that are known to have so many reviews."""
        sql = """
            select item.appid, item.name
            from store_items item join app_catalog catalog using (appid)
            where item.type = 'game' and item.review_count >= %(min_reviews)s
            order by item.appid
        """
        return {row["appid"]: row["name"] for row in fetch_all(self._conn, sql, {"min_reviews": min_reviews})}
