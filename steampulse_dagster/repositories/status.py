"""Reads counts over all tables, for people."""

from collections.abc import Sequence

from psycopg2 import sql as composed
from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor

from steampulse_dagster.models.status import GameStatus, TableCount
from steampulse_dagster.utils.db import fetch_all, fetch_one

PRODUCT_TABLES = (
    "alert_games",
    "alert_notices",
    "alerts",
    "analysis_jobs",
    "analysis_samples",
    "app_catalog",
    "bulk_games",
    "catalog_crawls",
    "chunk_summaries",
    "chunks",
    "crawl_state",
    "database_values",
    "drawn_pages",
    "game_categories",
    "game_figures",
    "game_genres",
    "game_prices",
    "game_tags",
    "games",
    "igdb_game_genres",
    "igdb_game_platforms",
    "igdb_games",
    "igdb_matches",
    "igdb_overrides",
    "igdb_tokens",
    "import_runs",
    "imported_games",
    "library_items",
    "library_requests",
    "llm_batch_records",
    "llm_batches",
    "llm_calls",
    "llm_spend",
    "quarantine",
    "queue_rejects",
    "rate_leases",
    "rate_limits",
    "report_heads",
    "report_proofs",
    "reports",
    "review_revisions",
    "reviews",
    "run_heartbeats",
    "store_items",
    "summary_nodes",
    "tracked_games",
    "tracking_rules",
    "untracked_games",
    "work_requests",
)
"""Tables of the migrations. Named here because Dagster may keep its own tables in the same database."""

COUNTED_UP_TO = 1_000_000
"""Rows of a table that are counted one by one, within a tenth of a second; beyond, the planner's estimate will do."""

# As the planner does it: the density at the last vacuum or analyze, times the size of now. Without either
# there is no estimate, and the table is counted.
_ESTIMATES = """
    select name, (reltuples::float8 / relpages
        * pg_relation_size(class.oid) / current_setting('block_size')::integer)::bigint as rows
    from unnest(%(tables)s::text[]) as name join pg_class class on class.oid = to_regclass(name)
    where reltuples > 0 and relpages > 0
"""
_GAMES = """
    select appid, coalesce(games.name, tracked.name, 'App ' || appid) as name, games.type,
        tracked.appid is not null as tracked,
        coalesce(state.stored, 0) as reviews,
        (state.reported ->> 'total_reviews')::bigint as reported,
        state.completeness,
        coalesce(state.sample_rate, 1) as sample_rate,
        (state.offtopic ->> 'total')::bigint as offtopic,
        coalesce(chunk.chunks, 0) as chunks,
        coalesce(summary.summaries, 0) as summaries,
        coalesce(report.reports, 0) as reports,
        state.finished_at as last_crawled_at,
        state.last_error,
        state.last_error_kind
    from tracked_games tracked
    full join games using (appid)
    full join crawl_state state using (appid)
    left join (select appid, count(*) as chunks from chunks group by appid) chunk using (appid)
    left join (select appid, count(*) as summaries from chunk_summaries group by appid) summary using (appid)
    left join (select appid, count(*) as reports from reports group by appid) report using (appid)
    order by appid
"""


class StatusRepository:
    """Counts, made when asked for. `exact` counts large tables row by row too: half a minute at 10⁸ rows."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def count_tables(self, *, exact: bool = False) -> tuple[TableCount, ...]:
        """Rows of every table of the product, by table name; those of large ones are estimated unless `exact`."""
        return self._count(PRODUCT_TABLES, exact=exact)

    def count_reviews(self) -> TableCount:
        """All stored reviews; estimated if there are many."""
        return self._count(("reviews",), exact=False)[0]

    def _count(self, tables: Sequence[str], *, exact: bool) -> tuple[TableCount, ...]:
        large = {} if exact else self._estimate_large(tables)
        counted = composed.SQL(" union all ").join(
            composed.SQL("select {name} as table, count(*) as rows from {table}").format(
                name=composed.Literal(table), table=composed.Identifier(table)
            )
            for table in tables
            if table not in large
        )
        counts = [TableCount(table=table, rows=rows, estimated=True) for table, rows in large.items()]
        if len(large) < len(tables):
            with self._conn.cursor(cursor_factory=RealDictCursor) as cur:
                cur.execute(counted)
                counts += [TableCount(**row) for row in cur.fetchall()]
        return tuple(sorted(counts, key=lambda count: count.table))

    def _estimate_large(self, tables: Sequence[str]) -> dict[str, int]:
        rows = fetch_all(self._conn, _ESTIMATES, {"tables": list(tables)})
        return {row["name"]: row["rows"] for row in rows if row["rows"] > COUNTED_UP_TO}

    def get_server_version(self) -> str:
        """The server's own version, such as "18.1"."""
        row = fetch_one(self._conn, "select current_setting('server_version') as version")
        return str(row["version"]) if row else "unknown"

    def list_game_status(self) -> tuple[GameStatus, ...]:
        """Every game that is tracked or stored, by appid."""
        return tuple(GameStatus(**row) for row in fetch_all(self._conn, _GAMES))
