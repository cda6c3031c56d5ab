"""Reads `game_figures` (kept by triggers) with `games`, tags, genres, `tracked_games`, `crawl_state`, `llm_calls`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.reading import (
    GameFilter,
    GameNames,
    GameRow,
    GameSort,
    OverviewTotals,
    ReportFigures,
    UncrawledGame,
    UncrawledGames,
)
from steampulse_dagster.utils.db import fetch_all, fetch_one
from steampulse_dagster.utils.text import escape_like

SHOWN_TAGS = 5


@dataclass(frozen=True)
class SortKey:
    """How a sort orders rows: an expression that an index has, as text in a cursor and back."""

    expression: str
    type: str
    """In SQL."""
    missing: str
    """What stands for games that have no such value; it sorts last."""
    descending: bool


SORT_KEYS: Mapping[GameSort, SortKey] = {
    GameSort.REVIEWS: SortKey("figure.reviews", "integer", "-1", True),
    GameSort.SENTIMENT: SortKey("coalesce(figure.sentiment, -1)", "double precision", "-1", True),
    GameSort.HIDDEN_GEM: SortKey("coalesce(figure.hidden_gem, -1)", "double precision", "-1", True),
    GameSort.NAME: SortKey('lower(figure.name) collate "C"', "text", "''", False),
    GameSort.NEWEST_REVIEW: SortKey("coalesce(figure.data_time, '-infinity')", "timestamptz", "'-infinity'", True),
    GameSort.REPORTED: SortKey("coalesce(figure.confirmed_at, '-infinity')", "timestamptz", "'-infinity'", True),
}

_WHERE: Mapping[str, str] = {
    "genre": """exists (select from game_genres genre
        where genre.appid = figure.appid and lower(genre.name) = lower(%(genre)s))""",
    "tag": """exists (select from game_tags tag
        where tag.appid = figure.appid and lower(tag.name) = lower(%(tag)s))""",
    "min_sentiment": "coalesce(figure.sentiment, -1) >= %(min_sentiment)s",
    "max_sentiment": "figure.sentiment <= %(max_sentiment)s",
    "min_reviews": "figure.reviews >= %(min_reviews)s",
    "max_reviews": "figure.reviews <= %(max_reviews)s",
    "min_hidden_gem": "coalesce(figure.hidden_gem, -1) >= %(min_hidden_gem)s",
}

# What belongs to a row is looked up for the rows of the page alone.
_ROWS = """
    with page as (
        select figure.appid, figure.report_id, figure.report_at, figure.confirmed_at, figure.data_time,
            {key} as sort_key
        from game_figures figure
        where {where}
        order by {key} {direction}, figure.appid {direction}
        limit %(limit)s
    )
    select page.appid, games.name, games.type, games.state, games.release_date, games.is_free,
        array(select genre.name from game_genres genre where genre.appid = page.appid
            order by genre.genre_id collate "C") as genres,
        array(select tag.name from game_tags tag where tag.appid = page.appid
            order by tag.weight desc, tag.tagid limit %(tags)s) as tags,
        coalesce((select true from tracked_games where appid = page.appid), false) as is_tracked,
        coalesce(crawl.stored, 0) as reviews, (crawl.reported ->> 'total_reviews')::bigint as reported_by_steam,
        crawl.completeness, crawl.finished_at as crawled_at,
        coalesce(crawl.dead_reason, crawl.last_error) as crawl_error, crawl.dead_since is not null as is_given_up,
        page.report_id, page.report_at, page.confirmed_at, page.data_time,
        (select coalesce(sum(call.counted_usd), 0) from llm_calls call where call.appid = page.appid) as cost_usd,
        page.sort_key::text as sort_key
    from page
    join games using (appid)
    left join lateral (
        -- One look-up a row: as a plain join, the whole table is read into a hash for fifty rows of it.
        select stored, reported, completeness, finished_at, last_error, dead_reason, dead_since
        from crawl_state where appid = page.appid limit 1
    ) crawl on true
    order by page.sort_key {direction}, page.appid {direction}
