"""Reads figures for dashboards from tables that exist anyway; never from `reviews`, so that 10⁸ rows cost nothing.

The largest table read whole is `crawl_state`, a row for each followed game; of `llm_calls` the last hour, by its index.
"""

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.metrics import Sample
from steampulse_dagster.utils.db import fetch_all, fetch_one

_CRAWLS = """
    with state as (
        select state.stored, state.finished_at, state.completeness, state.next_due_at, state.dead_since,
            case when state.consecutive_failures > 0 or state.dead_since is not null
                then coalesce(state.last_error_kind, 'other') end as failed
        from crawl_state state join tracked_games using (appid)
    )
    select 'crawl_lag_seconds' as metric, '{}'::text[] as labels,
        coalesce(extract(epoch from max(now() - next_due_at)
            filter (where dead_since is null and next_due_at < now())), 0)::float8 as value from state
    union all select 'games_crawled_last_hour', '{}',
        count(*) filter (where finished_at > now() - interval '1 hour') from state
    union all select 'games_incomplete', '{}', count(*) filter (where completeness < 0.98) from state
    union all select 'reviews_stored', '{}', coalesce(sum(stored), 0) from state
    union all select 'games_failing', array[failed], count(*) from state where failed is not null group by failed
"""
_STORED = """
    select 'catalog_apps' as metric, '{}'::text[] as labels, greatest(reltuples, 0)::float8 as value
        from pg_class where oid = 'app_catalog'::regclass
    union all select 'reports_current', '{}', count(*) from report_heads
    union all select 'quarantine_entries', array[source], count(*) from quarantine group by source
    union all select 'database_bytes', '{}', pg_database_size(current_database())
    union all select 'reviews_bytes', '{}', pg_total_relation_size('reviews')
"""
_HOSTS = """
    select 'host_requests_per_second' as metric, array[host] as labels, requests_per_second as value
        from rate_limits where requests_per_second is not null
    union all select 'host_blocked_seconds', array[host],
        greatest(extract(epoch from open_until - now()), 0) from rate_limits where open_until is not null
    union all select 'host_paused_seconds', array[host],
        greatest(extract(epoch from held_until - now()), 0) from rate_limits where held_until is not null
    union all select 'host_open_requests', array[host], sum(slots) from rate_leases
        where expires_at > now() group by host
"""
_MODELS = """
    with recent as (
        select model, status, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, counted_usd
        from llm_calls where created_at > now() - interval '1 hour'
    ), tokens as (
        select model, sum(input_tokens) as input, sum(output_tokens) as output, sum(cache_read_tokens) as cache_read,
            sum(cache_write_tokens) as cache_write, sum(counted_usd) as usd
        from recent group by model
    )
    select 'llm_calls_last_hour' as metric, array[model, status] as labels, count(*)::float8 as value
        from recent group by model, status
    union all select 'llm_usd_last_hour', array[model], usd from tokens
    union all select 'llm_tokens_last_hour', array[model, kind], coalesce(amount, 0) from tokens
        cross join lateral (values ('input', input), ('output', output), ('cache_read', cache_read),
            ('cache_write', cache_write)) as each (kind, amount)
    union all select 'llm_spent_usd', array[scope], spent_usd from llm_spend
        where (scope, key) in (('day', to_char(now() at time zone 'UTC', 'YYYY-MM-DD')),
            ('month', to_char(now() at time zone 'UTC', 'YYYY-MM')))
"""
_JOBS = """
    with open_jobs as (select status, records, created_at from llm_batches where collected_at is null)
    select 'batch_jobs_open' as metric, array[status] as labels, count(*)::float8 as value
        from open_jobs group by status
    union all select 'batch_records_waiting', '{}', coalesce(sum(records), 0) from open_jobs
    union all select 'batch_oldest_seconds', '{}',
        coalesce(extract(epoch from now() - min(created_at)), 0) from open_jobs
    union all select 'analysis_jobs', array[state], count(*) from analysis_jobs where state <> 'done' group by state
"""
# Dagster's own table, where it shares this database: its queue shows nowhere else without a Dagster instance.
_RUNS = """
    select 'dagster_runs' as metric, array[lower(status)] as labels, count(*)::float8 as value
    from dagster.runs where status in ('QUEUED', 'NOT_STARTED', 'STARTING', 'STARTED', 'CANCELING') group by status
"""


class MetricsRepository:
    """Each question takes milliseconds."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_samples(self) -> list[Sample]:
        """Every figure that SQL alone can tell, as of now."""
        questions = [_CRAWLS, _STORED, _HOSTS, _MODELS, _JOBS]
        if (fetch_one(self._conn, "select to_regclass('dagster.runs') is not null as here") or {}).get("here"):
            questions.append(_RUNS)
        rows = [row for sql in questions for row in fetch_all(self._conn, sql)]
        return [Sample(**row) for row in rows if row["value"] is not None]
