"""What calls cost and whether the limits allow them: arithmetic on tokens, prices and sums. Pure."""

from decimal import Decimal
from enum import Enum

from steampulse_dagster.errors import BudgetError
from steampulse_dagster.models.costs import BudgetLine, Budgets, CallEstimate, CostPlan, Experience, Spent
from steampulse_dagster.models.llm import Delivery, ModelPrice, ModelRequest, Purpose, TokenUsage
from steampulse_dagster.utils.tokens import estimate_tokens, get_token_ceiling

_MILLION = Decimal(1_000_000)

FRAMING_TOKENS = 16
"""Roles and delimiters that a service puts around the texts."""

FIRST_GUESS_OUTPUT_TOKENS = {
    Purpose.EXTRACT_CHUNK: 2_500,
    Purpose.REPAIR: 500,
    Purpose.JOIN_LABELS: 500,
    Purpose.SYNTHESIZE: 4_000,
}
"""Length of an answer, and of thoughts before it, until the ledger has seen some of the model and purpose."""
FIRST_GUESS_OF_PROMPT = {
    Purpose.EXTRACT_CHUNK: Decimal("0.30"),
    Purpose.REPAIR: Decimal("0.3"),
    Purpose.JOIN_LABELS: Decimal("0.3"),
    Purpose.SYNTHESIZE: Decimal("0.42"),
}
"""And at most so much of the prompt's length: a chunk of two reviews has a short answer. Of chunks, the middle between
the seeded world (0.39) and recorded reviews in 29 languages read by a model that answers about the English ones (0.21);
the others as in the seeded world."""


class CacheUse(Enum):
    """What the prompt cache is expected to do with the system prompt of a call that nobody has experience with."""

    NONE = "none"
    WRITE = "write"
    """The first call with a prompt that is long enough."""
    READ = "read"
    """The calls that follow it."""


FIRST_GUESS_PROMPT_TOKENS = {
    Purpose.EXTRACT_CHUNK: 7_000,
    Purpose.REPAIR: 2_000,
    Purpose.JOIN_LABELS: 2_000,
    Purpose.SYNTHESIZE: 9_500,
}
"""Length of a usual question where its text is not at hand and the ledger has seen none: prompt and 50 reviews, or the
summary of a game of a few hundred reviews. Seen in the seeded world."""


def compute_cost(usage: TokenUsage, price: ModelPrice) -> Decimal:
    """What a call with this usage is billed, exactly."""
    prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    input_factor = output_factor = Decimal(1)
    if price.large_prompt_above is not None and prompt > price.large_prompt_above:
        input_factor = price.large_prompt_factor
        output_factor = price.large_prompt_factor
        if price.large_prompt_output_factor is not None:
            output_factor = price.large_prompt_output_factor
    input_usd = (
        usage.input_tokens * price.input_usd
        + usage.cache_read_tokens * price.cache_read_usd
        + usage.cache_write_tokens * price.cache_write_usd
    )
    return (input_usd * input_factor + usage.output_tokens * price.output_usd * output_factor) / _MILLION


def estimate_call(
    request: ModelRequest, price: ModelPrice, seen: Experience | None, *, cache: CacheUse = CacheUse.NONE
) -> CallEstimate:
    """Expected and highest cost of a request. `seen`: what its model used for the same purpose before, its prompt cache
    included; `cache` counts where nothing was seen."""
    system, user = (estimate_tokens(text, model=request.model) for text in (request.system, request.user))
    guessed = FRAMING_TOKENS + system + user
    most = get_token_ceiling(guessed, factor=_get_growth(seen))
    if seen is None or not seen.prompt_tokens:
        expected = _guess_usage(request, guessed, system=system, cache=cache)
    else:
        expected = _expect_usage(request, guessed, price, seen)
    return CallEstimate(
        price=price,
        prompt_tokens=guessed,
        expected=expected,
        expected_usd=compute_cost(expected, price),
        ceiling_usd=_compute_ceiling(most, request.max_tokens, price),
    )


def expect_usual_cost(purpose: Purpose, price: ModelPrice, seen: Experience | None) -> Decimal:
    """What a call of this purpose is expected to cost whose text is not known: the mean of those seen, else a guess."""
    if seen is None or not seen.prompt_tokens:
        tokens = FIRST_GUESS_PROMPT_TOKENS[purpose]
        return compute_cost(TokenUsage(input_tokens=tokens, output_tokens=FIRST_GUESS_OUTPUT_TOKENS[purpose]), price)
    if price.delivery is Delivery.BATCH:
        seen = seen.without_cache()
    usage = TokenUsage(
        input_tokens=round(seen.input_tokens / seen.calls),
        output_tokens=round(seen.output_tokens / seen.calls),
        cache_read_tokens=round(seen.cache_read_tokens / seen.calls),
        cache_write_tokens=round(seen.cache_write_tokens / seen.calls),
    )
    return compute_cost(usage, price)


