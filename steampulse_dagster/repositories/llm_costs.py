"""Reads sums of `llm_calls` for people: by day, model, game or run."""

from datetime import date

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.costs import CostGroup, CostLine
from steampulse_dagster.utils.db import fetch_all

_KEYS = {
    CostGroup.DAY: "to_char(created_at at time zone 'UTC', 'YYYY-MM-DD')",
    CostGroup.MODEL: "model",
    CostGroup.GAME: "coalesce(appid::text, '')",
    CostGroup.RUN: "coalesce(run_id, '')",
}


class LlmCostRepository:
    """Exact sums, made when asked for."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def list_costs(self, by: CostGroup, *, since: date | None, until: date | None) -> tuple[CostLine, ...]:
        """One line for each day, model, game or run, the dearest first (days: the newest), and the total last, of calls
        from `since` up to and including `until` (UTC)."""
        sql = f"""
            select case when grouping({_KEYS[by]}) = 1 then 'total' else {_KEYS[by]} end as key, count(*) as calls,
                coalesce(sum(input_tokens), 0) as input_tokens, coalesce(sum(output_tokens), 0) as output_tokens,
                coalesce(sum(cache_read_tokens), 0) as cache_read_tokens,
                coalesce(sum(cache_write_tokens), 0) as cache_write_tokens,
                coalesce(sum(cost_usd), 0) as spent_usd,
                coalesce(sum(counted_usd) filter (where status = 'reserved'), 0) as reserved_usd,
                coalesce(sum(counted_usd) filter (where status = 'unknown'), 0) as unknown_usd,
                coalesce(sum(counted_usd), 0) as counted_usd
            from llm_calls
            where (%(since)s::date is null or created_at >= %(since)s::date::timestamp at time zone 'UTC')
                and (%(until)s::date is null or created_at < (%(until)s::date + 1)::timestamp at time zone 'UTC')
            group by grouping sets (({_KEYS[by]}), ())
            order by grouping({_KEYS[by]}), {"key desc" if by is CostGroup.DAY else "counted_usd desc, key"}
        """  # noqa: S608 - constants of this module
        return tuple(CostLine(**row) for row in fetch_all(self._conn, sql, {"since": since, "until": until}))
