"""Reads and writes `llm_calls` (and through its triggers `llm_spend`): calls of language models and their cost."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from psycopg2.extensions import connection as Connection

from steampulse_dagster.models.costs import CallEstimate, Experience, GameCost, HeldElsewhere, Reservation, Spent
from steampulse_dagster.models.llm import (
    CallStatus,
    Delivery,
    LedgerCall,
    ModelReply,
    ModelRequest,
    Purpose,
    TokenUsage,
)
from steampulse_dagster.utils.db import execute, fetch_all, fetch_one
from steampulse_dagster.utils.text import clean_text

LOCK_KEY = 0x6C6C6D5F63616C6C
"""Any fixed number serves that nothing else in the same database takes: "llm_call" in ASCII."""
EXPERIENCE_CALLS = 500
MAX_ERROR_CHARACTERS = 1_000

_REPLY = """
    request_key, reply as text, stop, stop_reason, latency_ms, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens
"""


class LlmCallRepository:
    """One row for each call. Whoever writes takes `lock` first, in the same transaction."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def lock(self) -> None:
        """Wait until nobody else writes to the ledger; held to the end of the transaction. A process that freezes while
        it holds the lock loses it after 10 seconds."""
        sql = """
            set local idle_in_transaction_session_timeout = '10s';
            select pg_advisory_xact_lock(%(key)s)
        """
        execute(self._conn, sql, {"key": LOCK_KEY})

    def list_answers(self, request_keys: Sequence[str]) -> dict[str, ModelReply]:
        """Stored answers by request key; requests without one are left out."""
        sql = f"""
            select {_REPLY} from llm_calls where request_key = any(%(keys)s) and status = 'answered'
        """  # noqa: S608 - a constant of this module
        rows = fetch_all(self._conn, sql, {"keys": list(request_keys)})
        return {row["request_key"]: _build_reply(row) for row in rows}

    def list_held(self, request_keys: Sequence[str]) -> dict[str, HeldElsewhere]:
        """Requests of these that somebody is at work on."""
        sql = """
            select request_key, delivery from llm_calls
            where request_key = any(%(keys)s) and status = 'reserved'
        """
        rows = fetch_all(self._conn, sql, {"keys": list(request_keys)})
        return {row["request_key"]: HeldElsewhere(delivery=Delivery(row["delivery"])) for row in rows}

    def get_spent(self, run_id: str) -> Spent:
        """What counts against the limits of this run, of today and of this month (UTC)."""
        sql = """
            select coalesce(sum(spent_usd) filter (where scope = 'run'), 0) as run,
                coalesce(sum(spent_usd) filter (where scope = 'day'), 0) as day,
                coalesce(sum(spent_usd) filter (where scope = 'month'), 0) as month
            from llm_spend join llm_spend_keys(now(), %(run_id)s) using (scope, key)
        """
        return Spent(**(fetch_one(self._conn, sql, {"run_id": run_id}) or {}))

    def get_game_cost(self, appid: int, *, run_id: str) -> GameCost:
        """What the calls about a game count: those of this run, and all."""
        sql = """
            select coalesce(sum(counted_usd) filter (where run_id = %(run_id)s), 0) as run,
                coalesce(sum(counted_usd), 0) as total
            from llm_calls where appid = %(appid)s
        """
        return GameCost(**(fetch_one(self._conn, sql, {"appid": appid, "run_id": run_id}) or {}))

    def insert_reservations(
        self, wanted: Sequence[tuple[ModelRequest, CallEstimate]], *, run_id: str, lease: timedelta
    ) -> tuple[Reservation, ...]:
        """Set the ceiling of each estimate aside; the reservations in the order of `wanted`."""
        sql = """
            insert into llm_calls (
                request_key, appid, run_id, purpose, model, prompt_version, delivery, status, attempts,
                estimated_tokens, reserved_usd, price, lease_until
            )
            select r.request_key, r.appid, %(run_id)s, r.purpose, r.model, r.prompt_version, r.delivery, 'reserved',
                1 + (select count(*) from llm_calls earlier where earlier.request_key = r.request_key),
                r.estimated_tokens, r.reserved_usd, r.price, clock_timestamp() + %(lease)s
            from jsonb_to_recordset(%(rows)s::jsonb) as r (
                request_key text, appid bigint, purpose text, model text, prompt_version text, delivery text,
                estimated_tokens integer, reserved_usd numeric, price jsonb
            )
            returning call_id, request_key, delivery, reserved_usd, price
        """
        rows = [_describe(request, estimate) for request, estimate in wanted]
        made = fetch_all(self._conn, sql, {"rows": json.dumps(rows), "run_id": run_id, "lease": lease})
        by_key = {row["request_key"]: Reservation(**row) for row in made}
        return tuple(by_key[request.request_key] for request, _ in wanted)

    def list_reservations(self, call_ids: Sequence[int]) -> dict[int, Reservation]:
        """Reservations of these calls that can still be settled, by call id."""
        sql = """
            select call_id, request_key, delivery, reserved_usd, price from llm_calls
            where call_id = any(%(call_ids)s) and status in ('reserved', 'unknown')
        """
        rows = fetch_all(self._conn, sql, {"call_ids": list(call_ids)})
        return {row["call_id"]: Reservation(**row) for row in rows}

    def renew(self, call_ids: Sequence[int], *, lease: timedelta) -> None:
        """The holder of these reservations is alive."""
        sql = """
            update llm_calls set lease_until = clock_timestamp() + %(lease)s
            where call_id = any(%(call_ids)s) and status = 'reserved'
        """
        execute(self._conn, sql, {"call_ids": list(call_ids), "lease": lease})

    def mark_expired(self) -> int:
        """Reservations whose holder is dead become calls of unknown outcome; how many."""
        sql = """
            update llm_calls set status = 'unknown', finished_at = now(),
                error = 'Whoever made this call is gone; its answer was never seen.'
            where status = 'reserved' and lease_until < clock_timestamp()
        """
        return execute(self._conn, sql)

    def mark_answered(self, call_id: int, reply: ModelReply, *, cost_usd: Decimal) -> bool:
        """Store an answer and what it cost; False if this call is settled already.

        A call that was given up as unknown takes its real cost; its answer counts unless another call for the same
        request is under way or answered.
        """
        return self.mark_answered_many([(call_id, reply, cost_usd)]) == 1

    def mark_answered_many(self, answers: Sequence[tuple[int, ModelReply, Decimal]]) -> int:
        """`mark_answered` for calls of different requests; how many were not settled already."""
        sql = """
            update llm_calls as c set
                status = case when overtaken then 'failed' else 'answered' end,
                error = case when overtaken then 'Answered after another call had taken over.' end,
                cost_usd = found.cost_usd, reply = found.reply, stop = found.stop, stop_reason = found.stop_reason,
                latency_ms = found.latency_ms, input_tokens = found.input_tokens, output_tokens = found.output_tokens,
                cache_read_tokens = found.cache_read_tokens, cache_write_tokens = found.cache_write_tokens,
                finished_at = now()
            from (
                select given.*, exists (
                    select from llm_calls other where other.request_key = mine.request_key
                    and other.call_id <> mine.call_id and other.status in ('reserved', 'answered')
                ) as overtaken
                from jsonb_to_recordset(%(rows)s::jsonb) as given (
                    call_id bigint, reply text, stop text, stop_reason text, latency_ms integer, cost_usd numeric,
                    input_tokens integer, output_tokens integer, cache_read_tokens integer, cache_write_tokens integer
                ) join llm_calls mine using (call_id)
            ) found
            where c.call_id = found.call_id and c.status in ('reserved', 'unknown')
        """
        rows = [_describe_answer(*answer) for answer in answers]
        return execute(self._conn, sql, {"rows": json.dumps(rows)})

    def mark_failed(self, call_id: int, *, status: CallStatus, error: str) -> None:
        """A call without an answer: FAILED costs nothing, UNKNOWN counts what was reserved."""
        sql = """
            update llm_calls set status = %(status)s, error = %(error)s, finished_at = now(),
                cost_usd = case when %(status)s = 'failed' then 0 end
            where call_id = %(call_id)s and status = 'reserved'
        """
        clean = clean_text(error)[:MAX_ERROR_CHARACTERS]
        execute(self._conn, sql, {"call_id": call_id, "status": status.value, "error": clean})

    def mark_failed_many(self, errors: Mapping[int, str]) -> int:
        """Calls that were not made and cost nothing, also those whose holder seemed dead; how many there were."""
        sql = """
            update llm_calls c set status = 'failed', error = given.error, finished_at = now(), cost_usd = 0
            from unnest(%(call_ids)s::bigint[], %(errors)s::text[]) as given (call_id, error)
            where c.call_id = given.call_id and c.status in ('reserved', 'unknown')
        """
        clean = [clean_text(error)[:MAX_ERROR_CHARACTERS] for error in errors.values()]
        return execute(self._conn, sql, {"call_ids": list(errors), "errors": clean})

    def get_experience(self, purpose: Purpose, *, model: str | None = None) -> Experience | None:
        """What the newest answered calls of a purpose used, those of one model or of any; None before the first."""
        sql = """
            select count(*) as calls, sum(estimated_tokens) as estimated_tokens, sum(input_tokens) as input_tokens,
                sum(cache_read_tokens) as cache_read_tokens, sum(cache_write_tokens) as cache_write_tokens,
                sum(output_tokens) as output_tokens
            from (
                select estimated_tokens, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens
                from llm_calls
                where (model = %(model)s or %(model)s is null) and purpose = %(purpose)s and status = 'answered'
                order by call_id desc limit %(limit)s
            ) newest
        """
        params = {"model": model, "purpose": purpose.value, "limit": EXPERIENCE_CALLS}
        row = fetch_one(self._conn, sql, params)
        return Experience(**row) if row and row["calls"] else None

    def list_calls(self, request_key: str) -> tuple[LedgerCall, ...]:
        """Every call of a request, oldest first."""
        sql = """
            select call_id, request_key, appid, run_id, purpose, model, prompt_version, delivery, status, attempts,
                price, reserved_usd, cost_usd, latency_ms, reply as text, stop, stop_reason, error, created_at,
                finished_at, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens
            from llm_calls where request_key = %(request_key)s order by call_id
        """
        return tuple(_build_call(row) for row in fetch_all(self._conn, sql, {"request_key": request_key}))