def check_budgets(request: ModelRequest, amount: Decimal, *, budgets: Budgets, spent: Spent) -> None:
    """Raises BudgetError naming the limit that `amount` more would exceed, what is used of it and its setting."""
    limits = (
        ("call", "PER_CALL", budgets.per_call, Decimal(0)),
        ("run", "PER_RUN", budgets.per_run, spent.run),
        ("day (UTC)", "PER_DAY", budgets.per_day, spent.day),
        ("month (UTC)", "PER_MONTH", budgets.per_month, spent.month),
    )
    for name, setting, limit, used in limits:
        if used + amount > limit:
            raise BudgetError(
                f"Not asked: a call of {request.model} for {request.appid} ({request.purpose.value}) may cost "
                f"${amount:.4f}, and ${used:.4f} of ${limit:.2f} for one {name} is used. The limit is "
                f"STEAMPULSE_BUDGET_USD_{setting}.",
                appid=request.appid,
            )


def explain_refusal(cost: CostPlan, *, budgets: Budgets, spent: Spent, of: str) -> str | None:
    """The limit that this cost would go beyond, in a sentence; None if it fits.

    Room is left for the dearest single call, because a call is reserved with more than it is expected to cost.
    """
    if cost.dearest_usd > budgets.per_call:
        return (
            f"Nothing was asked: one call of {of} may cost ${cost.dearest_usd:.4f}, and the limit of one call is "
            f"${budgets.per_call:.2f} (STEAMPULSE_BUDGET_USD_PER_CALL)."
        )
    limits = (
        ("run", "PER_RUN", budgets.per_run, spent.run),
        ("day (UTC)", "PER_DAY", budgets.per_day, spent.day),
        ("month (UTC)", "PER_MONTH", budgets.per_month, spent.month),
    )
    for name, setting, limit, used in limits:
        if cost.expected_usd and used + max(cost.expected_usd, cost.dearest_usd) > limit:
            return (
                f"Nothing was asked: {of} would cost about ${cost.expected_usd:.4f} for {cost.calls - cost.stored:,} "
                f"calls, and ${max(Decimal(0), limit - used):.4f} of the ${limit:.2f} for one {name} are left. Raise "
                f"STEAMPULSE_BUDGET_USD_{setting}, or analyse fewer games or reviews (STEAMPULSE_ANALYSED_PER_GAME); "
                "`steampulse plan` shows the cost."
            )
    return None


def build_budget_lines(budgets: Budgets, spent: Spent) -> tuple[BudgetLine, ...]:
    """Every limit and what is left of it."""

    def line(name: str, limit: Decimal, used: Decimal | None = None) -> BudgetLine:
        left = None if used is None else max(Decimal(0), limit - used)
        setting = f"STEAMPULSE_BUDGET_USD_PER_{name.upper()}"
        return BudgetLine(name=name, setting=setting, limit_usd=limit, used_usd=used, left_usd=left)

    return (
        line("call", budgets.per_call),
        line("run", budgets.per_run),
        line("day", budgets.per_day, spent.day),
        line("month", budgets.per_month, spent.month),
    )


def _get_growth(seen: Experience | None) -> float:
    """Prompt tokens really used over those estimated from the text."""
    return seen.prompt_tokens / seen.estimated_tokens if seen and seen.prompt_tokens and seen.estimated_tokens else 1.0


def _guess_usage(request: ModelRequest, prompt: int, *, system: int, cache: CacheUse) -> TokenUsage:
    """An answer of usual length, and the system prompt as the cache is expected to treat it."""
    share = round(prompt * FIRST_GUESS_OF_PROMPT[request.purpose])
    output = min(request.max_tokens, FIRST_GUESS_OUTPUT_TOKENS[request.purpose], share)
    match cache:
        case CacheUse.NONE:
            return TokenUsage(input_tokens=prompt, output_tokens=output)
        case CacheUse.WRITE:
            return TokenUsage(input_tokens=prompt - system, output_tokens=output, cache_write_tokens=system)
        case CacheUse.READ:
            return TokenUsage(input_tokens=prompt - system, output_tokens=output, cache_read_tokens=system)


def _expect_usage(request: ModelRequest, guessed: int, price: ModelPrice, seen: Experience) -> TokenUsage:
    """Like the calls seen before, prompt caching included."""
    prompt = round(guessed * _get_growth(seen))
    output = min(request.max_tokens, round(seen.output_tokens / seen.calls))
    if price.delivery is Delivery.BATCH:
        return TokenUsage(input_tokens=prompt, output_tokens=output)
    read = round(prompt * seen.cache_read_tokens / seen.prompt_tokens)
    write = round(prompt * seen.cache_write_tokens / seen.prompt_tokens)
    return TokenUsage(
        input_tokens=max(0, prompt - read - write),
        output_tokens=output,
        cache_read_tokens=read,
        cache_write_tokens=write,
    )


def _compute_ceiling(prompt_tokens: int, output_tokens: int, price: ModelPrice) -> Decimal:
    """Every prompt token at its dearest kind, and an answer of full length."""
    plain = TokenUsage(input_tokens=prompt_tokens, output_tokens=output_tokens)
    written = TokenUsage(cache_write_tokens=prompt_tokens, output_tokens=output_tokens)
    return max(compute_cost(plain, price), compute_cost(written, price))
