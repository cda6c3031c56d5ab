"""Reads counts over all tables, for people."""

from psycopg2 import sql as composed
from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor

from steampulse_dagster.models.status import GameStatus, TableCount
from steampulse_dagster.utils.db import fetch_all, fetch_one

PRODUCT_TABLES = (
    "analysis_jobs",
    "app_catalog",
    "catalog_crawls",
    "chunk_summaries",
    "chunks",
    "crawl_state",
    "database_values",
    "game_categories",
    "game_genres",
    "game_tags",
    "games",
    "igdb_game_genres",
    "igdb_game_platforms",
    "igdb_games",
    "import_runs",
    "imported_games",
    "library_items",
    "llm_batch_records",
    "llm_batches",
    "llm_calls",
    "quarantine",
    "rate_limits",
    "report_heads",
    "reports",
    "review_revisions",
    "reviews",
    "summary_nodes",
    "tracked_games",
)
"""Tables of the migrations. Named here because Dagster may keep its own tables in the same database."""

_GAMES = """
    select appid, coalesce(games.name, tracked.name, 'App ' || appid) as name, games.type,
        tracked.appid is not null as tracked,
        coalesce(review.reviews, 0) as reviews,
        (state.reported ->> 'total_reviews')::bigint as reported,
        state.completeness,
        coalesce(chunk.chunks, 0) as chunks,
        coalesce(summary.summaries, 0) as summaries,
        coalesce(report.reports, 0) as reports,
        state.finished_at as last_crawled_at,
        state.last_error
    from tracked_games tracked
    full join games using (appid)
    full join crawl_state state using (appid)
    left join (select appid, count(*) as reviews from reviews group by appid) review using (appid)
    left join (select appid, count(*) as chunks from chunks group by appid) chunk using (appid)
    left join (select appid, count(*) as summaries from chunk_summaries group by appid) summary using (appid)
    left join (select appid, count(*) as reports from reports group by appid) report using (appid)
    order by appid
"""


class StatusRepository:
    """Exact counts, made when asked for."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def count_tables(self) -> tuple[TableCount, ...]:
        """Rows of every table of the product, by table name."""
        each = composed.SQL(" union all ").join(
            composed.SQL("select {name} as table, count(*) as rows from {table}").format(
                name=composed.Literal(table), table=composed.Identifier(table)
            )
            for table in PRODUCT_TABLES
        )
        with self._conn.cursor(cursor_factory=RealDictCursor) as cur:
            cur.execute(each)
            counts = [TableCount(**row) for row in cur.fetchall()]
        return tuple(sorted(counts, key=lambda count: count.table))

    def count_reviews(self) -> int:
        """All stored reviews."""
        row = fetch_one(self._conn, "select count(*) as n from reviews")
        return int(row["n"]) if row else 0

    def get_server_version(self) -> str:
        """The server's own version, such as "18.1"."""
        row = fetch_one(self._conn, "select current_setting('server_version') as version")
        return str(row["version"]) if row else "unknown"

    def list_game_status(self) -> tuple[GameStatus, ...]:
        """Every game that is tracked or stored, by appid."""
        return tuple(GameStatus(**row) for row in fetch_all(self._conn, _GAMES))
