"""Reads and writes `app_catalog` and `catalog_crawls`."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.catalog import CatalogApp, CatalogChanges
from steampulse_dagster.repositories.copying import copy_rows
from steampulse_dagster.utils.db import execute, fetch_one

_STAGE = """
    create temporary table staged_apps (
        appid bigint, name text, steam_last_modified timestamptz, price_change_number bigint
    ) on commit drop
"""
_COPY = "copy staged_apps (appid, name, steam_last_modified, price_change_number) from stdin"
_COMPARE = """
    select count(*) as seen,
        count(*) filter (where old.appid is null) as new,
        count(*) filter (where old.name <> staged.name) as renamed,
        count(*) filter (
            where old.appid is not null and old.steam_last_modified is distinct from staged.steam_last_modified
        ) as modified
    from staged_apps staged left join app_catalog old using (appid)
"""
_UPSERT = """
    insert into app_catalog as stored (appid, name, steam_last_modified, price_change_number)
    select appid, staged.name, staged.steam_last_modified, staged.price_change_number
    from staged_apps staged left join app_catalog old using (appid)
    where old.appid is null or (old.name, old.steam_last_modified, old.price_change_number)
        is distinct from (staged.name, staged.steam_last_modified, staged.price_change_number)
    order by appid
    on conflict (appid) do update set
        name = excluded.name, steam_last_modified = excluded.steam_last_modified,
        price_change_number = excluded.price_change_number, changed_at = now()
    where (stored.name, stored.steam_last_modified, stored.price_change_number)
        is distinct from (excluded.name, excluded.steam_last_modified, excluded.price_change_number)
"""


class CatalogRepository:
    """What Steam sells. An app that leaves Steam's list stays here: absence is no proof of anything."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def upsert_many(self, apps: Sequence[CatalogApp]) -> CatalogChanges:
        """Store apps (each appid once); unchanged rows are not rewritten. Needs an open transaction."""
        execute(self._conn, _STAGE)
        rows = ((app.appid, app.name, app.steam_last_modified, app.price_change_number) for app in apps)
        copy_rows(self._conn, _COPY, rows)
        counts = fetch_one(self._conn, _COMPARE) or {}
        execute(self._conn, _UPSERT)
        execute(self._conn, "drop table staged_apps")
        return CatalogChanges(**counts)

    def get_last_finished_at(self) -> datetime | None:
        """When a walk of the app list last finished."""
        row = fetch_one(self._conn, "select max(finished_at) as finished_at from catalog_crawls")
        return row["finished_at"] if row else None

    def insert_crawl(self, changes: CatalogChanges, *, finished_at: datetime) -> None:
        """Note a walk that finished."""
        sql = """
            insert into catalog_crawls (finished_at, seen, new, renamed, modified)
            values (%(finished_at)s, %(seen)s, %(new)s, %(renamed)s, %(modified)s)
        """
        execute(self._conn, sql, {**changes.model_dump(), "finished_at": finished_at})

    def get(self, appid: int) -> CatalogApp | None:
        """What the app list says of one app; None if it does not name it."""
        sql = """
            select appid, name, steam_last_modified, price_change_number from app_catalog where appid = %(appid)s
        """
        row = fetch_one(self._conn, sql, {"appid": appid})
        return None if row is None else CatalogApp(**row)

    def count(self) -> int:
        """Apps in the catalogue."""
        row = fetch_one(self._conn, "select count(*) as n from app_catalog")
        return int(row["n"]) if row else 0