def _describe(request: ModelRequest, estimate: CallEstimate) -> dict[str, Any]:
    return {
        "request_key": request.request_key,
        "appid": request.appid,
        "purpose": request.purpose.value,
        "model": request.model,
        "prompt_version": request.prompt_version,
        "delivery": estimate.price.delivery.value,
        "estimated_tokens": estimate.prompt_tokens,
        "reserved_usd": str(estimate.ceiling_usd),
        "price": estimate.price.model_dump(mode="json"),
    }


def _describe_answer(call_id: int, reply: ModelReply, cost_usd: Decimal) -> dict[str, Any]:
    return {
        **reply.usage.model_dump(),
        "call_id": call_id,
        "cost_usd": str(cost_usd),
        "reply": clean_text(reply.text),
        "stop": reply.stop.value,
        "stop_reason": clean_text(reply.stop_reason),
        "latency_ms": reply.latency_ms,
    }


def _build_usage(row: dict[str, Any]) -> TokenUsage:
    return TokenUsage(**{name: row[name] for name in TokenUsage.model_fields})


def _build_reply(row: dict[str, Any]) -> ModelReply:
    return ModelReply(
        text=row["text"],
        stop=row["stop"],
        stop_reason=row["stop_reason"],
        usage=_build_usage(row),
        latency_ms=row["latency_ms"],
    )


def _build_call(row: dict[str, Any]) -> LedgerCall:
    answered = row["text"] is not None
    known = {name: row[name] for name in LedgerCall.model_fields if name in row}
    return LedgerCall(
        **known, usage=_build_usage(row) if answered else None, reply=_build_reply(row) if answered else None
    )
