"""Says no before the first dollar is spent, where a run or a game would not fit into what the limits leave.

The ledger refuses each single call that goes beyond a limit; that alone would leave a game half analysed and paid for.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import structlog

from steampulse_dagster.errors import BudgetError, NotFoundError
from steampulse_dagster.models.costs import CostPlan
from steampulse_dagster.services.call_costs import explain_refusal
from steampulse_dagster.services.cost_plans import CostPlanService
from steampulse_dagster.services.ledger import Ledger, get_spending_run

log = structlog.get_logger()


class SpendingGuard:
    """The promises of one run in one process: what was let in is expected to be spent, and leaves less for the rest."""

    def __init__(self, plans: CostPlanService, ledger: Ledger) -> None:
        self._plans = plans
        self._ledger = ledger
        self._promised = Decimal(0)
        self._spent_before: Decimal | None = None
        self._turn = asyncio.Lock()

    async def require_room(self, appids: Sequence[int]) -> None:
        """Raises BudgetError if analysing what is stored of these games now would cost more than is left."""
        cost = CostPlan.none()
        for appid in appids:
            cost = cost.add(await self._plan(appid))
        await self._check(cost, of=f"this run over {len(appids):,} games")

    async def admit(self, appid: int) -> None:
        """Count on the cost of one game, or raise BudgetError. To be asked before the first question about it."""
        cost = await self._plan(appid)
        async with self._turn:
            await self._check(cost, of=f"the analysis of {appid}", appid=appid)
            self._promised += cost.expected_usd

    async def _plan(self, appid: int) -> CostPlan:
        try:
            return (await asyncio.to_thread(self._plans.plan_game, appid)).cost
        except NotFoundError:
            return CostPlan.none()  # It is crawled by this run first, if at all.

    async def _check(self, cost: CostPlan, *, of: str, appid: int | None = None) -> None:
        spent = await asyncio.to_thread(self._ledger.get_spent, get_spending_run() or "")
        if self._spent_before is None:
            self._spent_before = spent.run
        outstanding = max(Decimal(0), self._promised - (spent.run - self._spent_before))
        refusal = explain_refusal(cost, budgets=self._ledger.budgets, spent=spent.add(outstanding), of=of)
        if refusal is not None:
            log.info("analysis_refused", appid=appid, expected_usd=str(cost.expected_usd))
            raise BudgetError(refusal, appid=appid)
