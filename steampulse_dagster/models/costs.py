"""What calls of language models cost: limits, what is spent of them, estimates and sums. All amounts in US dollars."""

from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import Self

from steampulse_dagster.models.base import Model
from steampulse_dagster.models.llm import Delivery, ModelPrice, Purpose, TokenUsage


class Budgets(Model):
    """Most dollars of one call, of one run, of a day and of a month (UTC)."""

    per_call: Decimal
    per_run: Decimal
    per_day: Decimal
    per_month: Decimal


class Spent(Model):
    """What counts against each limit now: costs, open reservations, and what is assumed spent."""

    run: Decimal = Decimal(0)
    day: Decimal = Decimal(0)
    month: Decimal = Decimal(0)

    def add(self, amount: Decimal) -> "Spent":
        """With one more call of this amount."""
        return Spent(run=self.run + amount, day=self.day + amount, month=self.month + amount)


class GameCost(Model):
    """What the calls about one game cost, with what is assumed spent; bulk jobs are part of the total alone."""

    run: Decimal = Decimal(0)
    """In one run."""
    total: Decimal = Decimal(0)


class CallEstimate(Model):
    """What one request is expected to cost, and the most that is set aside for it."""

    price: ModelPrice
    prompt_tokens: int
    """From the text alone, before the ledger's experience with the model."""
    expected: TokenUsage = TokenUsage()
    """What is expected to be used, experience included."""
    expected_usd: Decimal
    ceiling_usd: Decimal


class Reservation(Model):
    """Money that is set aside for one call, which its holder may now make."""

    call_id: int
    request_key: str
    delivery: Delivery
    reserved_usd: Decimal
    price: ModelPrice


class HeldElsewhere(Model):
    """Another holder is at work on the same request."""

    delivery: Delivery


class Experience(Model):
    """What the newest answered calls of one model and purpose used, in sum."""

    calls: int
    estimated_tokens: int
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int

    def without_cache(self) -> Self:
        """The same for a model whose prompt cache is not known: everything read anew."""
        return self.model_copy(
            update={"input_tokens": self.prompt_tokens, "cache_read_tokens": 0, "cache_write_tokens": 0}
        )

    @property
    def prompt_tokens(self) -> int:
        """Whole prompts, cached tokens included."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


class CostPlan(Model):
    """What a set of requests would cost if it were asked now."""

    calls: int
    stored: int
    """Of them, requests whose answer is stored already and costs nothing."""
    expected_usd: Decimal
    ceiling_usd: Decimal
    """The most that would be set aside, one after the other."""
    dearest_usd: Decimal = Decimal(0)
    """The most that would be set aside for one of them."""
    expected: TokenUsage = TokenUsage()
    """What those without a stored answer are expected to use."""

    @classmethod
    def none(cls) -> "CostPlan":
        """Nothing is asked."""
        return cls(calls=0, stored=0, expected_usd=Decimal(0), ceiling_usd=Decimal(0))

    def add(self, other: "CostPlan") -> "CostPlan":
        """Both together."""
        return CostPlan(
            calls=self.calls + other.calls,
            stored=self.stored + other.stored,
            expected_usd=self.expected_usd + other.expected_usd,
            ceiling_usd=self.ceiling_usd + other.ceiling_usd,
            dearest_usd=max(self.dearest_usd, other.dearest_usd),
            expected=self.expected.add(other.expected),
        )


class PlanLine(Model):
    """The calls of one purpose and model that a run would make."""

    model: str
    purpose: Purpose
    delivery: Delivery
    cost: CostPlan


class GamePlan(Model):
    """What analysing one game would take, by what is stored of it now."""

    appid: int
    name: str
    chunks: int
    unread: int
    """Chunks that are new or changed, or that this analyst never read."""
    reviews: int
    """Reviews in them."""
    report: bool
    """Whether a new report would be written."""
    lines: tuple[PlanLine, ...] = ()
    note: str | None = None
    """Why there is nothing to do, where that is not plain."""

    @property
    def cost(self) -> CostPlan:
        """All calls of the game."""
        return reduce(CostPlan.add, (line.cost for line in self.lines), CostPlan.none())


class RunPlan(Model):
    """What a run over these games would cost if it began now, and what the limits leave."""

    analyst: str
    delivery: Delivery
    games: tuple[GamePlan, ...]
    lines: tuple[PlanLine, ...]
    """All games together."""
    cost: CostPlan
    budgets: tuple["BudgetLine", ...] = ()
    refusal: str | None = None
    """Why such a run would be refused; None if it would not."""


class CostGroup(StrEnum):
    """By what costs are listed."""

    DAY = "day"
    MODEL = "model"
    GAME = "game"
    RUN = "run"


class CostLine(Model):
    """Sums of the calls of one day, model, game or run. `counted_usd` is the sum of the other three amounts."""

    key: str
    calls: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    spent_usd: Decimal
    reserved_usd: Decimal
    unknown_usd: Decimal
    """Of calls whose answer was never seen: assumed spent."""
    counted_usd: Decimal


class BudgetLine(Model):
    """One limit and what is left of it; `used_usd` is None where nothing adds up (limit of one call, of one run)."""

    name: str
    setting: str
    limit_usd: Decimal
    used_usd: Decimal | None = None
    left_usd: Decimal | None = None


class CostReport(Model):
    """What was spent, and what the limits leave."""

    by: CostGroup
    lines: tuple[CostLine, ...]
    total: CostLine
    budgets: tuple[BudgetLine, ...]