"""
# `total` counts before the limit cuts.
_UNCRAWLED = """
    select tracked.appid, tracked.name, coalesce(crawl.dead_reason, crawl.last_error) as crawl_error,
        count(*) over () as total
    from tracked_games tracked
    left join crawl_state crawl using (appid)
    where not exists (select from games where games.appid = tracked.appid)
    order by tracked.appid limit %(limit)s
"""
_NAMES = """
    select min(name) as name, count(*) as games from {table}
    group by lower(name) order by games desc, lower(min(name)) collate "C" limit %(limit)s
"""


class GameFigureRepository:
    """Games as the overview lists them."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_rows(
        self, wanted: GameFilter, *, limit: int, after: tuple[str, int] | None = None
    ) -> tuple[list[GameRow], tuple[str, int] | None]:
        """At most `limit` games after that sort key and appid; and the sort key and appid of the last, if more follow.

        What is told of their reports is not in the rows: `list_figures` has it.
        A sort key is the text that PostgreSQL writes for it.
        """
        key = SORT_KEYS[wanted.sort]
        params: dict[str, Any] = {**wanted.model_dump(mode="json"), "limit": limit + 1, "tags": SHOWN_TAGS}
        conditions = [_WHERE[name] for name in _WHERE if params[name] is not None]
        for number, word in enumerate((wanted.q or "").lower().split()):
            params[f"word{number}"] = f"%{escape_like(word)}%"
            conditions.append(f"lower(figure.name) like %(word{number})s")
        if wanted.reported is not None:
            conditions.append(f"figure.report_id is {'not ' if wanted.reported else ''}null")
        is_descending = key.descending is not wanted.reverse
        if wanted.reverse and key.descending:
            conditions.append(f"{key.expression} > {key.missing}::{key.type}")
        if after is not None:
            comparison = "<" if is_descending else ">"
            conditions.append(f"({key.expression}, figure.appid) {comparison} (%(after)s::{key.type}, %(after_appid)s)")
            params.update(after=after[0], after_appid=after[1])
        sql = _ROWS.format(
            key=key.expression,
            where=" and ".join(conditions) or "true",
            direction="desc" if is_descending else "asc",
        )
        found = fetch_all(self._conn, sql, params)
        keys = [(row.pop("sort_key"), row["appid"]) for row in found]
        return [GameRow(**row) for row in found[:limit]], keys[limit - 1] if len(found) > limit else None

    def list_figures(self, appids: Sequence[int]) -> dict[int, ReportFigures]:
        """What the overview shows of the current reports of these games, by the reports' numbers."""
        sql = """
            select report_id, figures::text as figures from game_figures
            where appid = any(%(appids)s::bigint[]) and report_id is not null
        """
        rows = fetch_all(self._conn, sql, {"appids": list(appids)})
        return {row["report_id"]: ReportFigures.model_validate_json(row["figures"]) for row in rows}

    def get_totals(self) -> OverviewTotals:
        """Sizes of the whole collection."""
        sql = """
            select count(*) as games, count(report_id) as reported, coalesce(sum(reviews), 0) as reviews,
                max(data_time) as data_time,
                (select coalesce(sum(spent_usd), 0) from llm_spend where scope = 'month') as cost_usd
            from game_figures
        """
        return OverviewTotals(**(fetch_one(self._conn, sql) or {}))

    def list_uncrawled(self, *, limit: int) -> UncrawledGames:
        """Followed games of which nothing is stored yet."""
        rows = fetch_all(self._conn, _UNCRAWLED, {"limit": limit})
        total = rows[0]["total"] if rows else 0
        names = ("appid", "name", "crawl_error")
        return UncrawledGames(
            total=total, games=tuple(UncrawledGame(**{name: row[name] for name in names}) for row in rows)
        )

    def list_genres(self, *, limit: int) -> tuple[GameNames, ...]:
        """Genres by how many games have them."""
        return self._list_names("game_genres", limit=limit)

    def list_tags(self, *, limit: int) -> tuple[GameNames, ...]:
        """User tags by how many games have them."""
        return self._list_names("game_tags", limit=limit)

    def _list_names(self, table: str, *, limit: int) -> tuple[GameNames, ...]:
        rows = fetch_all(self._conn, _NAMES.format(table=table), {"limit": limit})
        return tuple(GameNames(**row) for row in rows)
