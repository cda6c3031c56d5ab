"""The ledger: no call of a language model without money set aside for it first, and no answer without its cost stored.

Works through `llm_calls`; safe for any number of processes and machines on one database. All of it blocks on
PostgreSQL: call it from a thread.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import TypeVar

import stamina
import structlog

from steampulse_dagster.errors import BudgetError, ConfigError, DatabaseError, SteamPulseError
from steampulse_dagster.models.costs import (
    Budgets,
    CallEstimate,
    CostGroup,
    CostPlan,
    CostReport,
    Experience,
    GameCost,
    HeldElsewhere,
    Reservation,
    Spent,
)
from steampulse_dagster.models.llm import (
    CallStatus,
    Delivery,
    LedgerCall,
    ModelReply,
    ModelRequest,
    Purpose,
    TokenUsage,
)
from steampulse_dagster.repositories.llm_calls import LlmCallRepository
from steampulse_dagster.repositories.llm_costs import LlmCostRepository
from steampulse_dagster.services.call_costs import (
    CacheUse,
    build_budget_lines,
    check_budgets,
    compute_cost,
    estimate_call,
    expect_usual_cost,
)
from steampulse_dagster.services.prices import PriceBook
from steampulse_dagster.utils.db import Connection, Database
from steampulse_dagster.utils.text import clean_text
from steampulse_dagster.utils.tokens import estimate_tokens

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
"""How long a reservation outlives the last sign of life of its holder."""
STORE_SECONDS = 300.0
"""How long storing an answer is tried again while the database is away: it is paid for, and nowhere else."""
EXPERIENCE_SECONDS = 60.0
PLAN_KEYS = 1_000

Noted = TypeVar("Noted")
Claim = ModelReply | Reservation | HeldElsewhere
"""The stored answer; or the right to call, with the money set aside; or that somebody else has that right."""

_RUN: ContextVar[str | None] = ContextVar("spending_run", default=None)


@contextmanager
def spending_run(run_id: str) -> Iterator[None]:
    """Calls made inside, also by tasks started inside, count against the limit of this run."""
    token = _RUN.set(run_id)
    try:
        yield
    finally:
        _RUN.reset(token)


def get_spending_run() -> str | None:
    """The run that calls made here count against; None outside of any."""
    return _RUN.get()


class Ledger:
    """Estimates, reserves, settles and sums up."""

    def __init__(
        self,
        database: Database,
        *,
        prices: PriceBook,
        budgets: Budgets,
        monotonic: Callable[[], float] = time.monotonic,
        get_cache_minimum: Callable[[str], int | None] = lambda model: None,
    ) -> None:
        """`get_cache_minimum`: tokens from which a model's prompt cache keeps a system prompt; None: no cache."""
        self._database = database
        self._prices = prices
        self._budgets = budgets
        self._monotonic = monotonic
        self._get_cache_minimum = get_cache_minimum
        self._experience: dict[tuple[str, Purpose], tuple[float, Experience | None]] = {}

    def get_answer(self, request_key: str) -> ModelReply | None:
        """The stored answer to a request, whoever asked and whichever way it was delivered."""
        return self.list_answers([request_key]).get(request_key)

    def list_answers(self, request_keys: Sequence[str]) -> dict[str, ModelReply]:
        """Stored answers by request key; requests without one are left out."""
        with self._database.connection() as conn:
            return LlmCallRepository(conn).list_answers(request_keys)

    def look_up(self, request_key: str) -> ModelReply | HeldElsewhere | None:
        """The stored answer; or that somebody is at work on it; or nothing. Reserves nothing."""
        with self._database.connection() as conn:
            calls = LlmCallRepository(conn)
            answer = calls.list_answers([request_key]).get(request_key)
            return answer or calls.list_held([request_key]).get(request_key)

    def list_calls(self, request_key: str) -> tuple[LedgerCall, ...]:
        """Every call of a request, oldest first."""
        with self._database.connection() as conn:
            return LlmCallRepository(conn).list_calls(request_key)

    def estimate(
        self, request: ModelRequest, *, delivery: Delivery = Delivery.REAL_TIME, cache: CacheUse = CacheUse.NONE
    ) -> CallEstimate:
        """What a request would cost, by its text and by what like calls used. Raises ConfigError: unknown price."""
        price = self._prices.get_price(request.model, delivery)
        return estimate_call(request, price, self._get_experience(request.model, request.purpose), cache=cache)

    def expect_usual(self, model: str, purpose: Purpose, *, delivery: Delivery) -> Decimal:
        """What a usual call of a purpose costs, by what like calls cost. Raises ConfigError: unknown price."""
        price = self._prices.get_price(model, delivery)
        return expect_usual_cost(purpose, price, self._get_experience(model, purpose))

    def plan(
        self,
        requests: Sequence[ModelRequest],
        *,
        delivery: Delivery = Delivery.REAL_TIME,
        cached: set[tuple[str, str]] | None = None,
    ) -> CostPlan:
        """What asking all of these would cost; reserves nothing. Raises ConfigError: unknown price.

        `cached`: models and system prompts that calls planned before will have put into the prompt cache; those of
        these calls are added.
        """
        cached = set() if cached is None else cached
        unique = {request.request_key: request for request in requests}
        keys = list(unique)
        stored: set[str] = set()
        for start in range(0, len(keys), PLAN_KEYS):
            stored |= self.list_answers(keys[start : start + PLAN_KEYS]).keys()
        estimates = [
            self.estimate(unique[key], delivery=delivery, cache=self._expect_cache(unique[key], delivery, cached))
            for key in keys
            if key not in stored
        ]
        return CostPlan(
            calls=len(unique),
            stored=len(stored),
            expected_usd=sum((one.expected_usd for one in estimates), Decimal(0)),
            ceiling_usd=sum((one.ceiling_usd for one in estimates), Decimal(0)),
            dearest_usd=max((one.ceiling_usd for one in estimates), default=Decimal(0)),
            expected=reduce(TokenUsage.add, (one.expected for one in estimates), TokenUsage()),
        )

    def _expect_cache(self, request: ModelRequest, delivery: Delivery, cached: set[tuple[str, str]]) -> CacheUse:
        least = self._get_cache_minimum(request.model)
        if delivery is Delivery.BATCH or least is None or estimate_tokens(request.system, model=request.model) < least:
            return CacheUse.NONE
        prefix = request.model, request.system
        use = CacheUse.READ if prefix in cached else CacheUse.WRITE
        cached.add(prefix)
        return use

    def get_spent(self, run_id: str = "") -> Spent:
        """What counts against the limits now, of this run, of today and of this month."""
        with self._database.connection() as conn:
            return LlmCallRepository(conn).get_spent(run_id)

    def get_game_cost(self, appid: int, *, run_id: str) -> GameCost:
        """What a game cost in this run, and at all."""
        with self._database.connection() as conn:
            return LlmCallRepository(conn).get_game_cost(appid, run_id=run_id)

    @property
    def budgets(self) -> Budgets:
        """The limits."""
        return self._budgets

    def claim(self, request: ModelRequest, *, run_id: str) -> ModelReply | Reservation | HeldElsewhere:
        """The stored answer; or the right to call, with the money set aside; or that somebody else has that right.

        Raises BudgetError (a limit forbids it) and ConfigError (nobody has said what the model costs).
        """
        (claim,) = self.claim_each([(request, run_id)])
        if isinstance(claim, SteamPulseError):
            raise claim
        return claim

    def claim_each(self, wanted: Sequence[tuple[ModelRequest, str]]) -> tuple[Claim | SteamPulseError, ...]:
        """`claim` for several requests, each with its run, in one transaction: a commit costs more than all else.

        What one of them may not have (BudgetError, ConfigError) is in its place and stops no other.
        """
        claims = _Claims(wanted)
        claims.take(self.list_answers(claims.open_keys()))
        estimates = claims.estimate(self.estimate)
        if not claims.open_keys():
            return claims.list_all()
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            calls.lock()
            calls.mark_expired()
            # Asked again under the lock: nobody can answer or reserve between this and the insert.
            claims.take(calls.list_answers(claims.open_keys()))
            claims.take(calls.list_held(claims.open_keys()))
            for run_id, requests in claims.open_by_run().items():
                spent = calls.get_spent(run_id)
                allowed: list[tuple[ModelRequest, CallEstimate]] = []
                for request in requests:
                    estimate = estimates[request.request_key]
                    try:
                        check_budgets(request, estimate.ceiling_usd, budgets=self._budgets, spent=spent)
                    except BudgetError as error:
                        claims.take({request.request_key: error})
                        continue
                    spent = spent.add(estimate.ceiling_usd)
                    allowed.append((request, estimate))
                if allowed:
                    made = calls.insert_reservations(allowed, run_id=run_id, lease=LEASE)
                    claims.take({reservation.request_key: reservation for reservation in made})
        return claims.list_all()

    def claim_many(
        self, requests: Sequence[ModelRequest], *, run_id: str, delivery: Delivery, lease: timedelta
    ) -> tuple[Reservation, ...]:
        """Money for every request that is neither answered nor under way, in one step: all of them or, with an error,
        none. The reservations live until `lease` ends (`renew` moves it), whatever becomes of this process.

        Raises BudgetError and ConfigError as `claim` does.
        """
        unique = {request.request_key: request for request in requests}
        estimates = [(request, self.estimate(request, delivery=delivery)) for request in unique.values()]
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            taken = self._list_taken(calls, list(unique))
            wanted = [pair for pair in estimates if pair[0].request_key not in taken]
            return self._reserve(calls, wanted, run_id=run_id, lease=lease) if wanted else ()

    def claim_all(
        self,
        wanted: Sequence[tuple[ModelRequest, CallEstimate]],
        *,
        run_id: str,
        lease: timedelta,
        note: Callable[[Connection, Sequence[Reservation]], Noted],
    ) -> Noted | frozenset[str]:
        """Money for all of these requests at once, or the keys of those that were answered or taken meanwhile: then
        nothing is reserved. `note` writes down, in the same transaction, what the reservations are for.

        The requests need no texts: they are estimated already. Raises BudgetError as `claim` does.
        """
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            taken = self._list_taken(calls, [request.request_key for request, _ in wanted])
            if taken:
                return taken
            return note(conn, self._reserve(calls, wanted, run_id=run_id, lease=lease))

    def list_reservations(self, call_ids: Sequence[int]) -> dict[int, Reservation]:
        """Reservations by call id, for whoever noted the ids and was restarted; settled ones are left out."""
        with self._database.connection() as conn:
            return LlmCallRepository(conn).list_reservations(call_ids)

    def renew(self, call_ids: Sequence[int], *, lease: timedelta = LEASE) -> None:
        """The holder of these reservations is alive."""
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            calls.lock()
            calls.renew(call_ids, lease=lease)

    def settle(self, reservation: Reservation, reply: ModelReply) -> ModelReply:
        """Store an answer and its cost in one statement; the answer as it is stored. Safe to repeat.

        Tried for five minutes while the database is away; then raises DatabaseError.
        """
        (kept,) = self.settle_each([(reservation, reply)])
        return kept

    def settle_each(self, answered: Sequence[tuple[Reservation, ModelReply]]) -> tuple[ModelReply, ...]:
        """`settle` for several answers, in one transaction."""
        kept = tuple(
            (reservation, _clean(reply), compute_cost(reply.usage, reservation.price))
            for reservation, reply in answered
        )
        for attempt in stamina.retry_context(on=_is_outage, attempts=None, timeout=STORE_SECONDS, wait_max=10.0):
            with attempt, self._database.transaction() as conn:
                calls = LlmCallRepository(conn)
                calls.lock()
                for reservation, reply, cost in kept:
                    calls.mark_answered(reservation.call_id, reply, cost_usd=cost)
        for reservation, _, cost in kept:
            _warn_of_excess(reservation, cost)
        return tuple(reply for _, reply, _ in kept)

    def fail(self, reservation: Reservation, *, error: str, outcome_unknown: bool) -> None:
        """The call has no answer. It costs nothing, or, where nobody knows, counts as what was reserved."""
        status = CallStatus.UNKNOWN if outcome_unknown else CallStatus.FAILED
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            calls.lock()
            calls.mark_failed(reservation.call_id, status=status, error=error)

    def settle_many(self, answers: Sequence[tuple[Reservation, ModelReply]]) -> int:
        """`settle` for answers that were read from a file and can be read again; how many were not stored before."""
        rows = [(held.call_id, reply, compute_cost(reply.usage, held.price)) for held, reply in answers]
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            calls.lock()
            stored = calls.mark_answered_many(rows)
        for (held, _), (_, _, cost) in zip(answers, rows, strict=True):
            _warn_of_excess(held, cost)
        return stored

    def fail_many(self, errors: Mapping[int, str]) -> int:
        """These calls, by id, were not made and cost nothing; how many were not settled before."""
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            calls.lock()
            return calls.mark_failed_many(errors)

    def report_costs(
        self, by: CostGroup, *, run_id: str = "", since: date | None = None, until: date | None = None
    ) -> CostReport:
        """What was spent, is reserved, is of unknown outcome, and what the limits leave. Gives up dead reservations."""
        with self._database.transaction() as conn:
            calls = LlmCallRepository(conn)
            calls.lock()
            calls.mark_expired()
            *lines, total = LlmCostRepository(conn).list_costs(by, since=since, until=until)
            spent = calls.get_spent(run_id)
        return CostReport(by=by, lines=tuple(lines), total=total, budgets=build_budget_lines(self._budgets, spent))

    def _list_taken(self, calls: LlmCallRepository, request_keys: Sequence[str]) -> frozenset[str]:
        """Of these, requests that are answered or under way; takes the lock, so that this stays true."""
        calls.lock()
        calls.mark_expired()
        return frozenset(calls.list_answers(request_keys).keys() | calls.list_held(request_keys).keys())

    def _reserve(
        self,
        calls: LlmCallRepository,
        wanted: Sequence[tuple[ModelRequest, CallEstimate]],
        *,
        run_id: str,
        lease: timedelta,
    ) -> tuple[Reservation, ...]:
        spent = calls.get_spent(run_id)
        for request, estimate in wanted:
            check_budgets(request, estimate.ceiling_usd, budgets=self._budgets, spent=spent)
            spent = spent.add(estimate.ceiling_usd)
        return calls.insert_reservations(wanted, run_id=run_id, lease=lease)

    def _get_experience(self, model: str, purpose: Purpose) -> Experience | None:
        known = self._experience.get((model, purpose))
        if known is not None and self._monotonic() - known[0] < EXPERIENCE_SECONDS:
            return known[1]
        with self._database.connection() as conn:
            calls = LlmCallRepository(conn)
            seen = calls.get_experience(purpose, model=model)
            if seen is None and (others := calls.get_experience(purpose)) is not None:
                # How long an answer is hangs on the question more than on the model: better than a guess.
                seen = others.without_cache()
        self._experience[model, purpose] = (self._monotonic(), seen)
        return seen


