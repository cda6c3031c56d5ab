"""Reads what `games`, `game_genres`, `store_items` and `app_catalog` say of apps."""

from collections.abc import Sequence
from datetime import datetime

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.library import KnownApp
from steampulse_dagster.utils.db import fetch_all, fetch_column

# appdetails calls programs, playtests and servers games; where GetItems knows better, it is believed.
_SELECT = """
    select appid,
        case when detailed then 'details' when stored or catalog.appid is null then 'store' else 'catalog' end
            as source,
        case when detailed then game.type when stored then item.type when catalog.appid is null then 'unknown'
            else 'game' end as type,
        coalesce(nullif(game.name, ''), nullif(item.name, ''), catalog.name, '') as name,
        coalesce((select array_agg(genre_id) from game_genres genre where genre.appid = wanted.appid), '{}')
            as genre_ids,
        coalesce(game.release_date, item.release_date) as release_date
    from unnest(%(appids)s::bigint[]) as wanted (appid)
    left join games game using (appid)
    left join store_items item using (appid)
    left join app_catalog catalog using (appid)
    cross join lateral (
        select item.type is not null and item.type <> 'unknown' as stored,
            game.type is not null and game.type <> 'unknown'
                and not (game.type = 'game' and coalesce(item.type, 'unknown') not in ('game', 'unknown')) as detailed
    ) said
    where detailed or stored or catalog.appid is not null
        or (item.appid is not null and item.checked_at > %(unknown_since)s)
"""


class KnownAppRepository:
    """Types of apps, for whoever classifies them."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_game_names(self) -> list[str]:
        """The names of all games of Steam's list."""
        return fetch_column(self._conn, "select name from app_catalog where name <> ''")

    def list_known(self, appids: Sequence[int], *, unknown_since: datetime) -> dict[int, KnownApp]:
        """What is stored of these apps. Apps that GetItems did not know come with the type `unknown` if it was asked
        after `unknown_since`; others that nothing is known of are missing."""
        params = {"appids": list(appids), "unknown_since": unknown_since}
        return {row["appid"]: KnownApp(**row) for row in fetch_all(self._conn, _SELECT, params)}
