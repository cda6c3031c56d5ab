"""What analyses are expected to cost without reading a review, and what the dollar limits leave. Asks the ledger.

Exact plans (cost_plans.py) build every question; for a hundred thousand games a tick has no time for that.
"""

from decimal import Decimal

from steampulse_dagster.models.llm import BULK_PURPOSES, Delivery, ModelLimits, Purpose
from steampulse_dagster.models.nights import CallPrices
from steampulse_dagster.services.ledger import Ledger


class AnalysisForecast:
    """Prices of usual calls of two models. Blocks on the database."""

    def __init__(self, ledger: Ledger, *, small: ModelLimits, large: ModelLimits) -> None:
        self._ledger = ledger
        self._small = small.model
        self._large = large.model

    def get_prices(self, delivery: Delivery = Delivery.REAL_TIME) -> CallPrices:
        """What a chunk, a question about labels and a report cost. Raises ConfigError: unknown price."""
        return CallPrices(
            delivery=delivery,
            chunk=self._expect(self._small, Purpose.EXTRACT_CHUNK, delivery),
            join=self._expect(self._small, Purpose.JOIN_LABELS, delivery),
            report=self._expect(self._large, Purpose.SYNTHESIZE, delivery),
        )

    def get_left(self) -> Decimal:
        """What may be spent now: what the limits of the day and of the month leave, whichever is less."""
        budgets, spent = self._ledger.budgets, self._ledger.get_spent()
        return max(Decimal(0), min(budgets.per_day - spent.day, budgets.per_month - spent.month))

    @property
    def per_run(self) -> Decimal:
        """The limit of one run."""
        return self._ledger.budgets.per_run

    def _expect(self, model: str, purpose: Purpose, delivery: Delivery) -> Decimal:
        how = delivery if purpose in BULK_PURPOSES else Delivery.REAL_TIME
        return self._ledger.expect_usual(model, purpose, delivery=how)
