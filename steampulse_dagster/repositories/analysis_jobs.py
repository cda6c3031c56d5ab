"""Reads and writes `analysis_jobs`; costs are summed up from `llm_calls`."""

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.analysis_jobs import AnalysisJob, AnalysisReason, AnalysisState, OpenedJob
from steampulse_dagster.models.llm import Delivery
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import clean_text

MAX_ERROR_CHARACTERS = 1_000
_COST = """
    (select coalesce(sum(c.counted_usd), 0) from llm_calls c
    where c.appid = job.appid and c.created_at >= job.created_at)
"""


class JobRepository:
    """One row for each re-analysis of a game."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def open(self, appid: int, *, mode: Delivery, analyst_key: str, run_id: str | None, manual: bool) -> OpenedJob:
        """The game's job that is not done, set to work again, or a new one with the reason for it."""
        sql = """
            insert into analysis_jobs as job (appid, state, reason, mode, analyst_key, run_id)
            select %(appid)s, 'running', case
                when last.analyst_key is null then %(first)s
                when last.analyst_key <> %(analyst_key)s then %(new_analyst)s
                when %(manual)s then %(by_hand)s else %(new_reviews)s end,
                %(mode)s, %(analyst_key)s, %(run_id)s
            from (values (1)) one left join lateral (
                select analyst_key from analysis_jobs where appid = %(appid)s and state = 'done'
                order by job_id desc limit 1
            ) last on true
            on conflict (appid) where state <> 'done' do update set
                state = 'running', mode = excluded.mode, analyst_key = excluded.analyst_key, run_id = excluded.run_id,
                error = null, changed_at = now()
            returning job_id, xmax = 0 as is_new
        """
        params = {
            "appid": appid,
            "mode": mode.value,
            "analyst_key": analyst_key,
            "run_id": run_id,
            "manual": manual,
            "first": AnalysisReason.FIRST.value,
            "by_hand": AnalysisReason.MANUAL.value,
            "new_reviews": AnalysisReason.NEW_REVIEWS.value,
            "new_analyst": AnalysisReason.NEW_ANALYST.value,
        }
        return OpenedJob(**(fetch_one(self._conn, sql, params) or {}))

    def mark(self, job_id: int, state: AnalysisState, *, error: str | None = None) -> None:
        """Where the job stands now, with what it has cost so far."""
        sql = f"""
            update analysis_jobs job set state = %(state)s, error = %(error)s, changed_at = now(), cost_usd = {_COST}
            where job_id = %(job_id)s
        """  # noqa: S608 - a constant of this module
        clean = None if error is None else clean_text(error)[:MAX_ERROR_CHARACTERS]
        execute(self._conn, sql, {"job_id": job_id, "state": state.value, "error": clean})

    def reset_failed(self, appids: Sequence[int] | None) -> tuple[int, ...]:
        """Queue failed re-analyses again; which games they are of. None means any."""
        sql = """
            update analysis_jobs set state = 'queued', error = null, changed_at = now()
            where state = 'failed' and (%(appids)s::bigint[] is null or appid = any(%(appids)s::bigint[]))
            returning appid
        """
        params = {"appids": None if appids is None else list(appids)}
        return tuple(sorted(row["appid"] for row in fetch_all(self._conn, sql, params)))

    def delete(self, job_id: int) -> None:
        """Forget a job that found nothing to do."""
        execute(self._conn, "delete from analysis_jobs where job_id = %(job_id)s", {"job_id": job_id})

    def list_newest(self, *, limit: int, appid: int | None = None) -> tuple[AnalysisJob, ...]:
        """Jobs of all games or of one, the newest first; costs of those that are not done as they are now."""
        sql = f"""
            select job.job_id, job.appid, coalesce(games.name, 'App ' || job.appid) as game, job.state, job.reason,
                job.mode, job.run_id, job.error, job.created_at, job.changed_at,
                case when job.state = 'done' then coalesce(job.cost_usd, 0) else {_COST} end as cost_usd
            from analysis_jobs job left join games using (appid)
            where %(appid)s is null or job.appid = %(appid)s
            order by job.job_id desc limit %(limit)s
        """  # noqa: S608 - a constant of this module
        return tuple(AnalysisJob(**row) for row in fetch_all(self._conn, sql, {"appid": appid, "limit": limit}))