class _Claims:
    """What became of several requests, each with its run; requests of one key are one."""

    def __init__(self, wanted: Sequence[tuple[ModelRequest, str]]) -> None:
        self._keys = [request.request_key for request, _ in wanted]
        self._wanted = {request.request_key: (request, run_id) for request, run_id in wanted}
        self._found: dict[str, Claim | SteamPulseError] = {}

    def take(self, found: Mapping[str, Claim | SteamPulseError]) -> None:
        """Outcomes by request key."""
        self._found.update(found)

    def open_keys(self) -> list[str]:
        """Requests without an outcome."""
        return [key for key in self._wanted if key not in self._found]

    def open_by_run(self) -> dict[str, list[ModelRequest]]:
        """The same as requests, by run."""
        by_run: dict[str, list[ModelRequest]] = {}
        for request, run_id in map(self._wanted.__getitem__, self.open_keys()):
            by_run.setdefault(run_id, []).append(request)
        return by_run

    def estimate(self, estimate: Callable[[ModelRequest], CallEstimate]) -> dict[str, CallEstimate]:
        """The estimate of each open request; one whose price nobody knows has its outcome with that."""
        made: dict[str, CallEstimate] = {}
        for key in self.open_keys():
            try:
                made[key] = estimate(self._wanted[key][0])
            except ConfigError as error:
                self._found[key] = error
        return made

    def list_all(self) -> tuple[Claim | SteamPulseError, ...]:
        """The outcomes in the order of the requests."""
        return tuple(self._found[key] for key in self._keys)


def _clean(reply: ModelReply) -> ModelReply:
    return reply.model_copy(update={"text": clean_text(reply.text), "stop_reason": clean_text(reply.stop_reason)})


def _warn_of_excess(reservation: Reservation, cost: Decimal) -> None:
    if cost > reservation.reserved_usd:
        log.warning(
            "call_cost_more_than_reserved",
            model=reservation.price.model,
            call_id=reservation.call_id,
            reserved_usd=str(reservation.reserved_usd),
            cost_usd=str(cost),
        )


def _is_outage(error: Exception) -> bool:
    return isinstance(error, DatabaseError) and error.retryable
